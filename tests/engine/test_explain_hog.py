"""The cells and filters of the explanation are dlib's own: what they add up to is what dlib says."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.explain.hog import cells, gradients
from engine.explain.search import Match, best_match, image_pyramid
from engine.faces.detection.filters import CHANNELS, WINDOW, face_filters
from engine.faces.face import Box
from tests.real_faces import MAN, WOMAN, frames_of


def grey_frame(clip: Path, index: int, scale: float = 1.0) -> NDArray[np.uint8]:
    (frame,) = frames_of(clip, range(index, index + 1))
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


DETECTOR = dlib.get_frontal_face_detector()
FILTERS = face_filters()


def dlib_and_ours(grey: NDArray[np.uint8]) -> tuple[float, int, Match]:
    """What dlib says of the surest face, and what our sum gives at its place."""
    boxes, scores, numbers = DETECTOR.run(grey, 0, 0.0)
    box = boxes[0]
    match = best_match(grey, Box(box.left(), box.top(), box.right() + 1, box.bottom() + 1), FILTERS)
    assert match is not None
    return scores[0], numbers[0], match


def test_the_filters_are_five_and_look_at_ten_by_ten_cells() -> None:
    filters = FILTERS
    assert [each.weights.shape for each in filters] == [(WINDOW, WINDOW, CHANNELS)] * 5
    assert all(1 < each.threshold < 10 and 0.1 < np.abs(each.weights).max() < 1 for each in filters)
    # Faces turned to the left and to the right look alike in a mirror, and so do the filters for them.
    left, right = (filters[number].weights[..., 18:27] for number in (1, 2))
    mirrored = right[:, ::-1, [0, *range(8, 0, -1)]]
    assert np.corrcoef(left.ravel(), mirrored.ravel())[0, 1] > 0.3


@pytest.mark.parametrize(("clip", "index"), [(MAN, 40), (MAN, 900), (WOMAN, 60), (WOMAN, 300)])
def test_the_sum_over_our_cells_is_the_score_that_dlib_gives(clip: Path, index: int) -> None:
    # A copy in which the surest place is on the first level, where dlib shrinks nothing.
    grey = grey_frame(clip, index)
    _, _, rough = dlib_and_ours(grey)
    score, number, match = dlib_and_ours(rough.grey)
    assert match.grey.shape == rough.grey.shape
    assert match.number == number
    assert match.score == pytest.approx(score, abs=1e-5)


@pytest.mark.parametrize(("clip", "index"), [(MAN, 40), (WOMAN, 60)])
def test_on_shrunk_copies_it_differs_by_no_more_than_a_few_rounded_pixels(clip: Path, index: int) -> None:
    score, number, match = dlib_and_ours(grey_frame(clip, index))
    assert match.number == number
    assert match.score == pytest.approx(score, abs=0.02)


def test_gradients_point_to_where_it_gets_lighter() -> None:
    ramp = np.tile(np.arange(0, 200, 10, dtype=np.uint8), (20, 1))
    slopes = gradients(ramp)
    assert slopes.x[5, 5] == 20
    assert not slopes.y.any()
    assert slopes.strength[0].max() == 0


def test_an_edge_is_told_by_its_direction_and_not_by_the_light() -> None:
    edge = np.full((80, 80), 40, np.uint8)
    edge[:, 40:] = 90
    seen = cells(edge)
    assert seen.shape == (8, 8, CHANNELS)
    assert seen[4, 3, :18].argmax() == 0
    assert cells(255 - edge)[4, 3, :18].argmax() == 9
    assert np.allclose(cells(edge // 2 + 30)[4, 3], seen[4, 3], atol=1e-3)


def test_a_picture_too_small_for_a_cell_has_none() -> None:
    assert cells(np.zeros((10, 10), np.uint8)).size == 0


def test_copies_shrink_by_a_sixth_until_a_face_no_longer_fits() -> None:
    assert [copy.shape for copy in islice(image_pyramid(np.zeros((120, 240), np.uint8)), 9)] == [
        (120, 240),
        (100, 200),
        (83, 166),
        (69, 138),
    ]
