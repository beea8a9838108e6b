"""What a person does with projects, by keys; asserted on the files that are left."""

import threading
from pathlib import Path

import pytest
from textual.widgets import Label, Static

from daemon.status import LoggedFailure, Memory, State, write_status
from daemon.workspace import snapshot_of
from engine.errors import (
    ContentRefused,
    MediaError,
    OutOfMemory,
    UnderstudioError,
    VerificationFailed,
    WrongPerson,
)
from engine.project.folder import ProjectFolder, create_folder
from engine.project.lock import alone_on
from engine.project.markers import Marker, fingerprint, is_done, write_marker
from engine.project.settings import ColourMatch, Project, Wanted
from engine.project.stage import StageName
from engine.records.failure import Failure
from engine.records.report import read_report
from engine.role import Role
from tests.rights import give_away, ordinary_rights
from tests.tui import scenes
from tests.tui.conftest import (
    NOW,
    FakeDaemon,
    FakeEngine,
    begin_with,
    give_path,
    open_project,
    paste,
    settle,
    shown,
    until,
)
from tui.app import Wizard
from tui.drafts.answers import Step
from tui.drafts.store import DraftStore
from tui.messages import AnswerFolder, OpenFaces
from tui.projects.condition import Condition
from tui.projects.forecast import Outlook
from tui.projects.reader import ProjectReader
from tui.projects.view import read_view
from tui.screens import result
from tui.screens.faces import FacesScreen
from tui.screens.failure_dialog import FailureDialog
from tui.screens.home import Home
from tui.screens.project import ProjectScreen
from tui.screens.result import ResultScreen


async def test_the_person_question_is_passed_over_where_one_person_was_seen(
    wizard: Wizard, engine: FakeEngine, photos: Path, video: Path, tmp_path: Path
) -> None:
    engine.reports = {role: scenes.check_report(tmp_path / role, 1) for role in ("source", "target")}
    engine.video = scenes.glance(tmp_path)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await begin_with(pilot, photos)
        await pilot.press("enter")
        await give_path(pilot, video)
        await pilot.press("enter")
        await settle(pilot)
        assert wizard.draft is not None
        assert wizard.draft.answers.step is Step.CONSENT_SOURCE


@pytest.mark.slow
async def test_a_dropped_folder_is_completed_in_place(
    wizard: Wizard, workspace: Path, video: Path, photos: Path
) -> None:
    folder = create_folder(workspace / "dropped")
    video.rename(folder.target / "ben.mp4")
    (photos / "photo 0.jpg").rename(folder.source / "anna.jpg")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(AnswerFolder(folder.path))
        await settle(pilot)
        for who in ("Anna", "Ben"):
            await pilot.press("1")
            await paste(pilot, f"{who} agreed")
            await pilot.press("enter", "enter", "enter", "ctrl+n")
            await settle(pilot)
        await pilot.press("ctrl+n")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
    project = folder.load()
    assert project.target.video == "target/ben.mp4"
    assert project.consent.source is not None
    assert project.consent.source.note == "Anna agreed"
    assert [path.name for path in workspace.iterdir() if path.name[0] != "."] == ["dropped"]
    assert DraftStore(workspace).all() == []


@pytest.mark.parametrize(("key", "wanted"), [("p", Wanted.PAUSE), ("g", Wanted.FINISH)])
async def test_a_running_project_is_steered_by_one_key(
    wizard: Wizard, workspace: Path, key: str, wanted: Wanted
) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        await pilot.press(key)
        await settle(pilot)
    assert folder.load().wanted is wanted


async def test_a_key_pressed_before_the_project_was_read_again_does_what_it_says(
    wizard: Wizard, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    # Home has read it; on a busy machine the screen itself does a second later.
    monkeypatch.setattr(ProjectScreen, "look", lambda screen: None)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "p")
    assert folder.load().wanted is Wanted.PAUSE


def condition_on(screen: ProjectScreen) -> Condition:
    assert screen.view is not None
    return screen.view.condition


async def test_a_project_rests_beneath_its_log_and_is_up_to_date_as_soon_as_it_is_seen_again(
    wizard: Wizard, workspace: Path, daemon: FakeDaemon
) -> None:
    daemon.running = True
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        project = shown(pilot, ProjectScreen)
        await pilot.press("l")
        write_status(folder, scenes.simple(State.PAUSED, NOW))
        await pilot.pause(1.5)
        assert condition_on(project) is Condition.RUNNING
        await pilot.press("escape")
        await settle(pilot)
        assert condition_on(project) is Condition.PAUSED


