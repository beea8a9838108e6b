"""The third stage on real faces, with a stand-in for the model."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from engine.arrays import MODEL_SHARE, STORED_SIZE
from engine.errors import ConsentMissing, MediaError
from engine.faces.align import frame_to_aligned, frame_to_stored, transform
from engine.faces.facesets.faceset import FaceSet
from engine.faces.measures import FINEST_SIDE
from engine.faces.reenactment.traits import MOUTH
from engine.media.frames import frame_times, read_frames
from engine.media.images import read_image, write_image
from engine.media.probe import read_video_info
from engine.media.sound import is_same_sound
from engine.project.folder import ProjectFolder
from engine.project.markers import is_done, read_marker
from engine.project.settings import ConsentRecord, Project
from engine.project.stage import Outcome, Progress, StageName
from engine.provenance.verify import verify
from engine.records.kept_results import kept_results
from engine.records.report import write_report
from engine.records.verification import Verdict
from engine.role import Role
from engine.stages.conversion.guide import BentReference, bent_reference
from engine.stages.conversion.references import References
from engine.stages.conversion.segment import TRANSFER_REACH, SegmentTask, converted_frames
from engine.stages.conversion.swapped_face import GuidedFace, large_square, painted
from engine.stages.conversion.target_faces import TargetFaces
from engine.stages.convert import Convert
from engine.stages.person_faces import person_faces
from engine.stages.target import target_video
from tests.engine.test_report_parts import a_report
from tests.media import Shape, Tone, write_video
from tests.real_faces import at_once
from tests.swaps import TurnedHue, load_turned_hue

FRAMES = 24
SEGMENT = 4
MIDDLE_OF_FOREHEAD = 151
"""In the mesh."""


pytestmark = pytest.mark.usefixtures("gains_of_few_faces")


@pytest.fixture(autouse=True)
def _two_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many segments are begun before anybody is asked does not depend on the machine."""
    monkeypatch.setattr("engine.stages.convert.cores", lambda: 2)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory, extracted_swap: ProjectFolder) -> ProjectFolder:
    return ProjectFolder(Path(shutil.copytree(extracted_swap.path, tmp_path_factory.mktemp("convert") / "p")))


