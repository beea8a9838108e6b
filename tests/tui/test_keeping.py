"""Answers are on the disk as they are given, and nothing but the person throws them away."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from engine.files.atomic import PARTIAL
from engine.project.folder import ProjectFolder, create_folder
from engine.project.import_media import OnCopied
from engine.role import Role
from tests.tui import scenes
from tests.tui.conftest import NOW, begin_with, give_path, paste, settle, until
from tui.app import Wizard
from tui.drafts.answers import Answers, Step
from tui.drafts.copying import CopyStopped
from tui.drafts.creation import make_project
from tui.drafts.store import DraftStore
from tui.messages import NewProject, OpenDraft, TryDemo
from tui.screens.home import Home
from tui.screens.making import Making
from tui.screens.media import SourceQuestion, TargetQuestion
from tui.screens.review import Review
from tui.services import Services
from tui.widgets.rows import Rows


async def test_a_dropped_line_resumes_at_the_same_question_with_the_same_answers(
    wizard: Wizard, photos: Path, workspace: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await begin_with(pilot, photos)
        await pilot.press("enter")
        await pilot.pause(0.5)
        await settle(pilot)
        # The terminal is gone: nothing is closed, nothing is said.
        kept = DraftStore(workspace).all()
    assert [(draft.step, draft.sources) for draft in kept] == [(Step.TARGET, (photos,))]
    again = Wizard(wizard.services)
    async with again.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(again.screen, TargetQuestion)
        assert again.draft is not None
        assert again.draft.answers.media_of(Role.SOURCE) == (photos,)


@pytest.mark.parametrize("key", ["f1", "ctrl+p", "f2", "f3"])
async def test_an_answer_is_on_the_disk_though_something_was_opened_over_the_question_at_once(
    wizard: Wizard, workspace: Path, photos: Path, key: str
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await paste(pilot, str(photos))
        await pilot.press("enter", key)
        await settle(pilot)
        await pilot.pause(0.3)
        await settle(pilot)
        assert not isinstance(wizard.screen, SourceQuestion)
        # What a kill would leave behind now.
        kept = DraftStore(workspace).all()
    assert [draft.sources for draft in kept] == [(photos,)]


class SlowDisk(DraftStore):
    """Takes its time over the first answers."""

    def __init__(self, workspace: Path) -> None:
        super().__init__(workspace)
        self.began = threading.Event()
        self.go_on = threading.Event()

    def save(self, answers: Answers) -> None:
        if not self.began.is_set():
            self.began.set()
            self.go_on.wait()
        super().save(answers)


async def test_however_slow_the_disk_the_newest_answers_are_those_that_stay(
    services: Services, workspace: Path, photos: Path
) -> None:
    disk = SlowDisk(workspace)
    wizard = Wizard(replace(services, drafts=disk))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await until(pilot, disk.began.is_set)
        await paste(pilot, str(photos))
        await pilot.press("enter")
        await until(pilot, lambda: wizard.draft is not None and wizard.draft.answers.sources)
        await pilot.pause(0.5)
        disk.go_on.set()
        await settle(pilot)
    assert [draft.sources for draft in DraftStore(workspace).all()] == [(photos,)]


@pytest.mark.parametrize("keys", [[], ["escape"]], ids=["in view", "left"])
async def test_the_demo_leaves_answers_alone_that_were_given_for_another_project(
    wizard: Wizard, workspace: Path, photos: Path, keys: list[str]
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await begin_with(pilot, photos)
        await pilot.press(*keys)
        # As the command palette does, from wherever one is.
        wizard.post_message(TryDemo())
        await settle(pilot)
        await pilot.pause(0.3)
        await settle(pilot)
    assert ProjectFolder(workspace / "demo").load().name == "demo"
    assert [draft.sources for draft in DraftStore(workspace).all()] == [(photos,)]


@pytest.mark.slow
async def test_a_new_project_asked_for_amid_questions_leaves_them_behind(
    wizard: Wizard, workspace: Path, photos: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await begin_with(pilot, photos)
        wizard.post_message(NewProject())
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(wizard.screen, Home)
        await pilot.pause(0.3)
        await settle(pilot)
    assert (photos,) in [draft.sources for draft in DraftStore(workspace).all()]


@pytest.mark.parametrize("given", ["nothing", "no such file", "photos"])
async def test_questions_that_were_left_before_the_first_answer_leave_nothing(
    wizard: Wizard, workspace: Path, photos: Path, given: str
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await settle(pilot)
        if given != "nothing":
            await give_path(pilot, photos if given == "photos" else photos / given)
        await pilot.pause(0.3)
        await pilot.press("escape")
        await settle(pilot)
        assert len(DraftStore(workspace).all()) == (given == "photos")
        # Home may have looked a moment before they were forgotten, and looks again soon.
        await until(pilot, lambda: len(wizard.screen.query_one(Rows).items) == (given == "photos"))


async def test_pictures_that_were_gathered_before_the_first_answer_are_kept_with_the_questions(
    wizard: Wizard, workspace: Path
) -> None:
    drafts = wizard.services.drafts
    begun = drafts.new(NOW)
    (drafts.gather_folder(begun) / "source").mkdir(parents=True)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(begun))
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
    assert [draft.draft for draft in drafts.all()] == [begun.draft]


async def test_a_failure_in_the_background_is_said_calmly_and_nothing_is_lost(
    wizard: Wizard, workspace: Path, photos: Path, video: Path
) -> None:
    complete(wizard, photos, video)
    scenes.put_project(workspace, "Anna", "taken", None)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("home", "enter")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert type(wizard.screen).__name__ == "FailureDialog"
        await pilot.press("enter")
        await settle(pilot)
        assert wizard.screen.query("#answers")
    assert len(DraftStore(workspace).all()) == 1


def complete(wizard: Wizard, photos: Path, video: Path, **more: object) -> Answers:
    """Return kept answers to all questions."""
    given = {"basis": "self", "note": "It is me", "is_adult": True}
    people = {"name": "Anna", "sources": [photos], "target": video, "consent_source": given, "consent_target": given}
    empty = wizard.services.drafts.new(NOW)
    answers = empty.model_validate(empty.model_dump() | people | {"step": Step.REVIEW} | more)
    wizard.services.drafts.save(answers)
    return answers


@contextlib.asynccontextmanager
async def files_coming_in(pilot: Pilot[None], wizard: Wizard, answers: Answers) -> AsyncIterator[Making]:
    """Start the project of these answers; after its first file nothing moves until this is left."""
    left = threading.Event()

    def make(report: OnCopied) -> ProjectFolder:
        def slowly(done: int, total: int) -> None:
            report(done, total)
            left.wait()

        return make_project(wizard.services.workspace, answers, NOW, slowly)

    await settle(pilot)
    await pilot.press("home", "enter")
    await settle(pilot)
    await wizard.push_screen(making := Making(wizard.services, make, answers))
    try:
        await until(pilot, lambda: making.query_one("#copied", Static).content)
        yield making
    finally:
        left.set()
    await settle(pilot)


@pytest.mark.parametrize("keys", [["escape"], ["question_mark", "escape", "escape"]])
async def test_a_project_that_is_stopped_while_its_files_come_in_leaves_nothing_but_the_answers(
    wizard: Wizard, workspace: Path, photos: Path, video: Path, keys: list[str]
) -> None:
    answers = complete(wizard, photos, video)
    async with wizard.run_test(size=(80, 24)) as pilot:
        async with files_coming_in(pilot, wizard, answers):
            await pilot.press(*keys)
        assert isinstance(wizard.screen, Review)
    assert [path.name for path in workspace.iterdir()] == [".understudio"]
    assert DraftStore(workspace).all() == [answers]


async def test_files_that_come_in_when_the_screen_is_closed_leave_nothing_but_the_answers(
    wizard: Wizard, workspace: Path, photos: Path, video: Path
) -> None:
    answers = complete(wizard, photos, video)
    async with wizard.run_test(size=(80, 24)) as pilot, files_coming_in(pilot, wizard, answers) as making:
        await making.remove()
    assert [path.name for path in workspace.iterdir()] == [".understudio"]
    assert DraftStore(workspace).all() == [answers]


async def test_a_dropped_folder_is_as_it_was_after_its_completion_was_stopped(
    wizard: Wizard, workspace: Path, photos: Path, video: Path
) -> None:
    folder = create_folder(workspace / "dropped")
    (photos / "photo 0.jpg").rename(folder.source / "anna.jpg")
    answers = complete(wizard, photos, video, folder=folder.path)

    def stop_at_the_video(done: int, total: int) -> None:
        # Once the photos are all in, the video comes.
        if total == video.stat().st_size:
            raise CopyStopped

    with pytest.raises(CopyStopped):
        make_project(workspace, answers, NOW, stop_at_the_video)
    assert [path.name for path in folder.path.rglob("*.*")] == ["anna.jpg"]
    make_project(workspace, answers, NOW, lambda done, total: None)
    assert sorted(path.name for path in folder.source.iterdir()) == ["anna.jpg", "photo 1.jpg", "photo 2.jpg"]


def test_what_a_wizard_that_was_killed_left_unfinished_is_no_second_draft(workspace: Path) -> None:
    drafts = DraftStore(workspace)
    answers = drafts.new(NOW)
    drafts.save(answers)
    folder = workspace / ".understudio" / "drafts"
    (unfinished := folder / f".{answers.draft}{PARTIAL}1.json").write_text(answers.model_dump_json())
    assert drafts.all() == [answers]
    drafts.forget(answers)
    assert not unfinished.exists()
