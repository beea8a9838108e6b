from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from daemon.workspace import Scan, Settling, Snapshot, is_project, scan, snapshot_of
from engine.project.folder import ProjectFolder
from tests.rights import give_away, ordinary_rights

from .conftest import MP4, PNG, MakeProject


@pytest.fixture
def folder(make_project: MakeProject) -> ProjectFolder:
    return make_project()


def seen(folder: ProjectFolder) -> Snapshot:
    look = snapshot_of(folder.path)
    assert look is not None
    return look


def test_a_look_is_the_same_as_long_as_nothing_changes(folder: ProjectFolder) -> None:
    assert seen(folder) == seen(folder)


@pytest.mark.parametrize("name", ["source/new.png", "source/holiday/new.png", "target/new.mp4", "consent/scan.pdf"])
def test_a_new_file_changes_the_inputs(folder: ProjectFolder, name: str) -> None:
    before = seen(folder)
    path = folder.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    assert seen(folder).inputs != before.inputs


def test_a_growing_file_changes_the_inputs(folder: ProjectFolder) -> None:
    before = seen(folder)
    with (folder.target / "clip.mp4").open("ab") as file:
        file.write(b"x")
    assert seen(folder).inputs != before.inputs


def test_another_way_to_the_same_folder_sees_the_same_inputs(folder: ProjectFolder, tmp_path: Path) -> None:
    way = tmp_path / "way"
    way.symlink_to(folder.path.parent)
    assert seen(ProjectFolder(way / folder.path.name)).inputs == seen(folder).inputs


def test_an_edited_project_file_changes_the_inputs(folder: ProjectFolder) -> None:
    before = seen(folder)
    folder.project_file.write_text(folder.project_file.read_text() + "\n")
    assert seen(folder).inputs != before.inputs


def test_what_the_engine_makes_changes_no_inputs(folder: ProjectFolder) -> None:
    before = seen(folder)
    pictures = folder.source_faces / "pictures"
    pictures.mkdir(parents=True)
    (pictures / "1.jpg").write_bytes(b"x")
    (folder.result / "anna.mp4").parent.mkdir()
    (folder.result / "anna.mp4").write_bytes(b"x")
    assert seen(folder).inputs == before.inputs
    assert seen(folder).work != before.work


def test_a_deleted_face_picture_is_seen(folder: ProjectFolder) -> None:
    picture = folder.source_faces / "pictures" / "1.jpg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"x")
    before = seen(folder)
    time.sleep(0.02)
    picture.unlink()
    assert seen(folder).work != before.work


@pytest.mark.parametrize(
    "name", [".clip.mp4.a8Xk2Q", "clip.mp4.part", "clip.mp4.filepart", "clip.crdownload", ".~tmp~/clip.mp4"]
)
def test_names_of_files_on_their_way_in_are_known(folder: ProjectFolder, name: str) -> None:
    path = folder.target / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    assert seen(folder).is_growing


@pytest.mark.parametrize("name", [".DS_Store", ".hidden", "notes.txt", "backup.mp4~"])
def test_other_names_hold_nobody_up(folder: ProjectFolder, name: str) -> None:
    (folder.target / name).write_bytes(b"x")
    assert not seen(folder).is_growing


def test_folders_that_are_no_projects_are_left_alone(workspace: Path, folder: ProjectFolder) -> None:
    (workspace / "holiday").mkdir()
    (workspace / "notes.txt").write_text("x")
    (workspace / ".hidden/source").mkdir(parents=True)
    (workspace / ".hidden/target").mkdir()
    (workspace / "link").symlink_to(folder.path)
    assert list(scan(workspace).snapshots) == [folder.path]


def test_places_without_media_are_no_project(workspace: Path) -> None:
    code = workspace / "code"
    for name in ("source/main.rs", "target/debug.o"):
        (code / name).parent.mkdir(parents=True)
        (code / name).write_text("fn main")
    look = snapshot_of(code)
    assert look is not None
    assert not is_project(look)


def test_media_in_their_places_are_a_project_without_a_file(workspace: Path) -> None:
    dropped = ProjectFolder(workspace / "dropped")
    for folder, content in ((dropped.source, PNG), (dropped.target, MP4)):
        folder.mkdir(parents=True)
        (folder / "media").write_bytes(content)
    assert [each.path for each in scan(workspace).snapshots.values() if is_project(each)] == [dropped.path]


def test_a_workspace_that_is_gone_is_empty(tmp_path: Path) -> None:
    assert scan(tmp_path / "gone") == Scan({}, {})


class TestSettling:
    def test_a_folder_settles_when_nothing_changes(self, folder: ProjectFolder) -> None:
        settling = Settling()
        assert settling.settled_for(seen(folder), 100.0) == 0
        assert settling.settled_for(seen(folder), 103.0) == 3

    def test_every_change_starts_it_anew(self, folder: ProjectFolder) -> None:
        settling = Settling()
        settling.settled_for(seen(folder), 100.0)
        (folder.source / "more.png").write_bytes(PNG)
        assert settling.settled_for(seen(folder), 103.0) == 0
        assert settling.settled_for(seen(folder), 104.0) == 1

    def test_a_file_on_its_way_holds_it_up_even_through_a_pause(self, folder: ProjectFolder) -> None:
        (folder.target / ".clip.mp4.a8Xk2Q").write_bytes(b"x")
        settling = Settling()
        settling.settled_for(seen(folder), 0.0)
        assert settling.settled_for(seen(folder), 600.0) < 0

    def test_what_a_broken_copy_left_behind_holds_it_up_for_an_hour_only(self, folder: ProjectFolder) -> None:
        (folder.target / ".clip.mp4.a8Xk2Q").write_bytes(b"x")
        settling = Settling()
        settling.settled_for(seen(folder), 0.0)
        assert settling.settled_for(seen(folder), 3610.0) == 10

    def test_the_age_of_files_does_not_matter(self, folder: ProjectFolder) -> None:
        os.utime(folder.target / "clip.mp4", (2e9, 2e9))
        settling = Settling()
        assert settling.settled_for(seen(folder), 5.0) == 0
        assert settling.settled_for(seen(folder), 8.0) == 3


def test_a_name_that_is_no_text_is_looked_at_like_any_other(folder: ProjectFolder) -> None:
    before = seen(folder)
    (folder.source / os.fsdecode(b"not-\xff.jpg")).write_bytes(b"x")
    assert seen(folder).inputs != before.inputs


def test_a_folder_that_may_not_be_read_is_named_and_the_others_are_seen(workspace: Path, folder: ProjectFolder) -> None:
    closed = workspace / "lost+found"
    closed.mkdir()
    give_away(closed, 0)
    with ordinary_rights():
        found = scan(workspace)
    assert list(found.snapshots) == [folder.path]
    assert list(found.closed) == [closed]
    assert str(closed) in found.closed[closed].title


@pytest.mark.parametrize("name", ["source", "target", "work", "result", "project.toml", "."])
def test_a_part_of_a_project_that_may_not_be_used_is_named(folder: ProjectFolder, name: str) -> None:
    place = folder.path / name
    if not place.exists():
        place.mkdir()
    give_away(place, 0o755 if name == "." else 0)
    with ordinary_rights():
        refused = seen(folder).refused
    assert refused is not None
    assert str(place) in refused.title
