import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from engine.arrays import STORED_SIZE, RGBImage
from engine.errors import NoFacesFound, WrongPerson
from engine.faces.face import Face, bounding_box
from engine.faces.facesets.expression_store import ExpressionStore
from engine.faces.facesets.faceset import DATABASE, FaceSet
from engine.faces.measures import FINEST_SIDE
from engine.faces.reenactment.expression import COEFFICIENTS
from engine.files.atomic import PARTIAL
from engine.host.machine import this_host
from engine.media.images import write_image
from engine.project.folder import ProjectFolder, create_folder
from engine.project.markers import is_done, read_marker, remarks
from engine.project.settings import ExtractSettings, Project, SourceSettings
from engine.project.stage import Outcome, Progress, StageName
from engine.role import Role
from engine.stages.extract import Extract
from engine.stages.extraction.chunk import Photo, SearchSettings, extract_photos, extract_video_chunk
from engine.stages.extraction.coverage import remarks_on_coverage
from engine.stages.extraction.persons import Rejection
from engine.stages.extraction.plan import plan_target
from engine.stages.extraction.side import linked
from engine.stages.stored_pictures import detailed_picture, stored_picture
from tests.media import put_side_by_side
from tests.real_faces import (
    MAN,
    WOMAN,
    Given,
    Result,
    after,
    at_once,
    both_people,
    frames_of,
    never,
    threads,
    wall,
    write_clip,
    write_photos,
)

PROJECT = Project(name="x")


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    """A woman in a short video and four photos, one of them broken; a man in a video, after some frames of a wall."""
    folder = create_folder(tmp_path_factory.mktemp("media") / "job")
    write_clip(folder.source / "woman.mp4", [smaller(image) for image in frames_of(WOMAN, range(60, 80))])
    write_photos(folder.source, [smaller(image) for image in frames_of(WOMAN, range(300, 304))])
    (folder.source / "photo-003.jpg").write_bytes((folder.source / "photo-003.jpg").read_bytes()[:900])
    write_clip(folder.target / "man.mp4", [wall(400, 300)] * 12 + frames_of(MAN, range(100, 124)))
    return folder


def smaller(image: RGBImage) -> RGBImage:
    """Return a picture at half its size: less to search."""
    return np.asarray(cv2.resize(image, (320, 180), interpolation=cv2.INTER_AREA))


@pytest.fixture(scope="module")
def said() -> list[Progress]:
    """What was said in the one go in which `extracted` was made."""
    return []


@pytest.fixture(scope="module")
def extracted(media: ProjectFolder, said: list[Progress]) -> ProjectFolder:
    folder = copy_of(media, media.path.parent / "extracted")
    assert run(folder, said=said) is Outcome.DONE
    return folder


@pytest.fixture
def folder(media: ProjectFolder, tmp_path: Path) -> ProjectFolder:
    return copy_of(media, tmp_path / "job")


@pytest.fixture
def done(extracted: ProjectFolder, tmp_path: Path) -> ProjectFolder:
    return copy_of(extracted, tmp_path / "job")


def copy_of(folder: ProjectFolder, place: Path) -> ProjectFolder:
    shutil.copytree(folder.path, place)
    return ProjectFolder(place)


def run(
    folder: ProjectFolder,
    project: Project = PROJECT,
    should_stop: Callable[[], bool] = never,
    workers: int = 1,
    said: list[Progress] | None = None,
) -> Outcome:
    report = (lambda _: None) if said is None else said.append
    return Extract(at_once if workers == 1 else threads, workers).run(folder, project, report, should_stop)


def content(folder: ProjectFolder) -> list[tuple[object, ...]]:
    """Return everything that a later stage can see of both face sets."""
    return [
        (
            *(face.face_id, face.media, face.frame_index, face.track, face.person, face.rejected, face.picture.name),
            *(face.landmarks.tobytes(), face.picture.read_bytes()),
        )
        for place in (folder.source_faces, folder.target_faces)
        for face in FaceSet(place).faces()
    ]


def test_every_face_is_found_in_photos_and_in_every_frame(extracted: ProjectFolder) -> None:
    source, target = FaceSet(extracted.source_faces), FaceSet(extracted.target_faces)
    assert len(source.faces(person=1, media="source/woman.mp4")) == 20
    assert len(source.faces(person=1)) == 23
    assert [face.frame_index for face in target.faces(person=1)] == list(range(12, 36))
    assert len(source.persons()) == len(target.persons()) == 1
    assert all(face.presence > 0.9 and face.is_plausible for face in target.faces())
    assert is_done(extracted, PROJECT, StageName.EXTRACT)


