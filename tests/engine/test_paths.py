"""A project folder names nothing outside itself, whatever a stranger put into it."""

from pathlib import Path

import pytest

from daemon.status import State, Status, write_status
from engine.errors import ProjectError
from engine.project.file import format_project, parse_project
from engine.project.folder import ProjectFolder, create_folder
from engine.project.media_kinds import list_media
from engine.project.settings import Project
from tests.fuzz import NOW

OUTSIDE = [
    *("../secret.mp4", "/etc/passwd", "target/../../secret.mp4", "..", "target/../..", "C:\\secret.mp4", "\\\\host\\x"),
    *("", " ", "a\0b"),
]


@pytest.fixture
def folder(tmp_path: Path, project: Project) -> ProjectFolder:
    """A project beside something that is none of its business."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.mp4").write_bytes(b"secret")
    folder = create_folder(tmp_path / "project")
    folder.save(project)
    return folder


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("field", ["video", "evidence"])
def test_a_setting_cannot_name_a_file_outside(project: Project, path: str, field: str) -> None:
    text = format_project(project)
    quoted = "'" + path.replace("\0", "") + "'" if "\0" not in path else '"a\\u0000b"'
    if field == "video":
        text = text.replace("[target]", f"[target]\nvideo = {quoted}")
    else:
        text = text.replace("[consent.source]", f"[consent.source]\nevidence = {quoted}")
    with pytest.raises(ProjectError, match=field):
        parse_project(text)


@pytest.mark.parametrize("target", ["../outside/secret.mp4", "/etc/passwd", "itself", "nothing"])
def test_a_link_in_the_place_of_a_file_leads_nowhere(folder: ProjectFolder, target: str) -> None:
    link = folder.target / "itself"
    link.symlink_to(target if target.startswith(("/", "i", "n")) else f"../{target}")
    with pytest.raises(ProjectError, match=r"target\.video"):
        folder.inside("target/itself", "target.video")


def test_a_link_between_folders_leads_nowhere_either(folder: ProjectFolder) -> None:
    (folder.target / "deeper").symlink_to(folder.path.parent / "outside")
    with pytest.raises(ProjectError, match="leads out"):
        folder.inside("target/deeper/secret.mp4", "target.video")


@pytest.mark.parametrize("part", ["work", "result", "source", "target", "consent", "project.toml", "work/log.txt"])
def test_a_part_of_the_folder_that_is_a_link_out_is_refused(folder: ProjectFolder, part: str) -> None:
    path = folder.path / part
    path.parent.mkdir(exist_ok=True)
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.symlink_to(folder.path.parent / "outside")
    with pytest.raises(ProjectError, match=f"{part} is a link that leads out"):
        folder.load()


def test_a_link_inside_the_folder_is_no_harm(folder: ProjectFolder) -> None:
    (folder.path / "kept").mkdir()
    folder.result.symlink_to(folder.path / "kept")
    assert folder.load().name == "test"


def test_no_status_is_written_through_a_link(folder: ProjectFolder) -> None:
    outside = folder.path.parent / "outside"
    folder.work.symlink_to(outside)
    with pytest.raises(OSError, match="link"):
        write_status(folder, Status(name="x", state=State.FAILED, updated_at=NOW))
    assert [path.name for path in outside.iterdir()] == ["secret.mp4"]


def test_a_project_file_that_is_a_folder_or_a_loop_is_refused_in_a_sentence(folder: ProjectFolder) -> None:
    folder.project_file.unlink()
    folder.project_file.mkdir()
    with pytest.raises(ProjectError, match="cannot be read"):
        folder.load()
    folder.project_file.rmdir()
    folder.project_file.symlink_to("project.toml")
    with pytest.raises(ProjectError):
        folder.load()


def test_a_name_that_is_no_text_is_not_taken_for_media(tmp_path: Path) -> None:
    (tmp_path / b"not-\xff.jpg".decode(errors="surrogateescape")).write_bytes(b"\xff\xd8\xff\xe0" + bytes(50))
    assert list_media(tmp_path).photos == ()
    assert len(list_media(tmp_path).others) == 1


def test_a_failure_that_names_a_file_cannot_forge_a_line(tmp_path: Path) -> None:
    error = ProjectError("clear\x1b[2J\nDone: all is well\u202e.", "hint\r\x9b")
    assert error.title.isprintable()
    assert error.hint.isprintable()
    assert str(error) == error.title
