"""What a person does with the video to change, and with pictures of the person in it, by keys."""

from pathlib import Path

import pytest
from textual.widgets import Static

from daemon.status import State, write_status
from engine.errors import CutShort, MediaError
from engine.project.folder import ProjectFolder
from engine.records.failure import Failure
from engine.role import Role
from tests.tui import scenes
from tests.tui.conftest import NOW, give_path, open_project, settle
from tests.tui.picturing import failed_project, names, note, open_pictures
from tui.app import Wizard
from tui.screens.confirm import Confirm
from tui.screens.pictures import TargetPictures


@pytest.fixture
def folder(workspace: Path, photos: Path, video: Path) -> ProjectFolder:
    return failed_project(workspace, photos, video)


async def test_a_failure_of_the_video_opens_the_video(wizard: Wizard, folder: ProjectFolder, photos: Path) -> None:
    words = scenes.failed(NOW).failure
    assert words is not None
    failure = words.model_copy(update={"role": Role.TARGET})
    write_status(folder, scenes.failed(NOW).model_copy(update={"failure": failure}))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "a")
        assert isinstance(wizard.screen, TargetPictures)
        await give_path(pilot, photos / "photo 1.jpg")
    assert names(folder.target) == ["photo 1.jpg", "scene.mp4"]


async def test_another_video_takes_the_place_of_the_old_one_after_asking(
    wizard: Wizard, folder: ProjectFolder, tmp_path: Path, video: Path
) -> None:
    other = tmp_path / "better.mp4"
    other.write_bytes(video.read_bytes() + b"more")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_pictures(pilot, folder, Role.TARGET)
        await give_path(pilot, other)
        assert isinstance(wizard.screen, Confirm)
        await pilot.press("n")
        await settle(pilot)
        assert names(folder.target) == ["scene.mp4"]
        await give_path(pilot, other)
        await pilot.press("y")
        await settle(pilot)
        assert folder.load().target.video == "target/better.mp4"
        assert names(folder.target) == ["better.mp4"]
        assert names(folder.taken_out) == ["target/scene.mp4"]
        await pilot.press("f5")
        await settle(pilot)
    assert folder.load().target.video == "target/scene.mp4"
    assert names(folder.target) == ["scene.mp4"]


async def test_the_video_to_change_cannot_be_taken_out(wizard: Wizard, folder: ProjectFolder) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        screen = await open_pictures(pilot, folder, Role.TARGET)
        await pilot.press("tab", "x")
        await settle(pilot)
        assert "needs its video" in note(screen)
    assert names(folder.target) == ["scene.mp4"]


async def test_a_project_that_waits_for_its_video_names_the_key_that_adds_one(
    wizard: Wizard, folder: ProjectFolder, video: Path
) -> None:
    (folder.target / "scene.mp4").unlink()
    missing = Failure.of(MediaError("There is nothing in target/ yet.", "Put a video there.", role=Role.TARGET))
    waiting = scenes.simple(State.WAITING, NOW, missing.title)
    write_status(folder, waiting.model_copy(update={"missing": missing}))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        assert "a  adds pictures" in str(wizard.screen.query_one("#says", Static).render())
        await pilot.press("a")
        await settle(pilot)
        assert isinstance(wizard.screen, TargetPictures)
        await give_path(pilot, video)
    assert folder.load().target.video == f"target/{video.name}"


async def test_a_video_that_was_not_copied_whole_waits_for_a_key_that_takes_what_is_there(
    wizard: Wizard, folder: ProjectFolder
) -> None:
    missing = Failure.of(CutShort("target/scene.mp4 ends after 13 of 44 s.", "Copy it again.", role=Role.TARGET))
    waiting = scenes.simple(State.WAITING, NOW, missing.title)
    write_status(folder, waiting.model_copy(update={"missing": missing}))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        says = str(wizard.screen.query_one("#says", Static).render())
        assert "ends after 13 of 44 s" in says
        assert "t  takes what is there" in says
        assert "a  adds pictures" in says
        await pilot.press("t")
        await settle(pilot)
    assert folder.load().target.take_what_is_there
