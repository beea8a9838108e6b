"""What a person does with the pictures of a project that is there, by keys; asserted on the files that are left."""

import gc
import os
import shutil
import warnings
from pathlib import Path

import pytest
from textual.widgets import Static

from engine.project.folder import ProjectFolder
from engine.role import Role
from tests.tui import scenes
from tests.tui.conftest import NOW, Usage, give_path, open_project, paste, settle, shown, until
from tests.tui.fake_gatherer import FakeGatherer
from tests.tui.picturing import Slow, complaint, failed_project, names, note, open_pictures
from tui.app import Wizard
from tui.screens.pictures import PicturesScreen, SourcePictures, TargetPictures
from tui.screens.project import ProjectScreen
from tui.screens.result import ResultScreen
from tui.widgets.field import Field


@pytest.fixture
def folder(workspace: Path, photos: Path, video: Path) -> ProjectFolder:
    return failed_project(workspace, photos, video)


async def test_a_project_that_failed_gets_more_pictures_without_leaving_the_wizard(
    wizard: Wizard, folder: ProjectFolder, photos: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "a")
        screen = shown(pilot, SourcePictures)
        await give_path(pilot, photos)
        assert "2 files added. One is in the project already." in note(screen)
        await pilot.press("enter")
        await settle(pilot)
        shown(pilot, ProjectScreen)
    assert names(folder.source) == ["first.jpg", "photo 1.jpg", "photo 2.jpg"]


