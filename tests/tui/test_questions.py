from pathlib import Path

import pytest
from textual import events
from textual.widgets import Label, Static

from engine.project.folder import ProjectFolder, create_folder
from engine.project.presets import Preset
from engine.project.settings import ConsentBasis
from engine.records.check import FEWEST_FACES
from engine.records.pace import PresetPace
from engine.stages.extract import MIN_USABLE
from tests.tui import scenes
from tests.tui.conftest import NOW, FakeEngine, go_to_consent, paste, settle, until
from tui.app import Wizard
from tui.drafts.answers import Answers, ConsentAnswers, Step
from tui.drafts.creation import make_project
from tui.drafts.validation import expected_minutes
from tui.messages import OpenDraft
from tui.screens.help import HelpScreen
from tui.screens.zoom import Zoom
from tui.services import Services
from tui.widgets.choices import Choices
from tui.widgets.field import Field
from tui.widgets.picture import Picture


async def test_six_questions_become_a_project_on_disk(
    wizard: Wizard, workspace: Path, photos: Path, video: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await go_to_consent(pilot, photos, video)
        for who in ("Anna", "Ben"):
            await pilot.press("3")
            await paste(pilot, f"{who} agreed")
            await pilot.press("enter", "enter", "enter")
            await paste(pilot, who)
            await pilot.press("ctrl+n")
        await pilot.press("ctrl+n")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
    folder = ProjectFolder(workspace / "Anna-Ek-as-ben")
    assert folder.project_file.read_text().startswith("#:schema file:///")
    project = folder.load()
    assert project.consent.source is not None
    assert project.consent.source.basis is ConsentBasis.WRITTEN_RELEASE
    assert project.consent.source.given_by == "Anna"
    assert project.train.preset is Preset.QUICK
    assert project.train.minutes is None
    assert len(list((workspace / "Anna-Ek-as-ben" / "source").iterdir())) == 3


async def test_what_is_typed_while_a_path_is_looked_at_stays(wizard: Wizard, photos: Path) -> None:
    for number in range(4000):
        (photos / f"{number}.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await settle(pilot)
        field = wizard.screen.query_one("#path", Field)
        field.value = str(photos)
        wizard.post_message(events.Key("enter", None))
        await until(pilot, lambda: any(worker.group == "typed" and worker.is_running for worker in wizard.workers))
        field.value = "/half a pa"
        await settle(pilot)
        assert field.value == "/half a pa"
        assert wizard.draft is not None
        assert wizard.draft.answers.sources == (photos,)


async def test_a_wrong_path_stays_to_be_mended(wizard: Wizard) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await paste(pilot, "/nowhere/anna.jpg")
        await pilot.press("enter")
        await settle(pilot)
        field = wizard.screen.query_one("#path", Field)
        assert field.value == "/nowhere/anna.jpg"
        assert "no file or folder" in str(field.query_one(".field-error", Label).content)


@pytest.mark.parametrize("is_pasted", [True, False], ids=["pasted", "typed"])
async def test_a_path_is_taken_by_the_browser_wherever_the_cursor_is(
    wizard: Wizard, photos: Path, is_pasted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(photos.parent))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n", "f2")
        await settle(pilot)
        if is_pasted:
            await paste(pilot, f"'{photos}'")
        else:
            await pilot.press(*f"~/{photos.name}")
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("f6")
        await settle(pilot)
        assert wizard.draft is not None
        assert wizard.draft.answers.sources == (photos,)


@pytest.mark.parametrize(("opened", "words"), [("f2", "Take marked"), ("f3", "Gather"), (None, "Browse")])
async def test_what_lies_over_a_question_explains_itself_too(wizard: Wizard, opened: str | None, words: str) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n", *([opened] if opened else []))
        await settle(pilot)
        screen = wizard.screen
        await pilot.press("f1")
        await settle(pilot)
        assert isinstance(wizard.screen, HelpScreen)
        assert any(words in str(part.content) for part in wizard.screen.query(Static))
        await pilot.press("f1")
        assert wizard.screen is screen


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Step.SOURCE, "at least 20 faces; 200 and more"),
        (Step.TARGET, "not covered by hands"),
        (Step.CONSENT_SOURCE, "they wrote to you that you may"),
        (Step.QUALITY, "more pixels"),
        (Step.REVIEW, "Red lines"),
    ],
)
async def test_help_in_a_question_explains_that_question_and_no_cursor(wizard: Wizard, step: Step, words: str) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(Answers(draft="d", started_at=NOW, step=step)))
        await settle(pilot)
        await pilot.press("f1")
        await settle(pilot)
        said = "\n".join(str(part.content) for part in wizard.screen.query(Static))
        assert words in said
        assert "cursor" not in said.lower()
        assert said.count("Next") == 1


def test_the_numbers_of_faces_are_the_same_everywhere() -> None:
    assert FEWEST_FACES == MIN_USABLE


