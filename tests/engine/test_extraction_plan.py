from pathlib import Path

import numpy as np
import pytest

from engine.errors import CutShort, MediaError
from engine.media.images import write_image
from engine.project.folder import ProjectFolder, create_folder
from engine.project.settings import ExtractSettings, Project, TargetSettings
from engine.stages.extraction.plan import picture_stem, plan_source, plan_target
from tests.media import Shape, truncated, write_video


@pytest.fixture
def folder(tmp_path: Path) -> ProjectFolder:
    folder = create_folder(tmp_path / "job")
    write_video(folder.target / "target.mp4", Shape(frames=30))
    write_video(folder.source / "long.mp4", Shape(frames=100))
    write_image(folder.source / "photo.png", np.zeros((32, 32, 3), np.uint8))
    return folder


def test_a_long_source_is_sampled_evenly_and_the_target_is_not(folder: ProjectFolder) -> None:
    project = Project(name="x", extract=ExtractSettings(max_source_faces=26))
    source, target = plan_source(folder, project), plan_target(folder, project)
    assert source.videos[0].frames == range(0, 100, 4)
    assert target.videos[0].frames == range(30)
    assert source.frame_count == 26


def test_further_videos_of_the_target_are_sampled_like_the_sources(folder: ProjectFolder) -> None:
    write_video(folder.target / "more.mp4", Shape(frames=100))
    project = Project(
        name="x", target=TargetSettings(video="target/target.mp4"), extract=ExtractSettings(max_source_faces=50)
    )
    steps = {video.media: video.frames.step for video in plan_target(folder, project).videos}
    assert steps == {"target/target.mp4": 1, "target/more.mp4": 2}


def test_files_that_cannot_be_used_are_named_with_the_reason(folder: ProjectFolder, tmp_path: Path) -> None:
    (folder.source / "notes.txt").write_text("hello")
    (folder.source / "broken.mp4").write_bytes((folder.source / "long.mp4").read_bytes()[:200])
    outside = write_video(tmp_path / "elsewhere.mp4", Shape(frames=10))
    (folder.source / "link.mp4").symlink_to(outside)
    plan = plan_source(folder, Project(name="x"))
    assert sorted(plan.unusable) == ["source/broken.mp4", "source/link.mp4", "source/notes.txt"]
    assert "leads out of the folder" in plan.unusable["source/link.mp4"]
    assert [video.media for video in plan.videos] == ["source/long.mp4"]


def test_a_video_to_change_that_was_not_copied_whole_waits_for_a_word_and_others_are_used_as_far_as_they_go(
    folder: ProjectFolder,
) -> None:
    truncated(folder.target / "target.mp4")
    truncated(folder.source / "long.mp4")
    with pytest.raises(CutShort, match=r"^target/target\.mp4 ends after 1 of 2 s: it seems not to be") as refused:
        plan_target(folder, Project(name="x"))
    assert "--take-what-is-there" in refused.value.hint
    assert "Nothing is lost." in refused.value.hint
    told = Project(name="x", target=TargetSettings(take_what_is_there=True))
    plan = plan_target(folder, told)
    assert 10 < len(plan.videos[0].frames) < 60
    assert plan.unusable == {}
    source = plan_source(folder, told)
    assert source.unusable == {
        "source/long.mp4": "It ends after 1 of 2 s: it seems not to be copied whole; what is there is used."
    }
    assert len(source.videos) == 1


def test_a_recipe_changes_with_content_and_search_but_not_with_what_is_good_enough(folder: ProjectFolder) -> None:
    def recipes(**settings: float) -> dict[str, str]:
        return plan_source(folder, Project(name="x", extract=ExtractSettings(**settings))).recipes

    before = recipes()
    assert recipes(min_sharpness=50, min_face_px=60) == before
    searched = recipes(detect_every_seconds=1)
    assert searched["source/long.mp4"] != before["source/long.mp4"]
    assert searched["source/photo.png"] == before["source/photo.png"]
    write_video(folder.source / "long.mp4", Shape(frames=99))
    assert recipes()["source/long.mp4"] != before["source/long.mp4"]


def test_a_missing_target_video_is_said_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no video in target/"):
        plan_target(create_folder(tmp_path / "empty"), Project(name="x"))


def test_names_of_pictures_tell_the_file_and_never_clash() -> None:
    stems = {picture_stem(name) for name in ("source/a.jpg", "source/a.png", "source/sub/a.jpg", "source/ä b?.jpg")}
    assert len(stems) == 4
    assert all(stem.isprintable() and "/" not in stem for stem in stems)
