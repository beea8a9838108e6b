"""The wizard's parts that need no screen."""

import datetime as dt
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Size
from textual.theme import Theme

from engine.errors import MediaError, UnderstudioError
from engine.project.presets import Preset
from engine.project.settings import ColourMatch, ConvertSettings, ExtractSettings, TrainSettings
from engine.project.stage import Progress, StageName
from engine.records.check import SkippedFile
from engine.records.report_text import sentences
from engine.role import Role
from engine.text import duration
from tests.tui import scenes
from tests.tui.conftest import NOW, settle, until
from tui.app import Wizard
from tui.commands.console import progress_line
from tui.drafts.checks import Check
from tui.drafts.paths import describe_path, typed_paths
from tui.drafts.store import DraftStore
from tui.drafts.timing import Pace, measured_pace
from tui.format import clock, fit, fit_end, megabytes
from tui.projects.condition import Condition
from tui.projects.editable_settings import BLENDING, BUDGET, EditableSettings, SettingRefused
from tui.projects.face_pages import list_faces, put_back, throw_out
from tui.projects.forecast import Outlook
from tui.projects.loss_history import read_losses
from tui.projects.reader import ProjectReader
from tui.projects.state_text import amount
from tui.projects.view import read_view
from tui.services import Services
from tui.theme import SIXTEEN, THEME, theme_for
from tui.web.guard import guard
from tui.web.server import check_guarded, is_loopback
from tui.widgets.cells import Part, captions_of
from tui.widgets.check_panel import words_of
from tui.widgets.curve import draw
from tui.widgets.picture import Graphics, Picture, load_graphics

FINEST = next(preset for preset in Preset if preset.is_finest).value


def test_answers_are_begun_in_utc_so_that_the_newest_come_first_wherever_they_were_begun(tmp_path: Path) -> None:
    drafts = DraftStore(tmp_path)
    auckland = dt.timezone(dt.timedelta(hours=13))
    begun = [drafts.new(NOW.astimezone(auckland)), drafts.new(NOW + dt.timedelta(hours=1))]
    for answers in begun:
        drafts.save(answers)
    assert [answers.started_at.utcoffset() for answers in begun] == [dt.timedelta(0)] * 2
    assert drafts.all() == begun[::-1]


def test_dropped_files_are_read_as_terminals_paste_them(tmp_path: Path) -> None:
    spaced = tmp_path / "Anna Ek.jpg"
    spaced.touch()
    (tmp_path / "b.jpg").touch()
    assert typed_paths(str(spaced), tmp_path) == (spaced,)
    assert typed_paths(f"'{spaced}' b.jpg", tmp_path) == (spaced, tmp_path / "b.jpg")
    assert typed_paths(f"file://{tmp_path}/Anna%20Ek.jpg", tmp_path) == (spaced,)
    assert typed_paths("it's gone", tmp_path) == (tmp_path / "it's gone",)
    assert typed_paths("  ", tmp_path) == ()


def test_hundreds_of_dropped_files_are_read_though_together_they_are_no_possible_path(tmp_path: Path) -> None:
    files = tuple(tmp_path / f"photo of Anna {number}.jpg" for number in range(300))
    files[0].write_bytes(b"x")
    assert typed_paths(" ".join(f"'{file}'" for file in files), tmp_path) == files
    with pytest.raises(MediaError, match="There is no file or folder"):
        describe_path(*typed_paths("a" * 400, tmp_path))


def test_a_folder_is_told_by_what_is_in_it(photos: Path, video: Path, tmp_path: Path) -> None:
    assert describe_path(photos).words == "3 photos"
    assert describe_path(video).words == "video"
    (tmp_path / "empty").mkdir()
    for path, for_target in ((tmp_path / "empty", False), (tmp_path / "absent", False), (tmp_path / "empty", True)):
        with pytest.raises(MediaError):
            describe_path(path, for_target=for_target)


def test_text_is_cut_to_cells_and_not_to_letters() -> None:
    for text in ("short", "a name that is much longer than there is room", "映画の吹き替え、田中さん、二回目"):
        assert cell_len(fit(text, 20)) == 20
        assert cell_len(fit_end(text, 20)) == 20
    assert fit("/very/long/path/to/film.mp4", 16).endswith(".mp4")


def test_figures_are_said_as_people_say_them() -> None:
    assert [duration(seconds) for seconds in (40, 720, 7500, 200_000)] == ["40 s", "12 min", "2 h 05 min", "2 d 8 h"]
    assert megabytes(1_400_000_000) == "1.4 GB"
    assert clock(NOW.replace(hour=23), NOW) == "23:30"


