"""Heads at any angle in the picture's plane."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.arrays import RGBImage
from engine.faces.detection.find import QUICK_PIXELS, Find
from engine.faces.detection.track import FaceTracker, faces_in
from engine.faces.detection.turned import TurnedDetector, TurnedInParts, parts_of
from engine.faces.face import Box, Face
from engine.faces.head import fit_head
from engine.faces.models import detector_and_mesh, finder_and_mesh
from engine.records.finder import Finder
from tests.real_faces import MAN, WOMAN, frames_of, wall


def turned(image: RGBImage, degrees: float) -> RGBImage:
    """Return a picture turned clockwise about its middle, on a canvas that holds all of it."""
    height, width = image.shape[:2]
    side = math.ceil(math.hypot(height, width))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    turn[:, 2] += (side / 2 - width / 2, side / 2 - height / 2)
    return np.asarray(cv2.warpAffine(image, turn, (side, side)), np.uint8)


def far_away(image: RGBImage, degrees: float, width_px: int, canvas: RGBImage) -> RGBImage:
    """Return a canvas with the head of a picture in it, so wide, turned clockwise, a little above its middle."""
    finder, mesh = finder_and_mesh()
    (face,) = faces_in(mesh, image, finder.find(image))
    x, y = face.landmarks[:, :2].mean(axis=0).tolist()
    height, width = canvas.shape[:2]
    turn = cv2.getRotationMatrix2D((x, y), -degrees, width_px / float(np.ptp(face.landmarks[:, 0])))
    turn[:, 2] += (0.55 * width - x, 0.4 * height - y)
    head = cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    around = np.zeros((height, width, 1), np.uint8)
    cv2.circle(around, (round(0.55 * width), round(0.4 * height)), round(1.25 * width_px), 1, -1)
    return np.asarray(np.where(around, head, canvas), np.uint8)


def roll_of(face: Face) -> float:
    return math.degrees(fit_head(face.landmarks).roll)


def apart(one: float, other: float) -> float:
    """Return how far two directions are apart, in degrees."""
    return abs(math.remainder(one - other, 360))


@pytest.mark.parametrize("clip", [WOMAN, MAN], ids=["woman", "man"])
@pytest.mark.parametrize("degrees", range(0, 360, 45))
def test_a_head_is_found_at_every_angle_the_right_way_up(clip: Path, degrees: int) -> None:
    (image,) = frames_of(clip, range(60, 61))
    finder, mesh = finder_and_mesh()
    picture = turned(image, degrees)
    (face,) = faces_in(mesh, picture, finder.find(picture))
    assert apart(roll_of(face), degrees) < 15
    # At 45 degrees both see it.
    assert degrees % 90 == 45 or face.finder is (Finder.BLAZEFACE if degrees else Finder.HOG)


def test_where_hog_sees_an_upright_face_on_an_inverted_head_it_is_inverted_all_the_same() -> None:
    (image,) = frames_of(WOMAN, range(60, 61))
    _, mesh = detector_and_mesh()
    (upright,) = faces_in(mesh, image, detector_and_mesh()[0].find(image))
    x, y = upright.landmarks[:, :2].mean(axis=0).tolist()
    half = float(np.ptp(upright.landmarks[:, 0])) / 2
    inverted = np.ascontiguousarray(image[::-1, ::-1])
    x, y = image.shape[1] - 1 - x, image.shape[0] - 1 - y
    (face,) = faces_in(mesh, inverted, [Find(Box(x - half, y - half, x + half, y + half))])
    assert apart(roll_of(face), 180) < 15


@pytest.mark.slow
@pytest.mark.parametrize("degrees", [60, 90, 135, 180, 270])
def test_a_turned_head_is_found_as_far_away_as_an_upright_one(degrees: int) -> None:
    (image,) = frames_of(WOMAN, range(60, 61))
    finder, mesh = finder_and_mesh()
    frame = far_away(image, degrees, 1280 // 22, wall(1280, 720))
    (face,) = faces_in(mesh, frame, finder.find(frame))
    assert apart(roll_of(face), degrees) < 20
    photo = far_away(image, degrees, 2560 // 32, wall(2560, 1920))
    (face,) = faces_in(mesh, photo, finder.find_in_photo(photo))
    assert apart(roll_of(face), degrees) < 20


def test_parts_cover_a_picture_from_end_to_end() -> None:
    parts = parts_of(wall(1280, 720), 0.4, 40)
    assert {part.side for part in parts} == {512}
    assert sorted({part.x for part in parts}) == [0, 384, 768]
    assert sorted({part.y for part in parts}) == [0, 208]


def test_parts_are_no_smaller_than_the_smallest_face_wanted_asks_for() -> None:
    assert {part.side for part in parts_of(wall(1280, 720), 0.4, 100)} == {800}
    assert parts_of(wall(320, 240), 0.3, 40) == [], "the whole picture shows it as well"


def test_a_quick_search_looks_no_closer() -> None:
    (image,) = frames_of(WOMAN, range(60, 61))
    frame = far_away(image, 90, 1280 // 22, wall(1280, 720))
    closer = TurnedInParts(TurnedDetector())
    assert closer.find(frame, pixels=QUICK_PIXELS) == []
    assert [found.finder for found in closer.find(frame)] == [Finder.BLAZEFACE]


@pytest.mark.slow
def test_upright_faces_are_left_to_hog() -> None:
    for image in frames_of(WOMAN, range(0, 472, 59)) + frames_of(MAN, range(0, 1337, 167)):
        assert TurnedDetector().find(image) == []


def test_nothing_is_seen_on_a_wall_nor_a_face_smaller_than_wanted() -> None:
    assert TurnedDetector().find(wall()) == []
    (image,) = frames_of(MAN, range(60, 61))
    inverted = np.ascontiguousarray(image[::-1, ::-1])
    (found,) = TurnedDetector().find(inverted)
    assert TurnedDetector().find(inverted, min_face_px=round(found.box.width) + 1) == []


def test_a_head_that_turns_right_over_is_one_track_and_a_cut_to_it_is_found_at_once() -> None:
    frames = frames_of(WOMAN, range(60, 91))
    turning = [turned(image, 6 * index) for index, image in enumerate(frames)]
    finder, mesh = finder_and_mesh()
    tracker = FaceTracker(finder, mesh, Fraction(25))
    faces = [face for index, image in enumerate(turning) for face, _ in tracker.update(index, image)]
    assert [face.frame_index for face in faces] == list(range(31))
    assert len({face.track for face in faces}) == 1
    assert all(apart(roll_of(face), 6 * face.frame_index) < 15 for face in faces)
    tracker = FaceTracker(finder, mesh, Fraction(25))
    shots = [wall()] * 12 + [np.ascontiguousarray(image[::-1, ::-1]) for image in frames[:10]]
    faces = [face for index, image in enumerate(shots) for face, _ in tracker.update(index, image)]
    assert sorted(face.frame_index for face in faces) == list(range(12, 22))
    assert {face.finder for face in faces} == {Finder.BLAZEFACE}
