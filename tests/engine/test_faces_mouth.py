"""Mouths from other photographs, and their inside from the target where no photograph has it."""

import cv2
import numpy as np
import pytest

from engine.arrays import STORED_SIZE, STORED_UNIT
from engine.faces.landmarks import INNER_LIPS, LIPS
from engine.faces.reenactment.bend import triangulation
from engine.faces.reenactment.mouth import inside_share, lips_apart, mouth_share, with_inside, with_mouth
from engine.faces.reenactment.retarget import posed_shapes
from tests.learning import mesh


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    """The points of a face whose mouth is open, in a stored picture."""
    found = np.zeros((478, 3), np.float32)
    found[:468] = mesh(STORED_SIZE * 0.8) - np.float32(18)
    found[468:] = found[:10]
    middle = found[list(INNER_LIPS), :2].mean(axis=0)
    angles = np.linspace(0, 2 * np.pi, len(INNER_LIPS), endpoint=False)
    found[list(INNER_LIPS), :2] = middle + np.column_stack([24 * np.cos(angles), -12 * np.sin(angles)])
    found[list(LIPS), :2] = middle + np.column_stack([30 * np.cos(angles), -18 * np.sin(angles)])
    return found


def test_lips_are_measured_by_the_size_of_the_face(points: np.ndarray) -> None:
    assert lips_apart(2 * points, 2 * STORED_UNIT) == pytest.approx(lips_apart(points, STORED_UNIT))


@pytest.mark.parametrize(
    ("wanted", "shown", "least", "most"),
    [
        (0.06, 0.0, 1.0, 1.0),
        (0.02, 0.0, 0.1, 0.9),
        (0.03, 0.03, 0.0, 0.0),
        (0.03, 0.06, 0.0, 0.0),
        (0.0, 0.03, 1.0, 1.0),
        (0.005, 0.0, 0.0, 0.0),
    ],
    ids=["opened", "opened a little", "as in the photograph", "less open", "closed", "as good as closed in both"],
)
def test_the_inside_is_taken_over_where_the_photograph_lacks_it(
    wanted: float, shown: float, least: float, most: float
) -> None:
    assert least <= inside_share(wanted, shown) <= most


@pytest.mark.parametrize(
    ("wanted", "shown", "other", "expected"),
    [
        (0.0, 0.06, 0.0, 1.0),
        (0.03, 0.06, 0.0, 1.0),
        (0.0, 0.06, 0.06, 0.0),
        (0.06, 0.0, 0.06, 0.0),
        (0.0, 0.0, 0.0, 0.0),
    ],
    ids=["closed", "less open", "open in all photographs", "opened", "closed in all"],
)
def test_another_mouth_is_taken_where_one_would_have_to_be_squeezed(
    wanted: float, shown: float, other: float, expected: float
) -> None:
    assert mouth_share(wanted, shown, other) == expected
    assert mouth_share(0.0, 0.02, 0.0) == pytest.approx(inside_share(0.0, 0.02), abs=1e-6)


def test_only_what_is_between_the_lips_comes_from_the_target(points: np.ndarray) -> None:
    triangles = triangulation(posed_shapes([points[:468]], points[None]).shapes[0])
    reference = np.full((STORED_SIZE, STORED_SIZE, 3), 120, np.uint8)
    target = reference.copy()
    x, y = points[list(INNER_LIPS), :2].mean(axis=0).astype(int)
    target[y - 8 : y + 8, x - 16 : x + 16] = 20
    found = with_inside(reference, points, target, points, triangles, 1.0)
    assert found[y - 4 : y + 4, x - 8 : x + 8].max() < 60
    assert np.abs(found[: y - 25].astype(int) - 120).max() <= 1
    assert np.abs(found[y + 25 :].astype(int) - 120).max() <= 1
    twice = [np.repeat(np.repeat(each, 2, axis=0), 2, axis=1) for each in (reference, target)]
    finer = with_inside(twice[0], points, twice[1], points, triangles, 1.0)
    assert np.abs(cv2.resize(finer, found.shape[:2], interpolation=cv2.INTER_AREA).astype(int) - found).mean() < 0.2
    half = with_inside(reference, points, target, points, triangles, 0.5)
    assert found[y, x, 0] < half[y, x, 0] < 120


def test_a_mouth_is_laid_over_a_photograph_in_the_tone_of_the_skin_around_it(points: np.ndarray) -> None:
    y, x = np.mgrid[:STORED_SIZE, :STORED_SIZE]
    lit_from_the_side = np.repeat((100 + x / 4)[..., None], 3, axis=2).astype(np.uint8)
    other = np.full((STORED_SIZE, STORED_SIZE, 3), 200, np.uint8)
    middle_x, middle_y = points[list(LIPS), :2].mean(axis=0)
    lips = np.hypot((x - middle_x) / 26, (y - middle_y) / 14) < 1
    other[lips] -= 60
    found = with_mouth(lit_from_the_side, other, points, 1.0).astype(int)
    assert np.abs((found - lit_from_the_side)[lips] + 60).max() <= 6
    beyond = np.hypot((x - middle_x) / 30, (y - middle_y) / 18) > 2
    assert (found[beyond] == lit_from_the_side[beyond]).all()
    between = ~lips & ~beyond & (np.hypot((x - middle_x) / 26, (y - middle_y) / 14) > 1.3)
    assert np.abs((found - lit_from_the_side)[between]).max() <= 6
