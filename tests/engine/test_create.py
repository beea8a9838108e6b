import shutil
from pathlib import Path

import pytest

from engine.errors import MediaError, ProjectError
from engine.project.create import create_project
from engine.project.settings import Project
from engine.role import Role
from tests.real_faces import wall, write_photos


def ignore(done_bytes: int, total_bytes: int) -> None:
    pass


def test_a_new_project_holds_its_media_and_names_its_video(
    tmp_path: Path, project: Project, woman_clip: Path, man_clip: Path
) -> None:
    folder = create_project(tmp_path / "p", project, [woman_clip], man_clip, {}, ignore)
    assert (folder.source / woman_clip.name).read_bytes() == woman_clip.read_bytes()
    assert folder.load().target.video == f"target/{man_clip.name}"
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_pictures_of_the_same_name_from_two_folders_are_both_kept(
    tmp_path: Path, project: Project, woman_clip: Path, man_clip: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "clip.mp4").write_bytes(woman_clip.read_bytes())
    folder = create_project(tmp_path / "p", project, [tmp_path / "one", tmp_path / "two"], man_clip, {}, ignore)
    assert sorted(path.name for path in folder.source.iterdir()) == ["clip-2.mp4", "clip.mp4"]


def test_evidence_of_consent_is_kept_with_its_digest(
    tmp_path: Path, project: Project, woman_clip: Path, man_clip: Path
) -> None:
    (tmp_path / "release.pdf").write_bytes(b"signed")
    evidence = {Role.SOURCE: tmp_path / "release.pdf"}
    record = create_project(tmp_path / "p", project, [woman_clip], man_clip, evidence, ignore).load().consent.source
    assert record is not None
    assert record.evidence == "consent/source-release.pdf"
    assert record.evidence_sha256 is not None


@pytest.mark.parametrize("source", ["absent.jpg", "notes.txt", "empty"])
def test_what_is_no_picture_and_no_video_is_refused_and_nothing_is_made(
    tmp_path: Path, project: Project, man_clip: Path, source: str
) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MediaError) as error:
        create_project(tmp_path / "p", project, [tmp_path / source], man_clip, {}, ignore)
    assert source in error.value.title
    assert not (tmp_path / "p").exists()


def test_a_folder_that_holds_something_is_never_touched(
    tmp_path: Path, project: Project, woman_clip: Path, man_clip: Path
) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "mine.txt").write_text("x")
    with pytest.raises(ProjectError, match="not empty"):
        create_project(tmp_path / "p", project, [woman_clip], man_clip, {}, ignore)
    assert [path.name for path in (tmp_path / "p").iterdir()] == ["mine.txt"]


def test_media_with_the_longest_names_are_brought_in(tmp_path: Path, project: Project, man_clip: Path) -> None:
    photos = tmp_path / "photos"
    (photo,) = write_photos(photos, [wall()])
    longest = photo.rename(photos / ("p" * 251 + ".jpg"))
    video = tmp_path / ("v" * 251 + ".mp4")
    shutil.copy(man_clip, video)
    folder = create_project(tmp_path / "p", project, [longest], video, {}, ignore)
    assert [path.name for path in folder.source.iterdir()] == [longest.name]
    assert [path.name for path in folder.target.iterdir()] == [video.name]


def test_a_video_that_is_not_there_is_said_not_to_be_there(tmp_path: Path, project: Project, woman_clip: Path) -> None:
    with pytest.raises(MediaError, match=r"nothere\.mp4 is not there"):
        create_project(tmp_path / "p", project, [woman_clip], tmp_path / "nothere.mp4", {}, ignore)
    assert not (tmp_path / "p").exists()
