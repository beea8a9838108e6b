"""Who of several persons is meant: chosen and changed by keys; asserted on the project file."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from daemon.status import write_status
from engine.project.folder import ProjectFolder
from engine.project.persons import PersonsSeen, choose_person, write_persons
from engine.role import Role
from tests.persons import seen
from tests.tui import scenes
from tests.tui.conftest import NOW, FakeEngine, begin_with, give_path, open_project, settle, shown
from tui.app import Wizard
from tui.screens.choose import ChooseScreen
from tui.screens.media import TargetQuestion
from tui.screens.person import PersonQuestion
from tui.screens.project import ProjectScreen


@pytest.fixture
def folder(workspace: Path) -> ProjectFolder:
    made = scenes.put_project(workspace, "talk", "Talk", None)
    scenes.put_persons(made, Role.TARGET, 0.55, 0.43, 0.02, still=(3,))
    write_status(made, scenes.waiting_for_a_word(made, NOW))
    return made


async def test_a_project_that_waits_asks_who_is_meant_and_takes_the_answer(
    wizard: Wizard, folder: ProjectFolder
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        says = str(shown(pilot, ProjectScreen).query_one("#says", Static).render())
        assert "Who is the person who is replaced? 3 persons were seen" in says
        await pilot.press("enter")
        await settle(pilot)
        words = str(shown(pilot, ChooseScreen).query_one("#choose-words", Static).render())
        assert "Never moving, as a photograph: 3." in words
        assert folder.load().target.person is None
        await pilot.press("2", "enter")
        await settle(pilot)
        says = str(shown(pilot, ProjectScreen).query_one("#says", Static).render())
        assert "It is said who is meant: it goes on as soon as its turn comes." in says
    assert folder.load().target.person == 2


async def test_the_one_who_is_marked_is_taken_with_enter_alone(wizard: Wizard, folder: ProjectFolder) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "o")
        await pilot.press("enter")
        await settle(pilot)
    assert folder.load().target.person == 1


async def test_who_is_meant_can_be_changed_at_any_time(wizard: Wizard, folder: ProjectFolder) -> None:
    choose_person(folder, Role.TARGET, 1)
    write_status(folder, scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "o")
        await pilot.press("right", "enter")
        await settle(pilot)
    assert folder.load().target.person == 2


async def test_where_both_are_unclear_one_is_asked_after_the_other(wizard: Wizard, folder: ProjectFolder) -> None:
    scenes.put_persons(folder, Role.SOURCE, 0.5, 0.5)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "o")
        await pilot.press("1", "enter")
        await settle(pilot)
        shown(pilot, ChooseScreen)
        await pilot.press("2", "enter")
        await settle(pilot)
        shown(pilot, ProjectScreen)
    assert (folder.load().target.person, folder.load().source.person) == (1, 2)


@pytest.mark.parametrize("keys", [("3",), ("right",), ("2", "right", "right")])
async def test_where_a_number_is_nobodys_the_others_can_be_chosen(
    wizard: Wizard, folder: ProjectFolder, keys: tuple[str, ...]
) -> None:
    first, _, third = seen(0.5, 0.1, 0.4).persons
    write_persons(folder, Role.TARGET, PersonsSeen(persons=(first, third)))
    choose_person(folder, Role.TARGET, 2)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "o")
        await pilot.press(*keys, "enter")
        await settle(pilot)
    assert folder.load().target.person == 3


async def test_before_faces_were_found_nobody_can_be_chosen(wizard: Wizard, workspace: Path) -> None:
    made = scenes.put_project(workspace, "new", "New", None)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, made.path, "o")
        words = str(shown(pilot, ChooseScreen).query_one("#choose-words", Static).render())
        assert words.startswith("Nobody is known yet")
        await pilot.press("enter", "z", "t")
        await settle(pilot)
    assert made.load().target.person is None


@pytest.mark.slow
async def test_whoever_is_marked_in_the_question_is_kept_though_no_key_chose(
    wizard: Wizard, engine: FakeEngine, photos: Path, video: Path, tmp_path: Path
) -> None:
    engine.reports = {"source": scenes.check_report(tmp_path, 1), "target": scenes.check_report(tmp_path, 2)}
    engine.video = scenes.glance(tmp_path / "glance")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await begin_with(pilot, photos)
        await pilot.press("ctrl+n")
        await give_path(pilot, video)
        await pilot.press("ctrl+n")
        await settle(pilot)
        shown(pilot, PersonQuestion)
        await pilot.press("ctrl+n")
        await settle(pilot)
        assert wizard.draft is not None
        assert (wizard.draft.answers.target_person, wizard.draft.answers.source_person) == (1, None)


async def test_with_another_video_the_number_of_the_old_one_is_not_carried_over(
    wizard: Wizard, engine: FakeEngine, photos: Path, video: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(video.read_bytes() + b"other")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await begin_with(pilot, photos)
        await pilot.press("ctrl+n")
        await give_path(pilot, video)
        assert wizard.draft is not None
        wizard.draft.give(target_person=2, source_person=3)
        shown(pilot, TargetQuestion)
        await give_path(pilot, other)
        answers = wizard.draft.answers
        assert answers.target == other
        assert (answers.target_person, answers.source_person) == (None, 3)
