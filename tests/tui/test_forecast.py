"""How far a whole project is, when it is ready, and that its end is heard."""

import datetime as dt
import json
from pathlib import Path

import pytest

from daemon.status import LossPoint, State, Status, write_status
from engine.project.checkpoints import CHECKPOINT_FACTS, checkpoint_name
from engine.project.folder import ProjectFolder
from engine.project.markers import Marker, write_marker
from engine.project.presets import Preset
from engine.project.settings import Project, TrainSettings
from engine.project.stage import Progress, StageName
from engine.records.pace import PresetPace
from tests.tui import scenes
from tests.tui.conftest import NOW, open_project, settle
from tui.app import Wizard
from tui.drafts.timing import Pace
from tui.format import moment
from tui.projects.condition import Condition
from tui.projects.forecast import Outlook, forecast, seconds_of
from tui.projects.state_text import progress_line
from tui.projects.view import View, read_view
from tui.terminal.signals import conditions_of, newly_ended, notice_sequence, title_of

FRAMES = 1000
PACE = Pace(extract=0.1, convert=0.5)


def project() -> Project:
    return scenes.project_named("Anna").model_copy(update={"train": TrainSettings(minutes=20)})


def at(
    stage: StageName, done: float = 0, total: float = 0, *, unit: str = "frames", left: float | None = None
) -> Status:
    progress = Progress(stage=stage, done=done, total=total, unit=unit, eta_seconds=left)
    return scenes.simple(State.RUNNING, NOW).model_copy(update={"stage": stage, "progress": progress})


def told(status: Status) -> tuple[float, dt.datetime | None]:
    made = forecast(status, seconds_of(project(), FRAMES, PACE), NOW, knows_frames=True)
    return round(made.share, 3), made.ready_at


def test_the_finish_time_is_that_of_all_stages() -> None:
    # 100 s of finding faces, 1200 of training, 500 of converting, 100 of measuring.
    share, ready = told(at(StageName.TRAIN, 5, 20, unit="minutes", left=900))
    assert share == round((100 + 300) / 1900, 3)
    assert ready == NOW + dt.timedelta(seconds=900 + 500 + 100)


def test_training_without_a_time_is_expected_to_take_its_steps_at_the_pace_of_this_machine() -> None:
    wanted = project().model_copy(update={"train": TrainSettings(steps=200)})
    measured = Pace(learning=(PresetPace(preset=Preset.QUICK, seconds_a_step=0.5),))
    assert seconds_of(wanted, FRAMES, measured)[StageName.TRAIN] == 100
    own = wanted.model_copy(update={"train": TrainSettings()})
    assert seconds_of(own, FRAMES, measured)[StageName.TRAIN] == Preset.QUICK.facts.full_steps / 2
    assert seconds_of(own, FRAMES, PACE)[StageName.TRAIN] == pytest.approx(270)


def test_what_the_model_of_an_earlier_project_saves_is_not_waited_for(tmp_path: Path) -> None:
    status = at(StageName.EXTRACT, 0, FRAMES, left=20)
    wanted = project().model_copy(update={"train": TrainSettings()})

    def ready_at(folder: ProjectFolder) -> dt.datetime:
        told = Outlook(tmp_path).of(folder, wanted, status, NOW).ready_at
        assert told is not None
        return told

    anew = ready_at(put(tmp_path / "anew", status))
    begun = put(tmp_path / "begun", status)
    begun.head_start.mkdir(parents=True)
    model = {"spec": {"size": Preset.QUICK.facts.pixels}, "step": 60, "steps_before": 40, "people": None}
    (begun.head_start / "checkpoint.json").write_text(json.dumps(model))
    seconds = Preset.QUICK.facts.guessed_seconds_a_step
    assert ready_at(begun) == anew - dt.timedelta(seconds=100 * seconds)

    other = wanted.model_copy(update={"train": TrainSettings(preset=Preset.STANDARD)})
    assert Outlook(tmp_path).of(begun, other, status, NOW) == Outlook(tmp_path).of(
        ProjectFolder(tmp_path / "none"), other, status, NOW
    )
    for damaged in (b"", b"{}", b"\xff", b'{"spec": {"size": -1}, "step": -5}'):
        (begun.head_start / "checkpoint.json").write_bytes(damaged)
        assert ready_at(begun) == anew