@pytest.fixture(scope="module")
def undisturbed(extracted: ProjectFolder, tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    """The project, converted in one go; not to be changed."""
    folder = ProjectFolder(tmp_path_factory.mktemp("undisturbed") / "p")
    shutil.copytree(extracted.path, folder.path)
    assert convert(folder) is Outcome.DONE
    return folder


@pytest.fixture
def folder(extracted: ProjectFolder, tmp_path: Path) -> ProjectFolder:
    """A fresh copy of the extracted project."""
    shutil.copytree(extracted.path, tmp_path / "p")
    return ProjectFolder(tmp_path / "p")


def convert(
    folder: ProjectFolder,
    should_stop: Callable[[], bool] = lambda: False,
    project: Project | None = None,
    said: list[Progress] | None = None,
) -> Outcome:
    stage = Convert(at_once, load_turned_hue, SEGMENT)
    return stage.run(folder, project or folder.load(), (said if said is not None else []).append, should_stop)


def pictures(path: Path) -> list[np.ndarray]:
    return [frame.image for frame in read_frames(path)]


def test_the_result_has_the_frames_times_and_sound_of_the_original_and_another_face(
    undisturbed: ProjectFolder,
) -> None:
    folder = undisturbed
    project = folder.load()
    before, after = target_video(folder, project), folder.result_video(project)
    was, now = read_video_info(before), read_video_info(after)
    assert (was.width, was.height, was.frame_count) == (now.width, now.height, now.frame_count)
    assert frame_times(before) == frame_times(after)
    assert is_same_sound(before, after)
    assert now.sound
    faces = TargetFaces(folder, project)
    for frame, changed in zip(read_frames(before), pictures(after), strict=True):
        difference = np.abs(frame.image.astype(int) - changed).mean(axis=2)
        (_, landmarks), *_ = faces.landmarks_between(frame.index, frame.index + 1)
        x, y = landmarks[:, :2].mean(axis=0).astype(int)
        assert difference[y - 30 : y + 30, x - 30 : x + 30].mean() > 3
        assert difference[:, :100].mean() < 1.5


def test_a_second_run_does_nothing(undisturbed: ProjectFolder) -> None:
    folder = undisturbed
    result = folder.result_video(folder.load())
    before = result.stat().st_mtime_ns
    said: list[Progress] = []
    assert convert(folder, said=said) is Outcome.DONE
    assert result.stat().st_mtime_ns == before
    assert said == []


@pytest.mark.slow
@pytest.mark.parametrize("asked_before_stopping", [1, 2, 4])
def test_stopped_and_run_again_it_gives_the_same_pictures(
    folder: ProjectFolder, undisturbed: ProjectFolder, asked_before_stopping: int
) -> None:
    asked = iter([False] * asked_before_stopping)
    assert convert(folder, lambda: next(asked, True)) is Outcome.INTERRUPTED
    result = folder.result_video(folder.load())
    assert not result.exists()
    finished = len(list(folder.segments.glob("*/[0-9]*")))
    said: list[Progress] = []
    assert convert(folder, said=said) is Outcome.DONE
    counted = next(each for each in said if each.total)
    assert any(each.device == TurnedHue.device.words and "on 2 cores" in each.message for each in said)
    assert (counted.done, counted.total) == (SEGMENT * finished, FRAMES)
    assert not folder.segments.exists()
    for ours, theirs in zip(pictures(result), pictures(undisturbed.result / result.name), strict=True):
        assert (ours == theirs).all()


@pytest.mark.slow
def test_a_picture_does_not_depend_on_the_segment_it_is_made_in(extracted: ProjectFolder, tmp_path: Path) -> None:
    project = extracted.load()
    faces = TargetFaces(extracted, project)
    references = References(extracted, project)
    chosen = references.choose(faces)

    def made(start: int, stop: int) -> dict[int, np.ndarray]:
        task = SegmentTask(
            video=read_video_info(target_video(extracted, project)),
            start=start,
            stop=stop,
            faces=tuple(
                GuidedFace(face.placed, references.guide(face, chosen[face.face_id]))
                for face in faces.acting_between(start - TRANSFER_REACH, stop + TRANSFER_REACH)
            ),
            triangles=references.triangles,
            labelled=frozenset({3}),
            out=tmp_path / "unused",
            settings=project.convert,
            checkpoints=tmp_path,
            model="",
            load_swapper=load_turned_hue,
        )
        return {frame.index: frame.image for frame in converted_frames(task, load_turned_hue(tmp_path))}

    whole = made(0, FRAMES)
    for start, stop in ((0, 7), (7, 8), (8, FRAMES)):
        part = made(start, stop)
        assert list(part) == list(range(start, stop))
        assert all((part[index] == whole[index]).all() for index in part)


@pytest.mark.slow
def test_changed_blending_makes_it_again_and_removes_stale_segments(
    folder: ProjectFolder, undisturbed: ProjectFolder
) -> None:
    stale = folder.segments / "0123456789abcdef-step-000000001"
    stale.mkdir(parents=True)
    (stale / "000000000.mp4").write_bytes(b"stale")
    project = folder.load()
    other = project.model_copy(update={"convert": project.convert.model_copy(update={"mask_grow": -0.2})})
    folder.save(other)
    assert is_done(undisturbed, project, StageName.CONVERT)
    assert not is_done(undisturbed, other, StageName.CONVERT)
    folder.result.mkdir()
    shutil.copy(undisturbed.result_video(project), folder.result_video(project))
    write_report(folder.report_json, a_report(result=folder.result_video(project).name))
    convert(folder)
    assert not stale.exists()
    first, second = (pictures(each.result_video(project)) for each in (undisturbed, folder))
    assert np.abs(first[5].astype(int) - second[5]).max() > 5
    (kept,) = kept_results(folder)
    assert kept.video.read_bytes() == undisturbed.result_video(project).read_bytes(), "the result before stays"


@pytest.mark.slow
def test_frames_without_the_persons_face_pass_through(folder: ProjectFolder) -> None:
    project = folder.load()
    faces = FaceSet(folder.target_faces)
    for face in faces.faces(1):
        if face.frame_index >= 12:
            face.picture.unlink()
    convert(folder)
    before, after = pictures(target_video(folder, project)), pictures(folder.result_video(project))
    assert np.abs(before[20].astype(int) - after[20])[60:].mean() < 1.5
    marker = read_marker(folder, StageName.CONVERT)
    assert marker is not None
    assert marker.figures["frames_changed"] == 12


def test_frames_at_the_start_bear_the_label(undisturbed: ProjectFolder) -> None:
    folder, project = undisturbed, undisturbed.load()
    before, after = pictures(target_video(folder, project)), pictures(folder.result_video(project))
    assert np.abs(before[0].astype(int) - after[0])[:40, -140:].mean() > 10


@pytest.mark.slow
def test_a_matroska_result_states_the_source_type_in_its_tags_whatever_becomes_of_its_signature(
    folder: ProjectFolder,
) -> None:
    video = folder.target / "target.mp4"
    frames = [frame.image for frame in read_frames(video)]
    height, width = frames[0].shape[:2]
    # Sound that only Matroska holds makes a Matroska result.
    shape = Shape(frames=len(frames), size=(width, height), sound=(Tone("wavpack"), Tone("pcm_s16le")))
    write_video(video.with_suffix(".mkv"), shape, frames).replace(video)
    assert convert(folder) is Outcome.DONE
    result = folder.result_video(folder.load(), ".mkv")
    found = verify(result)
    assert (found.verdict, found.has_second_layer) == (Verdict.UNCHANGED, True)
    copy = result.with_name("copy.mkv")
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", result, "-c", "copy", copy], check=True)
    found = verify(copy)
    assert (found.verdict, found.has_second_layer) == (Verdict.STRIPPED, True)


def test_nothing_starts_without_consent(folder: ProjectFolder) -> None:
    project = folder.load().model_copy(update={"consent": ConsentRecord()})
    with pytest.raises(ConsentMissing):
        convert(folder, project=project)
    assert not folder.segments.exists()


def test_a_target_without_a_video_is_told(folder: ProjectFolder) -> None:
    target_video(folder, folder.load()).unlink()
    with pytest.raises(MediaError, match="no video in target/") as refused:
        convert(folder)
    assert refused.value.role is Role.TARGET


def test_of_two_videos_one_must_be_named(folder: ProjectFolder) -> None:
    video = target_video(folder, folder.load())
    shutil.copy(video, video.with_name("second.mp4"))
    with pytest.raises(MediaError, match="2 videos"):
        target_video(folder, folder.load())


def test_photographs_do_not_depend_on_the_piece_that_they_are_chosen_for(folder: ProjectFolder) -> None:
    faces, references = TargetFaces(folder, folder.load()), References(folder, folder.load())
    chosen = references.choose(faces)
    whole = {face.face_id: references.guide(face, chosen[face.face_id]) for face in faces.acting_between(0, FRAMES)}
    assert len(whole) == FRAMES
    for start, stop in ((0, 7), (7, 18), (18, FRAMES)):
        for face in faces.acting_between(start, stop):
            guide, same = references.guide(face, chosen[face.face_id]), whole[face.face_id]
            np.testing.assert_allclose(guide.wanted, same.wanted, atol=1e-2)
            assert [each.picture for each in guide.references] == [each.picture for each in same.references]


def test_a_mouth_is_shown_by_a_photograph_that_does_with_it_what_the_face_does(folder: ProjectFolder) -> None:
    source, target = FaceSet(folder.source_faces), FaceSet(folder.target_faces)
    with closing(sqlite3.connect(source.database)) as connection, connection:
        connection.execute("UPDATE faces SET yaw = CASE WHEN frame_index % 2 THEN 20 ELSE 0 END")
    with closing(sqlite3.connect(target.database)) as connection, connection:
        connection.execute("UPDATE faces SET yaw = 20")
    pictures_of_source = [face.picture for face in source.faces(1)]
    shown = person_faces(folder, Role.SOURCE, source.faces(1)).traits
    doing = person_faces(folder, Role.TARGET, target.faces(1)).traits
    faces, references = TargetFaces(folder, folder.load()), References(folder, folder.load())
    chosen = references.choose(faces)
    for face, does in zip(faces.acting_between(0, FRAMES), doing, strict=True):
        guide = references.guide(face, chosen[face.face_id])
        whole, mouth = (shown[pictures_of_source.index(each[0].picture)] for each in (guide.references, guide.mouths))
        assert np.linalg.norm((mouth - does) * MOUTH) < np.linalg.norm((whole - does) * MOUTH)


def test_a_covered_photograph_is_never_a_reference(folder: ProjectFolder) -> None:
    covered = FaceSet(folder.source_faces).faces(1)[4:9]
    for face in covered:
        picture = read_image(face.picture)
        picture[160:] = np.array([40, 200, 40], np.uint8)
        write_image(face.picture, picture)
    faces, references = TargetFaces(folder, folder.load()), References(folder, folder.load())
    chosen = references.choose(faces)
    used = {
        reference.picture
        for face in faces.acting_between(0, FRAMES)
        for reference in references.guide(face, chosen[face.face_id]).references
    }
    assert used
    assert not used & {face.picture for face in covered}


@pytest.mark.slow
def test_of_a_source_with_a_fringe_no_hair_is_laid_onto_the_forehead(folder: ProjectFolder) -> None:
    video = read_video_info(target_video(folder, folder.load()))
    (frame,) = read_frames(video.path, 7, 8)

    def forehead() -> float:
        project = folder.load()
        references, faces = References(folder, project), TargetFaces(folder, project)
        chosen = references.choose(faces)
        (face,) = faces.acting_between(7, 8)
        guided = GuidedFace(face.placed, references.guide(face, chosen[face.face_id]))
        square = large_square(frame.image, face.placed.landmarks, guided.guide.side)
        green = np.full((96, 96, 3), (40, 200, 40), np.uint8)
        reference = BentReference(green, np.ones((96, 96), np.float32), None)
        swapped = painted(guided, square, reference, green, np.ones((96, 96), np.float32)).blended(project.convert)
        x, y, _ = transform(face.placed.landmarks, swapped.matrix)[MIDDLE_OF_FOREHEAD]
        return float(swapped.mask[round(float(y)), round(float(x))])

    assert forehead() > 0.9
    for face in FaceSet(folder.source_faces).faces(1):
        picture = read_image(face.picture)
        end = round(float(transform(face.landmarks, frame_to_stored(face.landmarks))[MIDDLE_OF_FOREHEAD, 1]))
        picture[:end] = np.array([50, 35, 25], np.uint8)
        write_image(face.picture, picture)
    assert forehead() == 0


@pytest.mark.parametrize(
    ("stored", "target_px", "expected"),
    [
        (FINEST_SIDE, 400.0, FINEST_SIDE),
        (FINEST_SIDE, 100.0, STORED_SIZE),
        (STORED_SIZE, 400.0, STORED_SIZE),
    ],
    ids=["a large face", "a small one", "a source without detail"],
)
def test_detail_of_the_source_is_laid_in_as_far_as_there_is_some_and_the_frame_shows_it(
    folder: ProjectFolder, stored: int, target_px: float, expected: int
) -> None:
    stripes = np.zeros((stored, stored, 3), np.uint8)
    stripes[::2] = 200
    for face in FaceSet(folder.source_faces).faces(1):
        cv2.imwrite(str(face.picture), stripes, [cv2.IMWRITE_JPEG_QUALITY, 100])
    with closing(sqlite3.connect(FaceSet(folder.target_faces).database)) as connection, connection:
        connection.execute("UPDATE faces SET width_px = ?", (target_px,))
    references, faces = References(folder, folder.load()), TargetFaces(folder, folder.load())
    (acting,) = faces.acting_between(7, 8)
    guide = references.guide(acting, references.choose(faces)[acting.face_id])
    assert guide.side == expected
    target = np.zeros((round(guide.side * MODEL_SHARE),) * 2 + (3,), np.uint8)
    picture = bent_reference(guide, references.triangles, target).picture
    assert len(picture) == len(target)
    # Stripes of one pixel of the picture as it is stored: averaged to fewer pixels, they are an even grey.
    assert (picture[..., 1].std() > 20) == (expected == stored)


def test_folds_of_the_target_are_laid_in_as_far_as_the_photographs_lack_them(folder: ProjectFolder) -> None:
    """Given a frame whose cheeks are brighter than at rest, the swap's become so where no photograph shows it."""
    references, faces = References(folder, folder.load()), TargetFaces(folder, folder.load())
    (acting,) = faces.acting_between(7, 8)
    guide = references.guide(acting, references.choose(faces)[acting.face_id])
    (frame,) = read_frames(target_video(folder, folder.load()), 7, 8)
    square = large_square(frame.image, acting.placed.landmarks, guide.side)
    cheeks = transform(acting.points[[50, 280]], frame_to_aligned(acting.placed.landmarks, len(square)))
    for x, y in np.rint(cheeks[:, :2]).astype(int):
        cv2.circle(square, (int(x), int(y)), len(square) // 30, (255, 255, 255), -1)
    lacking, shown = (
        bent_reference(replace(guide, folds=share), references.triangles, square).folds for share in (1.0, 0.0)
    )
    assert shown is None
    assert lacking is not None
    assert lacking.max() > 0.1


def test_landmarks_do_not_depend_on_the_piece_they_are_read_in(folder: ProjectFolder) -> None:
    faces = TargetFaces(folder, folder.load())
    whole = {face.frame_index: face.landmarks for face in faces.between(0, FRAMES)}
    pieces: Sequence[range] = (range(0, 7), range(7, 18), range(18, FRAMES))
    for piece in pieces:
        for face in faces.between(piece.start, piece.stop):
            np.testing.assert_allclose(face.landmarks, whole[face.frame_index], atol=1e-3)


def test_a_face_of_which_nothing_can_be_read_any_more_is_named(folder: ProjectFolder) -> None:
    face = FaceSet(folder.target_faces).faces(1)[7]
    with closing(sqlite3.connect(FaceSet(folder.target_faces).database)) as connection, connection:
        connection.execute("DELETE FROM expressions WHERE face_id = ?", (face.face_id,))
    face.picture.write_bytes(b"\xff\xd8\xff torn")
    with pytest.raises(MediaError, match=face.picture.name):
        convert(folder)