async def test_what_was_added_is_taken_out_again_by_one_key(
    wizard: Wizard, folder: ProjectFolder, photos: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        screen = await open_pictures(pilot, folder)
        await give_path(pilot, photos)
        await pilot.press("f5")
        await settle(pilot)
        assert names(folder.source) == ["first.jpg"]
        assert names(folder.taken_out) == ["source/photo 1.jpg", "source/photo 2.jpg"]
        await pilot.press("f5")
        await settle(pilot)
        assert note(screen) == "There is nothing to undo."


async def test_a_picture_is_taken_out_and_put_back(wizard: Wizard, folder: ProjectFolder) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        screen = await open_pictures(pilot, folder)
        await pilot.press("x")
        await settle(pilot)
        assert names(folder.source) == ["first.jpg"]
        screen.query_one("#path", Field).value = ""
        await pilot.press("tab", "x")
        await settle(pilot)
        assert names(folder.source) == []
        assert names(folder.taken_out) == ["source/first.jpg"]
        await pilot.press("f5")
        await settle(pilot)
    assert names(folder.source) == ["first.jpg"]


async def test_keys_that_come_faster_than_files_move_take_out_one_file_each(
    wizard: Wizard, folder: ProjectFolder, photos: Path
) -> None:
    for photo in photos.iterdir():
        photo.rename(folder.source / photo.name)
    media = Slow(folder)
    async with wizard.run_test(size=(80, 24)) as pilot:
        screen = await open_pictures(pilot, folder, media=media)
        await pilot.press("tab", "x", "x", "x")
        media.go_on.set()
        await settle(pilot)
        assert complaint(screen) == ""
        assert names(folder.source) == ["photo 2.jpg"]
        await pilot.press("f5", "f5", "f5")
        await settle(pilot)
    assert len(names(folder.source)) == 4


async def test_changes_to_both_people_are_undone_one_after_the_other(
    wizard: Wizard, folder: ProjectFolder, photos: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_pictures(pilot, folder)
        await give_path(pilot, photos / "photo 1.jpg")
        await pilot.press("f4")
        await settle(pilot)
        assert isinstance(wizard.screen, TargetPictures)
        await give_path(pilot, photos / "photo 2.jpg")
        await pilot.press("f5")
        await settle(pilot)
        assert note(wizard.screen) == "1 file taken out of target/ again."
        await pilot.press("f5")
        await settle(pilot)
        assert note(wizard.screen) == "1 file taken out of source/ again."
    assert names(folder.target) == ["scene.mp4"]
    assert names(folder.source) == ["first.jpg"]


async def test_what_cannot_be_used_is_said_and_changes_nothing(
    wizard: Wizard, folder: ProjectFolder, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    async with wizard.run_test(size=(80, 24)) as pilot:
        screen = await open_pictures(pilot, folder)
        await give_path(pilot, tmp_path / "notes.txt")
        assert "notes.txt is not a photo or video" in complaint(screen)
        await pilot.press("escape")
        await settle(pilot)
        assert not isinstance(wizard.screen, PicturesScreen)
    assert names(folder.source) == ["first.jpg"]


async def test_a_full_disk_is_said_and_the_project_is_as_it_was(
    wizard: Wizard, folder: ProjectFolder, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        screen = await open_pictures(pilot, folder)
        with monkeypatch.context() as full:
            full.setattr(os, "geteuid", lambda: -1)
            full.setattr(shutil, "disk_usage", lambda _: Usage(10, 9, 1))
            await give_path(pilot, photos)
        assert "There is no room for photo 1.jpg" in complaint(screen)
        assert names(folder.source) == ["first.jpg"]
        await pilot.press("enter")
        await settle(pilot)
    assert names(folder.source) == ["first.jpg", "photo 1.jpg", "photo 2.jpg"]


async def test_escape_stops_a_copy_and_nothing_of_it_stays(wizard: Wizard, folder: ProjectFolder, photos: Path) -> None:
    media = Slow(folder)
    async with wizard.run_test(size=(80, 24)) as pilot:
        screen = await open_pictures(pilot, folder, media=media)
        await paste(pilot, str(photos))
        await pilot.press("enter")
        await until(pilot, lambda: "Escape stops" in note(screen))
        await pilot.press("escape")
        media.go_on.set()
        await settle(pilot)
        assert wizard.screen is screen
        assert note(screen) == "Stopped: nothing was added."
        await give_path(pilot, photos)
    assert names(folder.source) == ["first.jpg", "photo 1.jpg", "photo 2.jpg"]


@pytest.mark.slow
async def test_pictures_are_gathered_into_the_project(
    gathering_wizard: Wizard, gatherer: FakeGatherer, folder: ProjectFolder
) -> None:
    gatherer.persons = 1
    gatherer.go_on.set()
    async with gathering_wizard.run_test(size=(110, 40)) as pilot:
        screen = await open_pictures(pilot, folder)
        await pilot.press("f3")
        await pilot.pause()
        await pilot.press(*"Ada", "ctrl+n")
        await until(pilot, lambda: gathering_wizard.screen.query("Picker"))
        await until(pilot, lambda: not gathering_wizard.screen.query_one("#begin").disabled)
        await pilot.press("ctrl+n")
        await until(pilot, lambda: gathering_wizard.screen is screen)
        await settle(pilot)
        assert note(screen).startswith("1 picture gathered.")
        assert gatherer.requests[0].into == folder.path
        await pilot.press("f5")
        await settle(pilot)
    assert names(folder.source) == ["first.jpg"]


async def test_a_finished_project_with_other_pictures_is_made_again(
    wizard: Wizard, workspace: Path, photos: Path
) -> None:
    folder = scenes.finished(workspace, NOW)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "a")
        await give_path(pilot, photos)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(wizard.screen, ProjectScreen)
        assert "made again" in str(wizard.screen.query_one("#says", Static).render())
    assert len(names(folder.source)) == 3


async def test_pictures_that_were_only_looked_at_leave_everything_as_it_was(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "a")
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(wizard.screen, ResultScreen)


async def test_looks_that_are_overtaken_before_they_began_leave_nothing_behind(
    wizard: Wizard, folder: ProjectFolder
) -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        async with wizard.run_test(size=(80, 24)) as pilot:
            screen = await open_pictures(pilot, folder)
            for _ in range(3):
                screen.on_listed(PicturesScreen.Listed(screen.media.files_of(Role.SOURCE)))
            await settle(pilot)
            assert screen.seen().done > 0
        gc.collect()
    assert [each for each in said if "never awaited" in str(each.message)] == []
