import datetime as dt
import json
from pathlib import Path

import pytest
from filelock import FileLock

from engine.errors import ProjectBusy, ProjectError
from engine.project.folder import ProjectFolder, create_folder
from engine.project.forget import TOMBSTONE, doomed, forget
from engine.project.settings import Project, Wanted

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


@pytest.fixture
def folder(tmp_path: Path, project: Project) -> ProjectFolder:
    """A project that came to its result."""
    folder = create_folder(tmp_path / "anna-as-ben")
    folder.save(project.model_copy(update={"name": "Anna as Ben"}))
    made = ["work/source_faces/pictures/1.jpg", "work/source_faces/faces.sqlite", "work/target_faces/pictures/1.jpg"]
    made += ["work/checkpoints/step-000000100/weights.npz", "work/previews/step-000000100.jpg", "work/log.txt"]
    made += ["work/content.json", "work/status.json", "result/anna.mp4", ".project.partial-77.toml"]
    for name in (*made, "source/anna.jpg", "target/ben.mp4", "consent/release.pdf"):
        path = folder.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"0123456789")
    return folder


def left(folder: ProjectFolder) -> list[str]:
    return sorted(str(path.relative_to(folder.path)) for path in folder.path.rglob("*") if path.is_file())


def test_everything_made_from_faces_is_deleted_and_what_people_put_in_stays(folder: ProjectFolder) -> None:
    gone = forget(folder, NOW)
    assert left(folder) == ["consent/release.pdf", TOMBSTONE, "project.toml", "source/anna.jpg", "target/ben.mp4"]
    assert sum(each.files for each in gone) == 10
    assert {each.what for each in gone} >= {"trained model", "previews", "results", "caches, logs and progress"}


def test_the_project_is_paused_so_that_nothing_is_made_again(folder: ProjectFolder) -> None:
    forget(folder, NOW)
    assert folder.load().wanted is Wanted.PAUSE


def test_asked_for_everything_only_the_tombstone_is_left(folder: ProjectFolder) -> None:
    forget(folder, NOW, media_too=True)
    assert left(folder) == [TOMBSTONE]
    assert [path.name for path in folder.path.iterdir()] == [TOMBSTONE]


def test_the_tombstone_names_nobody(folder: ProjectFolder) -> None:
    forget(folder, NOW)
    text = (folder.path / TOMBSTONE).read_text()
    assert "anna" not in text.lower()
    assert "ben" not in text.lower().replace("been", "")
    assert json.loads(text)["forgotten_at"] == "2026-11-24T12:00:00Z"


def test_looking_at_what_would_go_changes_nothing(folder: ProjectFolder) -> None:
    before = left(folder)
    assert doomed(folder, media_too=True)
    assert left(folder) == before


def test_nothing_is_deleted_while_a_stage_is_at_work(folder: ProjectFolder) -> None:
    before = left(folder)
    with FileLock(folder.lock_file), pytest.raises(ProjectBusy, match="being worked on"):
        forget(folder, NOW)
    assert left(folder) == sorted([*before, "work/lock"])
    assert folder.load().wanted is Wanted.RUN


def test_a_folder_that_is_no_project_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "result").mkdir()
    (tmp_path / "result/thesis.docx").write_text("three years")
    with pytest.raises(ProjectError, match="not a project"):
        forget(ProjectFolder(tmp_path), NOW, media_too=True)
    assert (tmp_path / "result/thesis.docx").exists()


def test_a_link_is_removed_and_what_it_leads_to_stays(folder: ProjectFolder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    folder.result.rename(elsewhere)
    folder.result.symlink_to(elsewhere)
    (folder.source_faces / "out").symlink_to(elsewhere)
    gone = forget(folder, NOW)
    assert (elsewhere / "anna.mp4").exists()
    assert not folder.result.is_symlink()
    assert [each.leads_to for each in gone if each.what == "results"] == [elsewhere]


def test_forgetting_twice_does_no_harm(folder: ProjectFolder) -> None:
    forget(folder, NOW, media_too=True)
    assert forget(folder, NOW, media_too=True) == ()


def test_a_project_file_that_is_not_valid_does_not_keep_faces_alive(folder: ProjectFolder) -> None:
    folder.project_file.write_text("name = [")
    forget(folder, NOW)
    assert not folder.work.exists()
