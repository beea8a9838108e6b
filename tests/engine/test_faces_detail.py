"""The fine detail of a photograph, given to what was painted from it."""

import cv2
import numpy as np

from engine.faces.compositing.detail import with_detail

SMALL, LARGE = 32, 128


def striped(light: int) -> np.ndarray:
    """A picture with stripes that are finer than the network's pixels."""
    picture = np.full((LARGE, LARGE, 3), light, np.uint8)
    picture[:, ::2] += 20
    return picture


def small(picture: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.resize(picture, (SMALL, SMALL), interpolation=cv2.INTER_AREA), np.uint8)


def test_where_both_agree_the_photograph_s_detail_is_shown() -> None:
    reference = striped(100)
    assert np.abs(with_detail(small(reference), reference).astype(int) - reference).max() <= 2


def test_where_they_differ_what_was_painted_is_shown_without_foreign_detail() -> None:
    painted = np.full((SMALL, SMALL, 3), 200, np.uint8)
    found = with_detail(painted, striped(100))
    assert found.shape == (LARGE, LARGE, 3)
    assert np.abs(found.astype(int) - 200).max() <= 2


def test_they_are_compared_place_by_place() -> None:
    reference = striped(100)
    painted = small(reference)
    painted[:, SMALL // 2 :] = 200
    found = with_detail(painted, reference)
    assert found[:, : LARGE // 3].std() > 8
    assert found[:, -LARGE // 3 :].std() < 2