@pytest.mark.parametrize(
    ("done", "total", "said"),
    [
        (0.6, 1, "36 s of 1 min, step 2,417"),
        (1.6, 2, "1 min of 2 min, step 2,417"),
        (2, 2, "2 min of 2 min, step 2,417"),
        (95.5, 600, "1 h 35 min of 10 h, step 2,417"),
    ],
)
def test_training_is_not_said_to_have_taken_its_time_before_it_has(done: float, total: float, said: str) -> None:
    status = scenes.training(NOW)
    assert status.progress is not None
    progress = status.progress.model_copy(update={"done": done, "total": total})
    assert amount(status.model_copy(update={"progress": progress})) == said


def test_where_steps_are_counted_they_are_said_once() -> None:
    status = scenes.training(NOW)
    assert status.progress is not None
    progress = status.progress.model_copy(update={"done": 37, "total": 750, "unit": "steps", "step": 37})
    assert amount(status.model_copy(update={"progress": progress})) == "37 of 750 steps"


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (Progress(stage=StageName.TRAIN, done=0, total=0, unit="", message="reading"), "Training       reading"),
        (Progress(stage=StageName.EXTRACT, done=5, total=0), "Finding faces  5"),
        (Progress(stage=StageName.EXTRACT, done=5, total=20, rate=2.5), "Finding faces   25 %  5/20 frames  2.5/s"),
        (
            Progress(stage=StageName.TRAIN, done=1.5, total=2, unit="minutes"),
            "Training        75 %  1 min 30 s of 2 min 00 s",
        ),
        (
            Progress(stage=StageName.TRAIN, done=37, total=750, unit="steps", step=37, loss=0.5),
            "Training         5 %  37/750 steps  loss 0.5000",
        ),
    ],
)
def test_a_line_of_progress_says_only_what_is_known(progress: Progress, said: str) -> None:
    assert progress_line(progress) == said


def test_the_curve_falls_from_top_left_to_bottom_right() -> None:
    lines = draw([(step, 1 / (1 + step)) for step in range(50)], 20, 6)
    assert [len(line) for line in lines] == [20] * 6
    assert lines[0].strip()
    assert lines[0][-1] == " "
    assert lines[-1][-1] != " "


@pytest.mark.parametrize(
    ("share", "said"), [(0.25, "though in 25 % of the frames looked at it is"), (0.0, "nor is it")]
)
def test_a_face_that_is_nobody_s_yet_is_said_so(share: float, said: str) -> None:
    report = scenes.sample_report()
    assert report.likeness is not None
    likeness = report.likeness.model_copy(update={"to_source": 0.7, "nearer_to_source": share})
    assert f"yet, {said} nearer to the source" in sentences(report.model_copy(update={"likeness": likeness}))[1]


@pytest.mark.parametrize(
    ("preset", "steps", "said"),
    [
        (FINEST, 57, "more training brings detail"),
        (FINEST, 40_000, "more sharpening helps"),
        ("quick", 5_200, "a higher preset, or more sharpening, helps"),
    ],
)
def test_what_helps_a_soft_face_depends_on_how_it_was_trained(preset: str, steps: int, said: str) -> None:
    report = scenes.sample_report()
    soft = report.quality.model_copy(update={"sharpness_ratio": 0.4})
    training = report.training.model_copy(update={"preset": preset, "steps": steps})
    words = sentences(report.model_copy(update={"quality": soft, "training": training}))
    assert f"The face is softer than the rest: {said}." in words
    assert any("That is early" in line for line in words) is (steps == 57)


def test_the_report_says_how_many_frames_and_why_not_the_others() -> None:
    words = sentences(scenes.sample_report())
    assert (
        words[0] == "97 % of 900 frames were changed; in 15 nobody is seen, in 12 the face is turned away or covered."
    )


def test_settings_are_checked_as_the_project_file_is() -> None:
    settings_now = EditableSettings(ExtractSettings(), TrainSettings(steps=100), ConvertSettings())
    by_name = {setting.name: setting for setting in (*BLENDING, *BUDGET)}
    changed = settings_now.changed({by_name["mask_blur"]: "0,2", by_name["colour"]: "mean", by_name["minutes"]: "30"})
    assert changed.convert.mask_blur == 0.2
    assert changed.convert.colour is ColourMatch.MEAN
    assert (changed.train.minutes, changed.train.steps) == (30, None)
    with pytest.raises(SettingRefused) as refused:
        settings_now.changed({by_name["mask_blur"]: "7"})
    assert refused.value.name == "mask_blur"
    with pytest.raises(SettingRefused) as refused:
        settings_now.changed({by_name["label"]: "no"})
    assert refused.value.name == "label_off_reason"