def test_one_bar_runs_from_0_to_100_over_all_stages() -> None:
    way = [
        at(StageName.EXTRACT, 0, FRAMES),
        at(StageName.EXTRACT, FRAMES, FRAMES),
        at(StageName.EXTRACT, 10, 900, unit="faces"),
        at(StageName.EXTRACT, 900, 900, unit="faces"),
        at(StageName.TRAIN),
        at(StageName.TRAIN, 20, 20, unit="minutes"),
        at(StageName.CONVERT, 0, FRAMES),
        at(StageName.CONVERT, FRAMES, FRAMES),
        at(StageName.REPORT, 1, 1),
    ]
    shares = [told(status)[0] for status in way]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def put(workspace: Path, status: Status) -> ProjectFolder:
    folder = scenes.put_project(workspace, "anna", "Anna", status)
    folder.save(project())
    return folder


def test_a_bar_never_runs_back_unless_an_earlier_stage_is_done_again(tmp_path: Path) -> None:
    folder, outlook = put(tmp_path, at(StageName.EXTRACT)), Outlook(tmp_path)

    def share(status: Status) -> float:
        return outlook.of(folder, project(), status, NOW).share

    first = share(at(StageName.EXTRACT, 900, 900, unit="faces"))
    assert share(at(StageName.EXTRACT, 10, 1300, unit="faces")) >= first
    converting = share(at(StageName.CONVERT, 10, 20))
    assert converting > first
    assert share(at(StageName.TRAIN, 1, 20, unit="minutes")) < converting


def test_a_wizard_opened_while_a_training_gets_ready_to_go_on_knows_what_was_learnt(tmp_path: Path) -> None:
    wanted = project().model_copy(update={"train": TrainSettings(steps=400)})
    learnt = {"losses": (LossPoint(step=20, loss=0.6), LossPoint(step=300, loss=0.3))}
    resuming = at(StageName.TRAIN, unit="").model_copy(update=learnt)

    folder = put(tmp_path, resuming)

    def share(status: Status) -> float:
        return Outlook(tmp_path).of(folder, wanted, status, NOW).share

    assert share(resuming) == share(at(StageName.TRAIN, 300, 400, unit="steps"))
    assert share(resuming.model_copy(update={"state": State.QUEUED, "progress": None})) == share(resuming)


def test_a_wizard_opened_on_a_paused_training_that_counts_minutes_knows_what_was_learnt(tmp_path: Path) -> None:
    paused = at(StageName.TRAIN).model_copy(update={"state": State.PAUSED, "progress": None})
    folder = put(tmp_path, paused)
    facts = folder.checkpoints / checkpoint_name(1500) / CHECKPOINT_FACTS
    facts.parent.mkdir(parents=True)

    def share() -> float:
        return Outlook(tmp_path).of(folder, project(), paused, NOW).share

    nothing_learnt = share()
    facts.write_text(json.dumps({"step": 1500, "seconds": 300}))
    made = forecast(
        at(StageName.TRAIN, 5, 20, unit="minutes"), seconds_of(project(), 0, Pace()), NOW, knows_frames=False
    )
    assert share() == made.share > nothing_learnt
    for damaged in (b"", b"{}", b"\xff", b'{"seconds": -5}', b'{"seconds": 1e999}'):
        facts.write_bytes(damaged)
        assert share() == nothing_learnt