async def test_the_cursor_stays_on_its_project_when_another_arrives_above_it(wizard: Wizard, workspace: Path) -> None:
    for name in ("Berta", "Clara"):
        scenes.put_project(workspace, name, name, scenes.simple(State.QUEUED, NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("down")
        scenes.put_project(workspace, "Anna", "Anna", scenes.simple(State.QUEUED, NOW))
        shown(pilot, Home).look()
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert shown(pilot, ProjectScreen).folder.path.name == "Clara"


async def test_another_try_is_asked_for_by_one_key(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.failed(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        await pilot.press("r")
        await settle(pilot)
    assert folder.load().revision == 1


@pytest.mark.parametrize(
    ("error", "offered"),
    [
        (MediaError("There are more than 10,000 files in anna/.", "Keep the pictures that matter."), "a"),
        (WrongPerson("Nobody has the number 2.", "Choose again.", role=Role.TARGET), "a"),
        (ContentRefused("Refused.", "Take it out."), "a"),
        (OutOfMemory("The machine ran out of memory.", "Choose a smaller preset."), "e"),
        (VerificationFailed("It is not signed.", "Try again."), ""),
    ],
)
async def test_a_failure_names_the_key_that_helps(
    wizard: Wizard, workspace: Path, error: UnderstudioError, offered: str
) -> None:
    failure = LoggedFailure.model_validate({**Failure.of(error).model_dump(), "log": "/log.txt"})
    folder = scenes.put_project(
        workspace, "anna", "Anna", scenes.failed(NOW).model_copy(update={"failure": failure, "message": error.title})
    )
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        says = str(shown(pilot, ProjectScreen).query_one("#says", Static).render())
        assert error.title in says
        assert ("adds pictures" in says) is (offered == "a")
        assert ("changes the settings" in says) is (offered == "e")


async def test_a_failed_project_whose_media_were_changed_is_said_to_be_tried_again(
    wizard: Wizard, workspace: Path, photos: Path
) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", None)
    snapshot = snapshot_of(folder.path)
    assert snapshot is not None
    write_status(folder, scenes.failed(NOW).model_copy(update={"memory": Memory(inputs=snapshot.inputs)}))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        detail = wizard.screen.query_one("#detail", Static)
        assert "Only 7 usable faces" in str(detail.render())
        (photos / "photo 0.jpg").rename(folder.source / "photo.jpg")
        await pilot.press("enter")
        await settle(pilot)
        assert "tried again as soon as" in str(wizard.screen.query_one("#says", Static).render())
        await pilot.press("escape")
        await settle(pilot)
        assert "tried again as soon as" in str(detail.render())


@pytest.mark.parametrize("key", ["b", "t", "z"])
async def test_a_key_pressed_before_the_result_was_read_is_not_lost(
    wizard: Wizard, workspace: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    folder = scenes.finished(workspace, NOW)
    may_read = threading.Event()
    monkeypatch.setattr(result, "read_report", lambda path: read_report(path) if may_read.wait(10) else None)
    async with wizard.run_test(size=(80, 24)) as pilot:
        wizard.push_screen(ResultScreen(wizard.services, folder.path))
        await pilot.press(key)
        may_read.set()
        await settle(pilot)
        assert not isinstance(wizard.screen, ResultScreen)


async def test_a_result_that_is_gone_is_not_called_ready(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    (folder.result / "Anna-as-Ben.mp4").unlink()
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        assert str(wizard.screen.query_one("#heading", Label).render()) == "The video is gone."
        await pilot.press("c")
        assert wizard.clipboard == ""


@pytest.mark.slow
async def test_a_result_that_is_gone_is_made_again_though_nothing_else_was_changed(
    wizard: Wizard, workspace: Path
) -> None:
    folder = scenes.finished(workspace, NOW)
    write_marker(folder, Marker(StageName.CONVERT, fingerprint(folder, folder.load(), StageName.CONVERT), {}))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        await pilot.press("b", "ctrl+n")
        await settle(pilot)
        shown(pilot, ResultScreen)
        assert is_done(folder, folder.load(), StageName.CONVERT)
        await pilot.press("escape")
        (folder.result / "Anna-as-Ben.mp4").unlink()
        await open_project(pilot, folder.path)
        await pilot.press("b", "ctrl+n")
        await settle(pilot)
        assert not isinstance(wizard.screen, ResultScreen)
    assert not is_done(folder, folder.load(), StageName.CONVERT)


async def test_other_blending_changes_the_project_and_shows_it_at_work_again(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        shown(pilot, ResultScreen)
        await pilot.press("b", "right", "ctrl+n")
        await settle(pilot)
        assert not isinstance(wizard.screen, ResultScreen)
        assert "made again" in str(wizard.screen.query_one("#says", Static).content)
    assert folder.load().convert.colour is ColourMatch.MEAN


async def test_deleting_the_faces_keeps_the_video_and_pauses(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    scenes.picture(folder.source_faces / "pictures" / "a.jpg", 1)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        await pilot.press("x", "enter")
        await settle(pilot)
        assert folder.source_faces.exists()
        await pilot.press("x", "y")
        await settle(pilot)
    assert not folder.source_faces.exists()
    assert folder.report_json.exists()
    assert folder.load().wanted is Wanted.PAUSE
    write_status(folder, scenes.simple(State.PAUSED, NOW))
    assert read_view(folder, NOW, Outlook(workspace)).condition is Condition.DONE


async def test_faces_that_cannot_be_deleted_are_named_and_not_said_to_be_gone(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    scenes.picture(folder.source_faces / "pictures" / "a.jpg", 1)
    give_away(folder.source_faces / "pictures", 0o555)
    with ordinary_rights():
        async with wizard.run_test(size=(80, 24), notifications=True) as pilot:
            await open_project(pilot, folder.path, "x")
            await pilot.press("y")
            await settle(pilot)
            said = str(shown(pilot, FailureDialog).query_one(Label).render())
            assert f"{folder.source_faces} may not be used" in " ".join(said.split())
    assert folder.source_faces.exists()


async def test_nothing_is_deleted_beneath_a_stage_that_is_at_work(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    scenes.picture(folder.source_faces / "pictures" / "a.jpg", 1)
    with alone_on(folder):
        async with wizard.run_test(size=(80, 24)) as pilot:
            await open_project(pilot, folder.path, "x")
            await pilot.press("y")
            await settle(pilot)
            assert "Another process is working on" in str(shown(pilot, FailureDialog).query_one(Label).render())
    assert folder.source_faces.exists()
    assert folder.load().wanted is not Wanted.PAUSE


async def test_faces_are_thrown_out_and_brought_back(wizard: Wizard, workspace: Path) -> None:
    folder = create_folder(workspace / "anna")
    pictures = folder.source_faces / "pictures"
    for number in range(3):
        scenes.picture(pictures / f"{number}.jpg", number)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenFaces(folder.path))
        await settle(pilot)
        assert isinstance(wizard.screen, FacesScreen)
        await pilot.press("right", "x", "x")
        await pilot.pause(0.2)
        assert [path.name for path in sorted(pictures.iterdir())] == ["0.jpg"]
        await pilot.press("u")
        await pilot.pause(0.2)
    assert [path.name for path in sorted(pictures.iterdir())] == ["0.jpg", "2.jpg"]


async def test_the_daemon_is_started_from_home(wizard: Wizard, daemon: FakeDaemon) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot)
    assert daemon.running


async def test_where_nobody_is_at_work_no_project_claims_to_be(
    wizard: Wizard, workspace: Path, daemon: FakeDaemon
) -> None:
    daemon.running = True
    folder = scenes.put_project(workspace, "film", "Film", scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        page = shown(pilot, ProjectScreen)
        assert condition_on(page) is Condition.RUNNING
        daemon.running = False
        page.look()
        await until(pilot, lambda: condition_on(page) is Condition.STOPPED)


async def test_the_demo_becomes_a_project(wizard: Wizard, workspace: Path) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("d")
        await settle(pilot)
    assert ProjectFolder(workspace / "demo").load().name == "demo"


async def test_folders_that_may_not_be_read_come_last_with_the_reason_and_hide_no_project(
    wizard: Wizard, workspace: Path, project: Project
) -> None:
    anna, ben = (create_folder(workspace / name) for name in ("anna", "ben"))
    (workspace / "lost+found").mkdir()
    ben.save(project)
    ben.result.mkdir()
    for place in (workspace / "lost+found", ben.result):
        give_away(place, 0)
    with ordinary_rights():
        async with wizard.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            *_, views = ProjectReader(workspace, DraftStore(workspace), Outlook(workspace)).read(NOW)
            assert [(view.name, view.says) for view in views] == [
                (anna.path.name, "questions open"),
                (ben.path.name, "may not be read"),
                ("lost+found", "may not be read"),
            ]
            await pilot.press("end")
            await settle(pilot)
            detail = pilot.app.screen.query_one("#detail", Static).render()
            assert "lost+found may not be used" in " ".join(str(detail).split())
            await pilot.press("enter")
            await settle(pilot)
            assert "lost+found cannot be opened" in str(shown(pilot, FailureDialog).query_one(Label).render())