def test_every_picture_of_an_animation_gives_its_faces(tmp_path: Path) -> None:
    pictures = [Image.fromarray(smaller(image)) for image in frames_of(WOMAN, range(300, 340, 10))]
    pictures.insert(2, Image.fromarray(smaller(wall())))
    pictures[0].save(tmp_path / "woman.gif", save_all=True, append_images=pictures[1:], duration=200)
    (found,) = extract_photos([Photo(tmp_path / "woman.gif", SearchSettings(40, 4.0), "woman", STORED_SIZE)])
    assert [face.frame_index for face in found.faces] == [0, 1, 3, 4]
    assert len({face.track for face in found.faces}) == len({face.picture_name for face in found.faces}) == 4


@pytest.mark.slow
def test_of_a_source_that_fills_the_frame_all_detail_is_stored_and_of_a_target_what_is_learnt_from(
    tmp_path: Path,
) -> None:
    (frame,) = frames_of(WOMAN, range(300, 301))
    large = cv2.resize(frame, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    write_image(tmp_path / "near.png", np.asarray(large, np.uint8))
    search = SearchSettings(40, 4.0)
    near, seen = (
        extract_photos([Photo(tmp_path / "near.png", search, "near", side)])[0].faces[0]
        for side in (FINEST_SIDE, STORED_SIZE)
    )
    (far,) = extract_photos([Photo(write_photos(tmp_path, [smaller(frame)])[0], search, "far", FINEST_SIDE)])[0].faces
    for name, face in (("near", near), ("seen", seen), ("far", far)):
        (tmp_path / f"{name}.jpg").write_bytes(face.picture)
    sides = {name: len(detailed_picture(tmp_path / f"{name}.jpg")) for name in ("near", "seen", "far")}
    assert sides == {"near": FINEST_SIDE, "seen": STORED_SIZE, "far": STORED_SIZE}
    # Both show the same square, and whoever does not ask for detail gets the size that all pictures have in common.
    common = stored_picture(tmp_path / "near.jpg").astype(int)
    assert np.abs(common - stored_picture(tmp_path / "seen.jpg")).mean() < 3
    assert near.sharpness == seen.sharpness


def test_the_marker_counts_what_was_found_and_names_what_was_skipped(extracted: ProjectFolder) -> None:
    marker = read_marker(extracted, StageName.EXTRACT)
    assert marker is not None
    figures = marker.figures
    assert (figures["source_frames_seen"], figures["target_frames_seen"]) == (24, 36)
    assert (figures["source_faces_usable"], figures["target_faces_usable"]) == (23, 24)
    assert figures["source_files_skipped"] == 1
    assert "photo-003.jpg" in str(figures["source_files_skipped_names"])
    assert figures["source_media_without_faces"] == 1


def test_a_second_run_changes_nothing(done: ProjectFolder) -> None:
    before = content(done)
    assert run(done) is Outcome.DONE
    assert content(done) == before


@pytest.mark.slow
@pytest.mark.parametrize("calls", [1, 4, 9])
def test_stopped_anywhere_and_run_again_the_faces_are_the_same(
    folder: ProjectFolder, extracted: ProjectFolder, calls: int
) -> None:
    assert run(folder, should_stop=after(calls)) is Outcome.INTERRUPTED
    assert not is_done(folder, PROJECT, StageName.EXTRACT)
    assert run(folder) is Outcome.DONE
    assert content(folder) == content(extracted)


@pytest.mark.slow
def test_the_number_of_workers_does_not_matter(folder: ProjectFolder, extracted: ProjectFolder) -> None:
    assert run(folder, workers=3) is Outcome.DONE
    assert content(folder) == content(extracted)


@pytest.mark.slow
def test_short_videos_are_looked_at_side_by_side(folder: ProjectFolder) -> None:
    shutil.copy(folder.source / "woman.mp4", folder.source / "again.mp4")
    pools: list[Busy] = []

    def pool(workers: int) -> Busy:
        pools.append(Busy(workers))
        return pools[-1]

    assert Extract(pool, 2).run(folder, PROJECT, lambda _: None, never) is Outcome.DONE
    assert pools[0].most == 2


class Busy(ThreadPoolExecutor):
    """Knows the most chunks of video that were under way at once."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._under_way = 0
        self.most = 0

    def submit(self, fn: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Result]:
        future = super().submit(fn, *args, **kwargs)
        if fn is extract_video_chunk:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
            future.add_done_callback(self._end)
        return future

    def _end(self, _: Future[Result]) -> None:
        self._under_way -= 1


def test_deleted_pictures_stay_deleted(done: ProjectFolder) -> None:
    faces = FaceSet(done.target_faces)
    for face in faces.faces()[:3]:
        face.picture.unlink()
    assert run(done) is Outcome.DONE
    assert len(faces.faces()) == 21
    marker = read_marker(done, StageName.EXTRACT)
    assert marker is not None
    assert marker.figures["target_faces_usable"] == 21


def test_only_the_file_that_changed_is_looked_at_again(done: ProjectFolder) -> None:
    FaceSet(done.source_faces).faces()[0].picture.unlink()
    write_photos(done.source / "more", [smaller(image) for image in frames_of(WOMAN, range(305, 306))])
    (done.source / "photo-002.jpg").unlink()
    said: list[Progress] = []
    assert run(done, said=said) is Outcome.DONE
    fresh = [report for report in said if "finding" in report.message]
    assert [report.done for report in fresh] == [60.0]
    names = {face.media for face in FaceSet(done.source_faces).faces()}
    assert names == {"source/more/photo-000.jpg", "source/photo-001.jpg", "source/woman.mp4"}


def test_a_mended_photo_is_taken_up_and_no_longer_named(done: ProjectFolder) -> None:
    shutil.copy(done.source / "photo-001.jpg", done.source / "photo-003.jpg")
    assert run(done) is Outcome.DONE
    assert FaceSet(done.source_faces).skipped() == []
    assert len(FaceSet(done.source_faces).faces()) == 24


def test_other_thresholds_judge_anew_without_searching(done: ProjectFolder) -> None:
    second = sorted(face.sharpness for face in FaceSet(done.target_faces).faces())[1]
    strict = Project(name="x", extract=ExtractSettings(min_sharpness=second))
    said: list[Progress] = []
    assert run(done, strict, said=said) is Outcome.DONE
    assert not [report for report in said if "finding" in report.message]
    rejected = [face.rejected for face in FaceSet(done.target_faces).faces() if face.rejected]
    assert rejected == [Rejection.BLURRED]


@pytest.mark.usefixtures("extracted")
def test_progress_ends_at_its_total(said: list[Progress]) -> None:
    frames = [each for each in said if each.unit == "frames"]
    assert frames[-1].done == frames[-1].total == 60
    assert all(one.done <= other.done for one, other in pairwise(frames))
    assert said[-1].unit == "faces"
    assert said[-1].done == said[-1].total > 0


@pytest.mark.usefixtures("extracted")
def test_telling_people_apart_is_counted_with_an_estimate(said: list[Progress]) -> None:
    for role in Role:
        told = [report for report in said if report.message == f"telling people apart in {role}/"]
        assert [report.done for report in told] == sorted({report.done for report in told})
        assert (told[0].done, told[-1].done) == (0, told[-1].total)
        assert {report.unit for report in told} == {"faces"}
        assert told[-1].eta_seconds == 0


def test_what_every_face_of_both_people_does_is_read_once(done: ProjectFolder) -> None:
    for place in (done.source_faces, done.target_faces):
        faces = FaceSet(place)
        store, of_person = ExpressionStore(faces), faces.measures(1)
        assert of_person
        assert store.missing(of_person) == []
        expressions = store.read(of_person)
        assert expressions.keys() == {face.face_id for face in of_person}
        assert all(each.presence > 0.5 for each in expressions.values())


def test_a_face_set_of_a_version_that_read_no_expressions_is_completed(done: ProjectFolder) -> None:
    with sqlite3.connect(done.target_faces / DATABASE) as connection:
        connection.execute("DROP TABLE expressions")
    run(done)
    faces = FaceSet(done.target_faces)
    assert ExpressionStore(faces).missing(faces.measures(1)) == []


def test_expressions_of_a_video_that_is_gone_do_not_pass_to_other_faces(done: ProjectFolder) -> None:
    faces = FaceSet(done.target_faces)
    store, before = ExpressionStore(faces), faces.measures(1)
    faces.forget_media("target/man.mp4")
    assert store.read(before) == {}


def test_too_few_faces_are_refused_with_the_number_and_the_reasons(done: ProjectFolder) -> None:
    strict = Project(name="x", extract=ExtractSettings(min_face_px=300))
    with pytest.raises(NoFacesFound, match=r"of the person who is replaced can be used.*24 too small") as refused:
        run(done, strict)
    assert refused.value.role is Role.TARGET
    assert len(FaceSet(done.target_faces).faces()) == 24
    for face in FaceSet(done.source_faces).faces()[:4]:
        face.picture.unlink()
    with pytest.raises(NoFacesFound, match=r"Only 19 faces") as missed:
        run(done)
    assert "Add at least 1 sharp photo, or a video" in missed.value.hint
    for face in FaceSet(done.source_faces).faces()[:6]:
        face.picture.unlink()
    with pytest.raises(NoFacesFound, match=r"Only 13 faces of the person who will appear") as caught:
        run(done)
    assert "Add at least 7 sharp photos" in caught.value.hint
    assert caught.value.role is Role.SOURCE


def test_media_without_any_face_are_refused_by_name(folder: ProjectFolder) -> None:
    shutil.rmtree(folder.source)
    write_photos(folder.source, [wall()])
    with pytest.raises(NoFacesFound, match=r"No face was found in source/ \(1 photo or frame"):
        run(folder)


def test_a_person_who_was_not_seen_is_refused(done: ProjectFolder) -> None:
    with pytest.raises(WrongPerson, match="person 2") as refused:
        run(done, Project(name="x", source=SourceSettings(person=2)))
    assert refused.value.role is Role.SOURCE


@pytest.mark.slow
def test_two_people_in_one_video_are_told_apart(folder: ProjectFolder) -> None:
    (folder.target / "man.mp4").unlink()
    write_clip(folder.target / "both.mp4", [np.asarray(cv2.resize(i, (560, 180))) for i in both_people(21)])
    assert run(folder) is Outcome.DONE
    faces = FaceSet(folder.target_faces)
    assert [(person.faces, person.tracks) for person in faces.persons()] == [(21, 1), (21, 1)]
    sides = {face.person: bool(face.landmarks[4, 0] > 320) for face in faces.faces()}
    assert sorted(sides) == [1, 2]
    assert sides[1] != sides[2]


@pytest.mark.slow
def test_a_track_goes_on_over_the_border_of_two_chunks(folder: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.stages.extraction.plan.CHUNK_FRAMES", 10)
    assert len(plan_target(folder, PROJECT).videos[0].chunks) > 1
    assert run(folder) is Outcome.DONE
    faces = FaceSet(folder.target_faces).faces()
    assert [face.frame_index for face in faces] == list(range(12, 36))
    assert len({face.track for face in faces}) == 1


def test_tracks_are_linked_by_overlap_each_at_most_once(done: ProjectFolder) -> None:
    stored = FaceSet(done.target_faces).faces_at("target/man.mp4", 20)
    here = Face(20, stored[0].landmarks, 1.0, 5)
    near = Face(20, stored[0].landmarks + np.float32(bounding_box(stored[0].landmarks).width / 8), 1.0, 6)
    far = Face(20, stored[0].landmarks + np.float32(1000), 1.0, 7)
    assert linked([far, near, here], stored) == {5: stored[0].track}
    assert linked([], stored) == {}


@pytest.mark.slow
def test_worker_processes_find_the_same_faces(folder: ProjectFolder, extracted: ProjectFolder) -> None:
    assert Extract(workers=2).run(folder, PROJECT, lambda _: None, never) is Outcome.DONE
    assert content(folder) == content(extracted)


@pytest.mark.slow
def test_killed_at_any_moment_and_run_again_the_faces_are_the_same(
    folder: ProjectFolder, extracted: ProjectFolder, project: Project
) -> None:
    folder.save(project)
    command = [sys.executable, "-m", "engine", "extract", str(folder.path)]
    for seconds in (0.5, 2.0, 3.0, 4.0):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(seconds)
            child.kill()
    for place in (folder.work, folder.source_faces):
        # The moments in which one is left are rare.
        (place / f".limits{PARTIAL}{this_host().mark}-{child.pid}.json").touch()
    subprocess.run(command, check=True, capture_output=True)
    assert content(folder) == content(extracted)
    assert not [path for path in folder.work.rglob("*") if PARTIAL in path.name]


@pytest.mark.slow
def test_what_the_result_cannot_have_of_the_video_is_known_before_training(folder: ProjectFolder) -> None:
    whole = folder.target / "man.mp4"
    recording = whole.rename(folder.path / "man.mp4")
    put_side_by_side(folder.target / "man.mkv", recording, recording, default=1)
    assert run(folder) is Outcome.DONE
    assert remarks(folder, StageName.EXTRACT).startswith(
        "target/man.mkv has 2 video tracks: number 2 is changed, and 1 (400 by 300) left out."
    )


def test_what_the_video_shows_and_the_source_does_not_is_known_before_training(
    done: ProjectFolder, project: Project
) -> None:
    store = ExpressionStore(FaceSet(done.target_faces))
    faces = FaceSet(done.target_faces).measures(1, usable_only=True)
    wide_open = {}
    for face in faces[3:7]:
        before = store.read([face])[face.face_id]
        coefficients = before.coefficients.copy()
        coefficients[COEFFICIENTS.index("jawOpen")] = 0.9 if face is faces[5] else 0.8
        wide_open[face.face_id] = replace(before, coefficients=coefficients)
    store.add(wide_open)
    assert (
        f"In the video the mouth is opened wider than in any picture of the source (see frame {faces[5].frame_index} of"
        " man.mp4)."
    ) in list(remarks_on_coverage(done, project))
