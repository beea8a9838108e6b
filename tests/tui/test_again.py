"""The same person in another video: one key, and what is known already is not asked for again."""

import hashlib
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Label
from typer.testing import CliRunner, Result

from daemon.status import State
from engine.errors import UnderstudioError
from engine.project.folder import ProjectFolder
from engine.project.presets import Preset
from engine.project.settings import ConsentBasis
from engine.role import Role
from tests.tui import scenes
from tests.tui.conftest import NOW, FakeEngine, give_path, open_project, settle, shown
from tui.app import Wizard
from tui.cli import built
from tui.drafts.answers import Step
from tui.drafts.store import DraftStore
from tui.drafts.validation import expected_minutes
from tui.projects.bin import Bin
from tui.screens.confirm import Confirm
from tui.screens.failure_dialog import FailureDialog
from tui.screens.project import ProjectScreen
from tui.screens.result import ResultScreen
from tui.screens.review import Review
from tui.widgets.rows import Rows


@pytest.fixture
def earlier(workspace: Path, photos: Path) -> ProjectFolder:
    """Anna as Ben, with a result, a face, and a model; she signed a release, which has a scope of its own."""
    folder = scenes.finished(workspace, NOW)
    for photo in photos.iterdir():
        photo.rename(folder.source / photo.name)
    (folder.consent / "source-release.pdf").write_bytes(b"signed")
    proof = {"evidence": "consent/source-release.pdf", "evidence_sha256": hashlib.sha256(b"signed").hexdigest()}
    signed = {"given_by": "Anna Ek", "scope": "all films of 2026", **proof}
    project = folder.load()
    assert project.consent.source is not None
    consent = project.consent.model_copy(update={"source": project.consent.source.model_copy(update=signed)})
    folder.save(project.model_copy(update={"consent": consent, "seed": 7}))
    scenes.put_faces(folder.source_faces, [1, 1, 1])
    model = folder.checkpoints / "step-000002000"
    model.mkdir(parents=True)
    for name in ("checkpoint.json", "average.npz", "weights.npz", "optimizer.npz"):
        (model / name).write_bytes(b"model")
    return folder


async def answer_the_rest(pilot: Pilot[None], video: Path) -> None:
    """Give the video and the consent of the person in it, and go on to the review."""
    await give_path(pilot, video)
    await pilot.press("enter")
    await settle(pilot)
    wizard = pilot.app
    assert isinstance(wizard, Wizard)
    assert wizard.draft is not None
    assert wizard.draft.answers.step is Step.CONSENT_TARGET, "the other person's consent is known"
    agreed = wizard.draft.answers.consent_target.model_copy(
        update={"basis": ConsentBasis.SELF, "note": "that is me", "is_adult": True}
    )
    wizard.draft.give(consent_target=agreed)
    await pilot.press("ctrl+n", "ctrl+n")
    await settle(pilot)


async def start(pilot: Pilot[None]) -> None:
    """Start from the review, the looks at the media being over or not."""
    await pilot.press("ctrl+n")
    await settle(pilot)
    await pilot.press("y")
    await settle(pilot)


async def begin_again(pilot: Pilot[None], earlier: ProjectFolder) -> None:
    await open_project(pilot, earlier.path, "n")
    assert isinstance(pilot.app.screen, Confirm)
    await pilot.press("enter")
    await settle(pilot)


@pytest.mark.slow
async def test_one_key_makes_a_new_project_with_what_is_there_already(
    wizard: Wizard, earlier: ProjectFolder, video: Path, workspace: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await begin_again(pilot, earlier)
        await answer_the_rest(pilot, video)
        review = shown(pilot, Review)
        assert ("Begins with", "faces and model of anna-as-ben") in [
            (line.label, line.words) for line in review.query_one("#answers", Rows).items
        ]
        await start(pilot)
    made = ProjectFolder(workspace / "anna-as-ben-2")
    assert {path.name for path in made.source.iterdir()} == {path.name for path in earlier.source.iterdir()}
    assert len(list(made.face_pictures_of(Role.SOURCE).iterdir())) == 3
    assert (made.head_start / "average.npz").read_bytes() == b"model"
    was, now = earlier.load(), made.load()
    assert now.consent.source == was.consent.source, "the same record, what no question asks for included"
    assert now.consent.target is not None
    assert now.consent.target.note == "that is me"
    assert (made.path / "consent" / "source-release.pdf").read_bytes() == b"signed"
    assert (now.seed, now.target.video) == (7, "target/ben.mp4")


async def test_it_is_said_before_what_is_taken_over_and_what_that_saves(wizard: Wizard, earlier: ProjectFolder) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, earlier.path, "n")
        words = str(shown(pilot, Confirm).query_one(Label).content)
        assert "Their 3 faces need not be found again." in words
        assert "begins with the 2,000 steps of this one" in words
        assert "Agreed" in words
        await pilot.press("escape")
        await settle(pilot)
        shown(pilot, ResultScreen)
    assert DraftStore(earlier.path.parent).all() == []