def test_home_shows_500_projects_before_all_are_read_and_reads_them_again_without_opening_a_file(
    workspace: Path,
) -> None:
    for number in range(500):
        folder = workspace / f"project-{number:03}"
        folder.mkdir(parents=True)
        (folder / "project.toml").write_text(f'schema_version = 1\nname = "Film {number:03}"\n')
    reader = ProjectReader(workspace, DraftStore(workspace), Outlook(workspace))
    at_once, *_, first = reader.read(NOW)
    assert [view.name for view in at_once[:20]] == [f"Film {number:03}" for number in range(20)]
    assert (len(at_once), at_once[-1].name) == (500, "project-499")
    assert all(view.project for view in first)
    (again,) = reader.read(NOW)
    assert all(one is other for one, other in zip(first, again, strict=True))


def test_home_tells_every_state_apart(workspace: Path) -> None:
    scenes.full_workspace(workspace, NOW)
    (views,) = ProjectReader(workspace, DraftStore(workspace), Outlook(workspace)).read(NOW)
    found = {view.name: view.condition for view in views}
    assert found["Anna as Ben"] is Condition.RUNNING
    assert found["Old film"] is Condition.DONE
    assert found["dropped"] is Condition.WAITING


def test_home_shows_of_a_finished_project_the_face_before_and_after(workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    ((view,),) = ProjectReader(workspace, DraftStore(workspace), Outlook(workspace)).read(NOW)
    assert view.comparison == folder.compare_picture
    folder.status_file.unlink()
    ((view,),) = ProjectReader(workspace, DraftStore(workspace), Outlook(workspace)).read(NOW)
    assert view.comparison == folder.compare_picture


def test_a_face_thrown_out_can_be_put_back(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (pictures / name).touch()
    kept = throw_out(pictures / "a.jpg")
    assert list_faces(tmp_path) == [pictures / "b.jpg"]
    assert put_back(kept) == pictures / "a.jpg"
    assert len(list_faces(tmp_path)) == 2


def test_the_pace_is_learnt_from_results(workspace: Path) -> None:
    assert measured_pace(workspace) == Pace()
    scenes.finished(workspace, NOW)
    pace = measured_pace(workspace)
    assert pace != Pace()
    assert pace.around(900) == pytest.approx(180)


def test_the_wizard_is_served_to_strangers_with_a_token_only() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    check_guarded("localhost", "")
    check_guarded("0.0.0.0", "a-token-that-nobody-guesses")
    for token in ("", "short"):
        with pytest.raises(UnderstudioError):
            check_guarded("0.0.0.0", token)


def test_answers_are_readable_by_their_owner_only(workspace: Path) -> None:
    drafts = DraftStore(workspace)
    drafts.save(drafts.new(NOW))
    drafts.remember_place(workspace)
    assert (workspace / ".understudio").stat().st_mode & 0o077 == 0
    assert drafts.places() == (workspace,)


async def test_without_the_token_nothing_is_served() -> None:
    async def hello(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application(middlewares=[guard("a-token-that-nobody-guesses")])
    app.add_routes([web.get("/", hello)])
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/")).status == 403
        assert (await client.get("/?token=wrong")).status == 403
        opened = await client.get("/?token=a-token-that-nobody-guesses")
        assert (opened.status, str(opened.url.query_string)) == (200, "")
        assert (await client.get("/")).status == 200


def test_a_link_out_of_a_dropped_folder_is_not_shown(workspace: Path, tmp_path: Path) -> None:
    secret = scenes.picture(tmp_path / "secret.jpg", 1)
    folder = scenes.put_project(workspace, "dropped", "Dropped", scenes.training(NOW))
    scenes.picture(folder.previews / "step-000002400.jpg", 3)
    assert read_view(folder, NOW, Outlook(tmp_path)).picture is not None
    (folder.previews / "step-000002400.jpg").unlink()
    (folder.previews / "step-000002400.jpg").symlink_to(secret)
    assert read_view(folder, NOW, Outlook(tmp_path)).picture is None
    pictures = folder.source_faces / "pictures"
    scenes.picture(pictures / "a.jpg", 1)
    (pictures / "b.jpg").symlink_to(secret)
    assert [path.name for path in list_faces(folder.source_faces)] == ["a.jpg"]
    folder.history.mkdir()
    (tmp_path / "loss.csv").write_text("step,source,target,mask\n1,1,1,1\n")
    (folder.history / "loss.csv").symlink_to(tmp_path / "loss.csv")
    assert read_losses(folder) == []


@pytest.mark.parametrize("graphics", [Graphics.HALF_CELLS, Graphics.KITTY, Graphics.SIXEL])
def test_only_the_word_auto_asks_the_terminal(graphics: Graphics) -> None:
    script = f"""
import io, sys
class Terminal(io.StringIO):
    def isatty(self): return True
    def fileno(self): return 1
asked = sys.__stdout__ = Terminal()
from tui.widgets.picture import Graphics, load_graphics
load_graphics(Graphics("{graphics}"))
sys.stderr.write(repr(asked.getvalue()))
"""
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert asked.stderr == "''"


def test_the_terminal_is_asked_once_and_no_picture_after_that_waits_or_throws_keys_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    widget = load_graphics(Graphics.AUTO)
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail(f"waits {seconds} seconds for the terminal"))
    assert load_graphics(Graphics.AUTO) is widget


async def test_a_picture_drawn_for_another_size_does_not_come_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes.picture(tmp_path / "one.jpg", 2, 200, 200)
    may_end = threading.Event()

    def late_where_narrow(words: Sequence[str], part: Part, size: Size) -> Sequence[str]:
        if size.width == 10:
            may_end.wait(30)
        return captions_of(words, part, size)

    monkeypatch.setattr("tui.widgets.picture.captions_of", late_where_narrow)

    class Gallery(App[None]):
        def compose(self) -> ComposeResult:
            yield Picture(tmp_path / "one.jpg")

    async with Gallery().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        picture = pilot.app.query_one(Picture)
        before = picture.render()
        picture.styles.width = 10
        await pilot.pause()
        picture.styles.width = 20
        await until(pilot, lambda: picture.render() is not before)
        drawn = picture.render()
        may_end.set()
        await settle(pilot)
        assert picture.render() is drawn


async def test_finer_graphics_get_the_part_of_the_picture_that_half_cells_show(tmp_path: Path) -> None:
    scenes.picture(tmp_path / "pairs.jpg", 2, 400, 200)

    class Gallery(App[None]):
        graphics = Graphics.SIXEL

        def compose(self) -> ComposeResult:
            yield Picture(tmp_path / "pairs.jpg", pair=1)

    async with Gallery().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        finer = pilot.app.query_one(load_graphics(Graphics.SIXEL))
        assert finer.image.size == (200, 100)
        assert (finer.size.width, finer.size.height) == (80, 20)


def test_every_colour_of_the_small_theme_is_one_of_sixteen() -> None:
    theme = SIXTEEN
    named = (theme.primary, theme.foreground, theme.background, theme.surface, theme.panel, *theme.variables.values())
    pure = {"#ffff00", "#ffffff", "#000000", "#000080"}
    assert set(named) <= pure


@pytest.mark.parametrize(("colours", "theme"), [("truecolor", THEME), ("", SIXTEEN)])
def test_a_terminal_of_sixteen_colours_gets_a_theme_of_its_own(
    services: Services, monkeypatch: pytest.MonkeyPatch, colours: str, theme: Theme
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLORTERM", colours)
    assert theme_for(Wizard(services).console) is theme


@pytest.mark.parametrize(
    ("seen", "skipped", "said"),
    [(12, 0, "13 faces in a sample: 12 of 23 pictures"), (23, 0, "13 faces in 23 pictures"), (21, 2, "in 21 pictures")],
)
def test_a_look_that_has_seen_a_part_of_the_pictures_is_called_a_sample(
    tmp_path: Path, seen: int, skipped: int, said: str
) -> None:
    broken = [SkippedFile(path=Path("broken.jpg"), reason="It is cut off.")] * skipped
    seen_so_far = {"photos": 23, "photos_seen": seen, "frames": 0, "frames_seen": 0, "faces": 13, "skipped": broken}
    report = scenes.check_report(tmp_path, 1).model_copy(update=seen_so_far)
    assert said in words_of(Check(report=report), Role.SOURCE).plain


def test_of_a_video_that_was_not_copied_whole_the_question_does_not_say_that_it_will_do(tmp_path: Path) -> None:
    cut_short = ["scene.mp4 ends after 2 of 10 s: it seems not to be copied whole. Copy it again."]
    report = scenes.check_report(tmp_path, 1).model_copy(update={"cut_short": cut_short})
    said = words_of(Check(report=report), Role.TARGET).plain
    assert cut_short[0] in said
    assert "This will do" not in said
