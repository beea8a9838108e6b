from pathlib import Path

import pytest

from engine.project.folder import ProjectFolder, create_folder
from engine.project.markers import (
    Marker,
    fingerprint,
    finished_video,
    is_done,
    marker_path,
    next_stage,
    read_marker,
    write_marker,
)
from engine.project.settings import ConvertSettings, Project, SourceSettings, TrainSettings
from engine.project.stage import StageName


@pytest.fixture
def folder(tmp_path: Path, project: Project) -> ProjectFolder:
    """A project in which every stage is done."""
    folder = create_folder(tmp_path / "p")
    (folder.source / "me.jpg").write_bytes(b"face")
    (folder.target / "video.mp4").write_bytes(b"frames")
    for side in (folder.source_faces, folder.target_faces):
        (side / "pictures").mkdir(parents=True)
        for name in ("1.jpg", "2.jpg"):
            (side / "pictures" / name).write_bytes(b"")
    finish(folder, project)
    return folder


def finish(folder: ProjectFolder, project: Project) -> None:
    for stage in StageName:
        write_marker(folder, Marker(stage, fingerprint(folder, project, stage), {"faces": 2}))


def test_a_finished_project_has_nothing_left_to_do(folder: ProjectFolder, project: Project) -> None:
    assert next_stage(folder, project) is None


@pytest.mark.parametrize(
    ("update", "redone"),
    [
        ({"convert": ConvertSettings(mask_blur=0.2)}, StageName.CONVERT),
        ({"train": TrainSettings(minutes=99)}, StageName.TRAIN),
        ({"source": SourceSettings(person=2)}, StageName.TRAIN),
        ({"priority": 5}, None),
        ({"revision": 5}, None),
    ],
)
def test_a_changed_setting_redoes_what_depends_on_it(
    folder: ProjectFolder, project: Project, update: dict[str, object], redone: StageName | None
) -> None:
    assert next_stage(folder, project.model_copy(update=update)) == redone


def test_another_source_picture_redoes_extraction(folder: ProjectFolder, project: Project) -> None:
    (folder.source / "another.jpg").write_bytes(b"face")
    assert next_stage(folder, project) is StageName.EXTRACT


def test_a_deleted_face_picture_redoes_training_and_not_extraction(folder: ProjectFolder, project: Project) -> None:
    (folder.source_faces / "pictures" / "1.jpg").unlink()
    assert next_stage(folder, project) is StageName.TRAIN


def test_a_copied_project_is_the_same_project(folder: ProjectFolder, project: Project, tmp_path: Path) -> None:
    folder.path.rename(tmp_path / "elsewhere")
    assert next_stage(ProjectFolder(tmp_path / "elsewhere"), project) is None


@pytest.mark.parametrize("content", [b"", b"{", b"null", b'{"stage": "train"}', b"\xff\xfe"])
def test_a_marker_that_cannot_be_read_counts_as_absent(folder: ProjectFolder, project: Project, content: bytes) -> None:
    marker_path(folder, StageName.TRAIN).write_bytes(content)
    assert read_marker(folder, StageName.TRAIN) is None
    assert not is_done(folder, project, StageName.TRAIN)


def name_result(folder: ProjectFolder, name: str) -> None:
    write_marker(folder, Marker(StageName.CONVERT, "", {"result": name}))


def test_the_finished_video_is_the_one_that_conversion_names(folder: ProjectFolder, project: Project) -> None:
    folder.result.mkdir()
    assert finished_video(folder, project) is None
    folder.result_video(project).write_bytes(b"video")
    assert finished_video(folder, project) == folder.result_video(project)
    name_result(folder, "other.mkv")
    assert finished_video(folder, project) is None
    (folder.result / "other.mkv").write_bytes(b"video")
    assert finished_video(folder, project) == folder.result / "other.mkv"


def test_a_finished_video_outside_of_the_result_folder_is_none(
    folder: ProjectFolder, project: Project, tmp_path: Path
) -> None:
    folder.result.mkdir()
    (tmp_path / "private.mp4").write_bytes(b"video")
    name_result(folder, "../../private.mp4")
    assert finished_video(folder, project) is None
    name_result(folder, "link.mp4")
    (folder.result / "link.mp4").symlink_to(tmp_path / "private.mp4")
    assert finished_video(folder, project) is None