def test_without_the_frames_of_the_video_no_time_is_promised(tmp_path: Path) -> None:
    status = at(StageName.TRAIN, 5, 20, unit="minutes", left=900)
    folder = put(tmp_path, status)
    assert Outlook(tmp_path).of(folder, project(), status, NOW).ready_at is None
    write_marker(folder, Marker(StageName.EXTRACT, "sign", {"target_frames_seen": FRAMES}))
    view = read_view(folder, NOW, Outlook(tmp_path))
    # All but training: 1000 frames at a tenth of a second, and a fifth more for measuring.
    assert view.ready_at == NOW + dt.timedelta(seconds=900 + 100 + 20)
    line = progress_line(view, NOW, is_wide=False).plain
    assert "5 min of 20 min" in line
    assert line.endswith("ready 21:47 UTC")


def test_a_day_and_a_zone_belong_to_a_time() -> None:
    zone = dt.timezone(dt.timedelta(hours=1), "CET")
    assert moment(dt.datetime(2026, 11, 26, 8, 5, tzinfo=zone), NOW) == "Thu 8:05 CET"


@pytest.mark.parametrize(
    ("before", "now", "is_news"),
    [
        (Condition.RUNNING, Condition.DONE, True),
        (Condition.STOPPED, Condition.FAILED, True),
        (Condition.DONE, Condition.DONE, False),
        (None, Condition.DONE, False),
        (Condition.RUNNING, Condition.PAUSED, False),
    ],
)
def test_only_the_end_of_work_is_news(before: Condition | None, now: Condition, is_news: bool) -> None:
    view = View("Anna", now, Path("anna"))
    known: dict[object, Condition] = {} if before is None else {view.place: before}
    assert bool(newly_ended(known, [view])) is is_news


def test_projects_that_were_not_read_yet_are_no_news_when_they_are() -> None:
    not_read = View("Anna", Condition.QUEUED, Path("anna"), says="…")
    assert not newly_ended(conditions_of([not_read]), [View("Anna", Condition.DONE, Path("anna"))])


def test_the_title_says_what_is_at_work_and_what_ended() -> None:
    running = View("Anna", Condition.RUNNING, Path("anna"), share=0.34)
    assert title_of([running], None) == "Anna 34 % · Understudio"
    assert title_of([], View("A\x1b]2;x", Condition.DONE, Path("a"))).startswith("✓ A")
    assert "\x1b" not in title_of([], View("A\x1b]2;x", Condition.DONE, Path("a")))


@pytest.mark.parametrize(
    ("environment", "sequence"),
    [
        ({"TERM": "foot"}, "\x1b]777;notify;Understudio;ready\x07"),
        ({"TERM": "xterm-kitty"}, "\x1b]9;ready\x07"),
        ({"TERM": "screen-256color"}, ""),
    ],
)
def test_a_notice_goes_only_to_a_terminal_that_knows_it(environment: dict[str, str], sequence: str) -> None:
    assert notice_sequence("ready", environment) == sequence


async def test_the_bell_rings_once_when_a_project_is_ready_whatever_is_in_view(
    wizard: Wizard, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    rung = []
    monkeypatch.setattr(wizard, "bell", lambda: rung.append(True))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "l")
        write_status(folder, scenes.simple(State.FINISHED, NOW))
        for _ in range(2):
            wizard.hear()
            await settle(pilot)
    assert rung == [True]


def test_a_project_that_another_machine_works_on_names_it_and_runs_by_its_own_clock(tmp_path: Path) -> None:
    """Given a machine whose clock is an hour late, its project is not taken for one that stands still."""
    late = NOW - dt.timedelta(hours=1)
    status = at(StageName.TRAIN, 5, 20).model_copy(update={"updated_at": late})
    for host, says in (("box-two", "training on box-two"), ("", Condition.STOPPED.says)):
        folder = put(tmp_path / (host or "here"), status.model_copy(update={"host": host}))
        assert read_view(folder, NOW, Outlook(tmp_path)).says == says