async def test_a_project_that_rests_without_a_result_can_be_begun_from_and_one_at_work_cannot(
    wizard: Wizard, workspace: Path
) -> None:
    paused = scenes.put_project(workspace, "anna", "anna", scenes.simple(State.PAUSED, NOW))
    at_work = scenes.put_project(workspace, "ben", "ben", scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, at_work.path, "n")
        shown(pilot, ProjectScreen)
        await open_project(pilot, paused.path, "n")
        words = str(shown(pilot, Confirm).query_one(Label).content)
        assert "Faces and model are made anew: there are none in this project." in words


@pytest.mark.slow
async def test_another_preset_is_said_to_begin_anew(
    wizard: Wizard, engine: FakeEngine, earlier: ProjectFolder, video: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await begin_again(pilot, earlier)
        assert wizard.draft is not None
        wizard.draft.give(preset=Preset.HIGH)
        await answer_the_rest(pilot, video)
        words = [line.words for line in shown(pilot, Review).query_one("#answers", Rows).items]
        assert "faces of anna-as-ben; its model is of quick, so training begins anew" in words


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "has_pictures", "share"),
    [(Preset.QUICK, True, 3 / 4), (Preset.STANDARD, True, 1), (Preset.QUICK, False, 1)],
)
async def test_as_long_is_proposed_as_is_still_needed(
    wizard: Wizard, earlier: ProjectFolder, video: Path, preset: Preset, has_pictures: bool, share: float
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, earlier.path, "n")
        await pilot.press("enter")
        await settle(pilot)
        await answer_the_rest(pilot, video)
        assert wizard.draft is not None
        wizard.draft.give(preset=preset, sources=(earlier.source,) if has_pictures else (video,))
        wanted = share * preset.facts.full_steps * preset.facts.guessed_seconds_a_step / 60
        assert expected_minutes(wizard.draft.answers, NOW, wizard.draft.timing) == round(wanted)
        await pilot.press("escape")
        await settle(pilot)
        said = str(pilot.app.screen.query_one("#advice", Label).content)
        assert ("Quick begins with the 2,000 steps of anna-as-ben." in said) is has_pictures


@pytest.mark.slow
async def test_pictures_that_were_taken_out_again_bring_neither_faces_nor_model(
    wizard: Wizard, earlier: ProjectFolder, video: Path, workspace: Path, tmp_path: Path
) -> None:
    other = tmp_path / "else.jpg"
    other.write_bytes(b"\xff\xd8\xff\xe0else")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await begin_again(pilot, earlier)
        assert wizard.draft is not None
        wizard.draft.give(sources=(other,), name="other")
        await answer_the_rest(pilot, video)
        await start(pilot)
    made = ProjectFolder(workspace / "other")
    assert [path.name for path in made.source.iterdir()] == ["else.jpg"]
    assert not made.head_start.exists()
    assert not made.source_faces.exists()


@pytest.mark.slow
async def test_an_earlier_project_that_was_deleted_meanwhile_is_named_and_the_answers_are_kept(
    wizard: Wizard, earlier: ProjectFolder, video: Path, workspace: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await begin_again(pilot, earlier)
        await answer_the_rest(pilot, video)
        Bin(workspace).put(earlier.path, NOW)
        await start(pilot)
        said = str(shown(pilot, FailureDialog).query_one(Label).content)
        assert "anna-as-ben, with which this project begins, is not there any more." in said
    assert len(DraftStore(workspace).all()) == 1


async def test_somebody_who_withdrew_is_not_taken_over(wizard: Wizard, earlier: ProjectFolder) -> None:
    project = earlier.load()
    assert project.consent.source is not None
    withdrawn = project.consent.source.model_copy(update={"withdrawn_on": NOW.date()})
    earlier.save(project.model_copy(update={"consent": project.consent.model_copy(update={"source": withdrawn})}))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, earlier.path, "n")
        assert "was withdrawn" in str(shown(pilot, FailureDialog).query_one(Label).content)


def run(*words: object) -> Result:
    return CliRunner().invoke(built(), [str(word) for word in words])


def again(earlier: ProjectFolder, video: Path, *more: object) -> Result:
    agreed = ("--target-consent-basis", "self", "--target-consent-note", "that is me")
    return run("again", earlier.path, earlier.path.with_name("anna-as-me"), "--target", video, *agreed, *more)


def test_the_command_takes_over_the_same(earlier: ProjectFolder, video: Path) -> None:
    done = again(earlier, video, "--minutes", "5", "--target-person", "2")
    assert done.exit_code == 0, done.output
    assert "3 faces of the person who appears and a model of 2,000 steps" in done.output
    made = ProjectFolder(earlier.path.with_name("anna-as-me"))
    now = made.load()
    assert now.consent.source == earlier.load().consent.source
    assert (now.train.minutes, now.target.person, now.seed, now.name) == (5, 2, 7, "anna-as-me")
    assert (made.head_start / "checkpoint.json").is_file()


def test_the_command_wants_the_consent_of_the_person_in_the_new_video(earlier: ProjectFolder, video: Path) -> None:
    done = run("again", earlier.path, earlier.path.with_name("new"), "--target", video)
    assert isinstance(done.exception, UnderstudioError)
    assert "--target-consent-basis" in done.exception.hint
    assert not earlier.path.with_name("new").exists()
