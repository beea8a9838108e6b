"""Media of a project that is there already: more in, some out, and back."""

import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from engine.errors import MediaError, OutOfDisk
from engine.project.attribution import sidecar_of
from engine.project.change_media import MediaChange, add_source, add_target_pictures, change_video, take_out, undo
from engine.project.create import create_project
from engine.project.folder import ProjectFolder
from engine.project.import_media import OnCopied
from engine.project.markers import media_digest
from engine.project.persons import PersonsSeen, choose_person, read_persons, write_persons
from engine.project.settings import Project
from engine.role import Role
from tests.persons import seen

_Usage = namedtuple("_Usage", ["total", "used", "free"])


def ignore(done_bytes: int, total_bytes: int) -> None:
    pass


def photo(path: Path, letter: str = "x") -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\xff\xd8\xff\xe0" + letter.encode() * 100)
    return path


@pytest.fixture
def folder(tmp_path: Path, project: Project, man_clip: Path) -> ProjectFolder:
    first = photo(tmp_path / "first" / "anna.jpg")
    return create_project(tmp_path / "p", project, [first], man_clip, {}, ignore)


@pytest.fixture
def only_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every file belonged to somebody else: then none is linked."""
    monkeypatch.setattr(os, "geteuid", lambda: -1)


def names(place: Path) -> list[str]:
    return sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())


def test_photos_and_folders_are_added_under_names_that_are_free(folder: ProjectFolder, tmp_path: Path) -> None:
    photo(tmp_path / "more" / "anna.jpg", "y")
    single = photo(tmp_path / "b.jpg", "z")
    change = add_source(folder, [tmp_path / "more", single], ignore)
    assert names(folder.source) == ["anna-2.jpg", "anna.jpg", "b.jpg"]
    assert change.added == (folder.source / "anna-2.jpg", folder.source / "b.jpg")


@pytest.mark.usefixtures("only_copies")
def test_what_is_there_already_is_not_added_again_whatever_its_name(folder: ProjectFolder, tmp_path: Path) -> None:
    photo(tmp_path / "more" / "same-as-anna.jpg")
    photo(tmp_path / "more" / "other.jpg", "y")
    change = add_source(folder, [tmp_path / "more"], ignore)
    assert names(folder.source) == ["anna.jpg", "other.jpg"]
    assert change.known == 1


def test_the_authors_of_gathered_pictures_go_with_them_in_out_and_back(folder: ProjectFolder, tmp_path: Path) -> None:
    sidecar_of(photo(tmp_path / "more" / "ada.jpg", "y")).write_text("{}")
    add_source(folder, [tmp_path / "more"], ignore)
    assert names(folder.source) == ["ada.jpg", "ada.jpg.origin.json", "anna.jpg"]
    change = take_out(folder, [folder.source / "ada.jpg"])
    assert names(folder.source) == ["anna.jpg"]
    assert names(folder.taken_out) == ["source/ada.jpg", "source/ada.jpg.origin.json"]
    undo(folder, change)
    assert names(folder.source) == ["ada.jpg", "ada.jpg.origin.json", "anna.jpg"]


@pytest.mark.usefixtures("only_copies")
def test_a_full_disk_leaves_the_project_as_it_was(
    folder: ProjectFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo(tmp_path / "more" / "1.jpg", "y")
    photo(tmp_path / "more" / "2.jpg", "yy")
    before = names(folder.path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(1000, 850, 150))
    with pytest.raises(OutOfDisk, match=r"no room for 2\.jpg"):
        add_source(folder, [tmp_path / "more"], ignore)
    assert names(folder.path) == before


@pytest.mark.usefixtures("only_copies")
def test_a_copy_that_is_broken_off_leaves_nothing_behind(folder: ProjectFolder, tmp_path: Path) -> None:
    photo(tmp_path / "more" / "1.jpg", "y")
    photo(tmp_path / "more" / "2.jpg", "z")
    before = sorted(folder.path.rglob("*"))
    with pytest.raises(KeyboardInterrupt):
        add_source(folder, [tmp_path / "more"], _breaks_off_at(200))
    assert sorted(folder.path.rglob("*")) == before


def _breaks_off_at(size_bytes: int) -> OnCopied:
    def report(done_bytes: int, total_bytes: int) -> None:
        if done_bytes >= size_bytes:
            raise KeyboardInterrupt

    return report


def test_to_the_person_who_is_replaced_photos_are_added_and_no_videos(
    folder: ProjectFolder, tmp_path: Path, woman_clip: Path
) -> None:
    photo(tmp_path / "more" / "ben.jpg", "y")
    shutil.copy(woman_clip, tmp_path / "more" / "other.mp4")
    add_target_pictures(folder, [tmp_path / "more"], ignore)
    assert "ben.jpg" in names(folder.target)
    assert "other.mp4" not in names(folder.target)
    with pytest.raises(MediaError, match=r"other\.mp4 is not a photo"):
        add_target_pictures(folder, [tmp_path / "more" / "other.mp4"], ignore)


def test_another_video_takes_the_place_of_the_one_there_and_gives_it_back(
    folder: ProjectFolder, man_clip: Path, woman_clip: Path
) -> None:
    before = folder.load(), media_digest(folder.target)
    change = change_video(folder, woman_clip, ignore)
    assert folder.load().target.video == f"target/{woman_clip.name}"
    assert names(folder.target) == [woman_clip.name]
    assert names(folder.taken_out) == [f"target/{man_clip.name}"]
    undo(folder, change)
    assert (folder.load(), media_digest(folder.target)) == before


def test_with_another_video_who_is_meant_is_asked_again_and_undone_it_is_as_before(
    folder: ProjectFolder, woman_clip: Path
) -> None:
    choose_person(folder, Role.TARGET, 2)
    choose_person(folder, Role.SOURCE, 3)
    write_persons(folder, Role.TARGET, seen(0.4, 0.6))
    change = change_video(folder, woman_clip, ignore)
    assert (folder.load().source.person, folder.load().target.person) == (3, None)
    assert read_persons(folder, Role.TARGET) == PersonsSeen(must_ask=True)
    undo(folder, change)
    assert folder.load().target.person == 2


def test_choosing_the_video_that_is_there_changes_nothing(folder: ProjectFolder, man_clip: Path) -> None:
    before = folder.load(), names(folder.path)
    assert change_video(folder, man_clip, ignore) == MediaChange(known=1)
    assert (folder.load(), names(folder.path)) == before


def test_two_files_of_one_name_can_be_taken_out_one_after_the_other(folder: ProjectFolder, tmp_path: Path) -> None:
    take_out(folder, [folder.source / "anna.jpg"])
    photo(tmp_path / "more" / "anna.jpg", "y")
    add_source(folder, [tmp_path / "more"], ignore)
    take_out(folder, [folder.source / "anna.jpg"])
    assert names(folder.taken_out) == ["source/anna-2.jpg", "source/anna.jpg"]


def test_what_was_said_of_a_video_that_was_not_copied_whole_does_not_hold_for_another(
    folder: ProjectFolder, tmp_path: Path, woman_clip: Path
) -> None:
    project = folder.load()
    target = project.target.model_copy(update={"take_what_is_there": True})
    folder.save(project.model_copy(update={"target": target}))
    change = change_video(folder, woman_clip, ignore)
    assert not folder.load().target.take_what_is_there
    undo(folder, change)
    assert folder.load().target.take_what_is_there
