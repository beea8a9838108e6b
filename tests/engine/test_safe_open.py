"""Nothing outside a project is read or written by way of a link, whenever it is put there."""

import os
from pathlib import Path

import pytest

from engine.errors import MediaError, ProjectError
from engine.files import safe_open
from engine.files.safe_open import is_strangers, read_inside
from engine.project import media_kinds
from engine.project.folder import ProjectFolder, create_folder
from engine.project.markers import media_digest
from engine.project.media_kinds import list_media
from engine.project.settings import Project
from engine.records.report import ReportFile, read_report
from tests.links import swapping

JPEG = b"\xff\xd8\xff\xe0" + bytes(50)


@pytest.fixture
def folder(tmp_path: Path, project: Project) -> ProjectFolder:
    """A project beside a secret."""
    (tmp_path / "secret").write_bytes(b"secret")
    folder = create_folder(tmp_path / "project")
    folder.work.mkdir()
    folder.save(project)
    return folder


def test_a_link_swapped_while_a_file_is_read_never_shows_what_lies_outside(folder: ProjectFolder) -> None:
    own, secret, place = folder.work / "own", folder.path.parent / "secret", folder.work / "place"
    own.write_bytes(b"own")
    place.symlink_to(own)
    read: list[bytes] = []
    with swapping(place, own, secret):
        for _ in range(3000):
            try:
                read.append(read_inside(folder.path, place))
            except OSError:
                continue
    assert set(read) == {b"own"}


def test_a_folder_swapped_for_a_link_while_a_file_is_read_shows_nothing_either(folder: ProjectFolder) -> None:
    (outer := folder.path.parent / "outer").mkdir()
    (outer / "a").write_bytes(b"secret")
    (inner := folder.work / "inner").mkdir()
    (inner / "a").write_bytes(b"own")
    (place := folder.work / "place").symlink_to(inner)
    read: set[bytes] = set()
    with swapping(place, inner, outer):
        for _ in range(3000):
            try:
                read.add(read_inside(folder.path, place / "a"))
            except OSError:
                continue
    assert read == {b"own"}


def test_pipes_devices_and_endless_files_are_no_settings(folder: ProjectFolder) -> None:
    os.mkfifo(folder.work / "pipe")
    (folder.work / "zero").symlink_to("/dev/zero")
    with (folder.work / "huge").open("wb") as file:
        file.truncate(safe_open.MOST_BYTES + 1)
    for name in ("pipe", "zero", "huge"):
        with pytest.raises(OSError, match=r"ordinary|leads out|too large"):
            read_inside(folder.path, folder.work / name)


@pytest.fixture
def others_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the project folder belong to somebody else than the files do: only root could really do that."""
    monkeypatch.setattr("engine.files.safe_open.is_strangers", lambda facts, _: is_strangers(facts, facts.st_uid + 1))
    for place in ("engine.project.folder", "engine.project.own_parts", "engine.project.media_kinds"):
        monkeypatch.setattr(f"{place}.is_strangers", lambda facts, _: is_strangers(facts, facts.st_uid + 1))


@pytest.mark.usefixtures("others_files")
@pytest.mark.parametrize("name", ["project.toml", "work/log.txt", "work/lock", "work/source_faces/faces.sqlite"])
def test_a_hard_link_to_somebody_elses_file_is_refused(folder: ProjectFolder, name: str) -> None:
    path = folder.path / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.hardlink_to(folder.path.parent / "secret")
    with pytest.raises(ProjectError, match=f"{name} is a hard link to a file of somebody else"):
        folder.load()
    with pytest.raises(OSError, match="hard link"):
        read_inside(folder.path, path)


@pytest.mark.usefixtures("others_files")
def test_media_that_are_hard_links_to_somebody_elses_files_are_named_and_not_opened(folder: ProjectFolder) -> None:
    (folder.path.parent / "private.jpg").write_bytes(JPEG)
    (folder.source / "theirs.jpg").hardlink_to(folder.path.parent / "private.jpg")
    (folder.source / "own.jpg").write_bytes(JPEG)
    found = list_media(folder.source, folder.path)
    assert [path.name for path in found.photos] == ["own.jpg"]
    assert [path.name for path in found.foreign] == ["theirs.jpg"]
    with pytest.raises(ProjectError, match=r"target\.video names a hard link"):
        folder.inside("source/theirs.jpg", "target.video")


def test_a_persons_own_hard_links_are_as_good_as_copies(folder: ProjectFolder) -> None:
    (folder.path.parent / "mine.jpg").write_bytes(JPEG)
    (folder.source / "mine.jpg").hardlink_to(folder.path.parent / "mine.jpg")
    assert [path.name for path in list_media(folder.source).photos] == ["mine.jpg"]
    assert folder.load().name == "test"


def test_of_a_link_out_of_the_project_only_its_words_count(folder: ProjectFolder) -> None:
    (folder.source / "out.jpg").symlink_to(folder.path.parent / "secret")
    before = media_digest(folder.source)
    (folder.path.parent / "secret").write_bytes(b"another secret")
    assert media_digest(folder.source) == before
    assert [path.name for path in list_media(folder.source, folder.path).foreign] == ["out.jpg"]


def test_deep_links_in_what_was_made_before_are_refused(folder: ProjectFolder) -> None:
    folder.markers.mkdir()
    (folder.markers / "extract.json").symlink_to(folder.path.parent / "secret")
    with pytest.raises(ProjectError, match=r"work/markers/extract\.json is a link that leads out"):
        folder.load()


def test_a_million_files_are_refused_without_reading_them(
    folder: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_kinds, "MOST_FILES", 50)
    monkeypatch.setattr("engine.project.markers.MOST_FILES", 50)
    for number in range(60):
        (folder.source / f"{number}.jpg").touch()
    with pytest.raises(MediaError, match="more than 50 files in source/"):
        list_media(folder.source)
    assert media_digest(folder.source)[0][0] == "too many files"


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "a/b", "..", "a\x1b[2Jb"])
def test_a_report_cannot_name_a_file_elsewhere(folder: ProjectFolder, name: str) -> None:
    folder.result.mkdir()
    page = {field: 0 for field in ReportFile.model_fields} | {"result": name}
    with pytest.raises(ValueError, match="must be the name of a file"):
        ReportFile.model_validate(page)
    folder.report_json.symlink_to(folder.path.parent / "secret")
    assert read_report(folder.report_json) is None