def chosen_for_the_target(wizard: Wizard) -> list[Path | None]:
    assert wizard.draft is not None
    return [wizard.draft.answers.target, *wizard.draft.answers.target_pictures]


async def test_photos_of_the_person_in_the_video_go_beside_it_and_can_be_taken_out(
    wizard: Wizard, photos: Path, video: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(Answers(draft="d", started_at=NOW, step=Step.TARGET)))
        await settle(pilot)
        for path in (video, photos, photos / "photo 1.jpg"):
            await paste(pilot, str(path))
            await pilot.press("enter")
            await settle(pilot)
        assert chosen_for_the_target(wizard) == [video, photos, photos / "photo 1.jpg"]
        wizard.screen.query_one("#chosen").focus()
        await pilot.press("end", "x")
        await settle(pilot)
        assert chosen_for_the_target(wizard) == [video, photos]


def test_further_pictures_land_in_the_target_folder_under_names_of_their_own(
    workspace: Path, photos: Path, video: Path
) -> None:
    agreed = ConsentAnswers(basis=ConsentBasis.SELF, note="It is me", is_adult=True)
    answers = Answers(
        draft="d",
        started_at=NOW,
        name="p",
        sources=(photos,),
        target=video,
        target_pictures=(photos, photos / "photo 1.jpg"),
        consent_source=agreed,
        consent_target=agreed,
    )
    folder = make_project(workspace, answers, NOW, lambda done, total: None)
    names = sorted(path.name for path in folder.target.iterdir())
    assert names == ["ben.mp4", "photo 0.jpg", "photo 1-2.jpg", "photo 1.jpg", "photo 2.jpg"]
    assert folder.load().target.video == "target/ben.mp4"


def test_what_is_chosen_elsewhere_is_brought_into_a_dropped_folder(workspace: Path, photos: Path, video: Path) -> None:
    agreed = ConsentAnswers(basis=ConsentBasis.SELF, note="It is me", is_adult=True)
    dropped = create_folder(workspace / "dropped")
    (dropped.source / "photo 0.jpg").write_bytes((photos / "photo 1.jpg").read_bytes())
    answers = Answers(
        draft="d",
        started_at=NOW,
        folder=dropped.path,
        sources=(dropped.source, photos / "photo 0.jpg"),
        target=video,
        consent_source=agreed,
        consent_target=agreed,
    )
    make_project(workspace, answers, NOW, lambda done, total: None)
    assert sorted(path.name for path in dropped.source.iterdir()) == ["photo 0-2.jpg", "photo 0.jpg"]
    assert dropped.load().target.video == "target/ben.mp4"
    assert dropped.project_file.read_text().startswith("#:schema file:///")


async def test_the_times_of_this_machine_are_measured_once_shown_and_taken(
    wizard: Wizard, services: Services, engine: FakeEngine, video: Path, tmp_path: Path
) -> None:
    engine.video = scenes.glance(tmp_path / "glance")
    engine.paces = [PresetPace(preset=preset, seconds_a_step=0.06) for preset in Preset]
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(Answers(draft="d", started_at=NOW, step=Step.QUALITY, target=video)))
        await settle(pilot)
        # 750 steps, and 900 frames to find faces in and to convert.
        assert wizard.screen.query_one(Choices).items[0].sentence.startswith("about 3 min;")
        assert "measured" in str(wizard.screen.query_one("#advice", Label).content)
        await pilot.press("ctrl+n")
        await settle(pilot)
        assert engine.asked_for_pace == list(Preset)
        assert wizard.draft is not None
        assert expected_minutes(wizard.draft.answers, NOW, wizard.draft.timing) == 1
    assert services.paces.read() == tuple(engine.paces)


async def test_a_machine_that_is_too_busy_to_be_measured_gets_rough_times(wizard: Wizard) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(Answers(draft="d", started_at=NOW, step=Step.QUALITY)))
        await settle(pilot)
        assert wizard.screen.query_one(Choices).items[0].sentence.startswith("roughly 4 min;")
        assert "too busy" in str(wizard.screen.query_one("#advice", Label).content)


async def test_each_preset_has_an_example_that_can_be_seen_large(wizard: Wizard) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(Answers(draft="d", started_at=NOW, step=Step.QUALITY)))
        await settle(pilot)
        shown = []
        for _ in Preset:
            picture = wizard.screen.query_one("#example-picture", Picture)
            assert picture.path is not None
            assert picture.path.is_file()
            shown.append(str(wizard.screen.query_one("#example-words", Label).content))
            await pilot.press("down")
            await settle(pilot)
        assert shown[0].startswith("A real result")
        assert all(words.startswith("Not a result") for words in shown[1:])
        await pilot.press("f4")
        await settle(pilot)
        assert isinstance(wizard.screen, Zoom)
