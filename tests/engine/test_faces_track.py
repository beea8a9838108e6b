from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest

from engine.arrays import RGBImage
from engine.faces.detection.cuts import is_cut, signature_of
from engine.faces.detection.detect import Detector
from engine.faces.detection.find import THOROUGH_PIXELS, Find
from engine.faces.detection.mesh import Mesh
from engine.faces.detection.track import REMEMBERED_FRAMES, FaceTracker, faces_in
from engine.faces.face import Box, Face
from engine.faces.models import detector_and_mesh
from tests.real_faces import MAN, WOMAN, both_people, frames_of, wall


class CountingDetector(Detector):
    """Counts how often a whole frame is searched."""

    def __init__(self, real: Detector) -> None:
        self.real = real
        self.searches = 0

    def find(self, image: RGBImage, min_face_px: int = 40, pixels: int = THOROUGH_PIXELS) -> list[Find]:
        self.searches += 1
        return self.real.find(image, min_face_px, pixels)


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return detector_and_mesh()[1]


@pytest.fixture
def detector() -> CountingDetector:
    return CountingDetector(detector_and_mesh()[0])


def follow(detector: Detector, mesh: Mesh, frames: list[RGBImage], detect_every_seconds: float = 4.0) -> list[Face]:
    tracker = FaceTracker(detector, mesh, Fraction(25), detect_every_seconds=detect_every_seconds)
    return [face for index, image in enumerate(frames) for face, _ in tracker.update(index, image)]


def test_one_search_is_enough_for_a_face_that_stays(detector: CountingDetector, mesh: Mesh) -> None:
    faces = follow(detector, mesh, frames_of(WOMAN, range(60, 120)))
    assert [face.frame_index for face in faces] == list(range(60))
    assert {face.track for face in faces} == {0}
    assert detector.searches == 1


def test_newcomers_are_searched_for_now_and_then(detector: CountingDetector, mesh: Mesh) -> None:
    follow(detector, mesh, frames_of(WOMAN, range(60, 90)), detect_every_seconds=0.4)
    assert detector.searches == 3


def test_two_faces_are_followed_at_once(detector: CountingDetector, mesh: Mesh) -> None:
    faces = follow(detector, mesh, both_people(12))
    assert len(faces) == 24
    left = {face.track for face in faces if face.landmarks[4, 0] < 640}
    right = {face.track for face in faces if face.landmarks[4, 0] > 640}
    assert len(left) == len(right) == 1
    assert left != right


def test_a_cut_begins_new_tracks_and_is_searched_at_once(detector: CountingDetector, mesh: Mesh) -> None:
    man = [np.asarray(cv2.resize(image, (640, 360)), np.uint8) for image in frames_of(MAN, range(5))]
    faces = follow(detector, mesh, [*frames_of(WOMAN, range(5)), *man])
    assert [(face.frame_index, face.track) for face in faces] == [(i, i // 5) for i in range(10)]


def test_a_face_found_late_is_followed_back_to_where_it_appeared(detector: CountingDetector, mesh: Mesh) -> None:
    # The face comes out of a blur: no cut tells that somebody came, and the pauses between searches have grown by then.
    woman = frames_of(WOMAN, range(200, 230))
    plain = np.asarray(cv2.GaussianBlur(woman[0], (0, 0), 40), np.uint8)
    fading = [np.asarray(cv2.addWeighted(woman[i], i / 6, plain, 1 - i / 6, 0), np.uint8) for i in range(6)]
    faces = follow(detector, mesh, [plain] * 22 + fading + woman[6:])
    assert sorted(face.frame_index for face in faces)[-24:] == list(range(28, 52))
    assert len({face.track for face in faces}) == 1


def test_a_wall_is_searched_seldom_and_gives_no_face(detector: CountingDetector, mesh: Mesh) -> None:
    frames = [wall()] * 60
    assert follow(detector, mesh, frames) == []
    assert detector.searches <= 4 + 60 / REMEMBERED_FRAMES


def test_small_faces_are_found_where_they_are_wanted(mesh: Mesh) -> None:
    small = np.asarray(cv2.resize(frames_of(MAN, range(1))[0], (200, 150), interpolation=cv2.INTER_AREA), np.uint8)
    assert len(faces_in(mesh, small, detector_and_mesh()[0].find(small, min_face_px=40))) == 1


def test_what_the_mesh_does_not_confirm_is_no_face(mesh: Mesh) -> None:
    assert faces_in(mesh, wall(), [Find(Box(100, 100, 220, 220))]) == []


def test_motion_is_no_cut_and_another_picture_is() -> None:
    woman = [signature_of(image) for image in frames_of(WOMAN, range(0, 60))]
    assert not any(is_cut(before, after) for before, after in pairwise(woman))
    assert is_cut(woman[0], signature_of(frames_of(MAN, range(1))[0]))
    assert is_cut(woman[0], signature_of(wall()))
