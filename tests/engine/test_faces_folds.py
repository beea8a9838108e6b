"""What an expression does to the skin, taken over from one face to another."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.arrays import STORED_SIZE, RGBImage
from engine.faces.align import frame_to_stored, transform, warp
from engine.faces.detection.mesh import square_around
from engine.faces.detection.track import faces_in
from engine.faces.landmarks import LEFT_EYE, LIPS, RIGHT_BROW
from engine.faces.models import detector_and_mesh, expression_reader
from engine.faces.reenactment.folds import folds_between, folds_share, with_folds
from engine.faces.reenactment.traits import CREASING, POSE, at_rest
from tests.real_faces import MAN, frames_of

AHEAD, CHEEK = 118, 280
"""A frame of the bundled man, and the point in the middle of a cheek."""


@pytest.fixture(scope="module")
def serious() -> tuple[RGBImage, NDArray[np.float32]]:
    """A face at rest, in its stored square, and its points there."""
    detector, mesh = detector_and_mesh()
    (image,) = frames_of(MAN, range(AHEAD, AHEAD + 1))
    (face,) = faces_in(mesh, image, detector.find(image))
    picture = warp(image, frame_to_stored(face.landmarks), STORED_SIZE)
    marked = transform(face.landmarks, frame_to_stored(face.landmarks))
    return picture, expression_reader().read(picture, square_around(marked)).points


def creased(picture: RGBImage, at: NDArray[np.float32]) -> RGBImage:
    """Return a picture with a dark crease at a place."""
    x, y = (int(each) for each in at[:2])
    line = np.zeros(picture.shape[:2], np.float32)
    cv2.line(line, (x - 12, y - 20), (x + 12, y + 20), 1.0, 5)
    return np.asarray(picture * (1 - 0.4 * cv2.GaussianBlur(line, (0, 0), 2))[..., None], np.uint8)


def test_skin_at_rest_has_no_folds(serious: tuple[RGBImage, NDArray[np.float32]]) -> None:
    picture, points = serious
    assert np.abs(folds_between(picture, picture, points)).max() < 0.001


def test_a_crease_in_a_cheek_is_put_upon_another_face_and_nothing_else(
    serious: tuple[RGBImage, NDArray[np.float32]],
) -> None:
    picture, points = serious
    folds = folds_between(picture, creased(picture, points[CHEEK]), points)
    other = np.full((STORED_SIZE, STORED_SIZE, 3), 150, np.uint8)
    after = with_folds(other, folds).astype(np.float32)
    x, y = (int(each) for each in points[CHEEK, :2])
    assert after[y, x].mean() < 135
    assert np.abs(after[:, : STORED_SIZE // 2] - 150).max() <= 2


@pytest.mark.parametrize("ring", [LEFT_EYE, RIGHT_BROW, LIPS])
def test_what_is_no_skin_leaves_no_shadow_of_itself(
    serious: tuple[RGBImage, NDArray[np.float32]], ring: Sequence[int]
) -> None:
    picture, points = serious
    painted = picture.copy()
    cv2.fillConvexPoly(painted, cv2.convexHull(points[list(ring), :2].astype(np.int32)), (0, 0, 0))
    assert np.abs(folds_between(picture, painted, points)).max() < 0.06


def test_of_a_face_in_motion_what_it_has_at_rest_does_not_come_out_the_other_way_round(
    serious: tuple[RGBImage, NDArray[np.float32]],
) -> None:
    picture, points = serious
    lined = creased(picture, points[CHEEK])
    in_motion = np.asarray(cv2.blur(lined, (25, 25)), np.uint8)
    x, y = (int(each) for each in points[CHEEK, :2])
    assert folds_between(lined, in_motion, points)[y, x] < 0.04


def test_folds_are_taken_over_where_the_photograph_lacks_them_and_somebody_rests_in_that_pose() -> None:
    rest = np.zeros(len(CREASING), np.float32)
    smiling = (4 * CREASING / np.linalg.norm(CREASING)).astype(np.float32)
    turned, glancing = rest.copy(), rest.copy()
    turned[:POSE] = 2.0
    glancing[POSE] = 5.0
    assert folds_share(smiling, rest, rest) == 1
    assert folds_share(smiling, smiling, rest) == 0
    assert folds_share(smiling, rest, turned) == 0
    assert folds_share(glancing, rest, rest) == 0
    half = folds_share(np.float32(0.5) * smiling, rest, rest)
    assert 0.2 < half < 0.8


def test_who_rests_keeps_the_turn_of_the_head_alone() -> None:
    traits = np.full((2, len(CREASING)), 3.0, np.float32)
    resting = at_rest(traits)
    assert np.all(resting[:, :POSE] == 3)
    assert not resting[:, POSE:].any()
