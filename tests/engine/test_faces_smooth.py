"""Landmarks are calmed where a head is still, and left alone where it moves."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.faces.smooth import face_size, gaussian_along, smooth_landmarks, stretches

COUNT = 60
SIZE = 80.0


def _face() -> NDArray[np.float32]:
    return np.random.default_rng(3).normal(0, SIZE / np.sqrt(2), (468, 3)).astype(np.float32)


def _path(centres: NDArray[np.float64], noise: float = 0.0) -> NDArray[np.float32]:
    """One face at each of the centres (N, 2), all its points trembling together."""
    tremble = np.random.default_rng(5).normal(0, noise, (len(centres), 1, 3))
    path = _face()[None] + tremble
    path[..., :2] += centres[:, None]
    return path.astype(np.float32)


def _still() -> NDArray[np.float64]:
    return np.full((COUNT, 2), 200.0)


def _jitter(path: NDArray[np.float32]) -> float:
    return float(np.abs(np.diff(path, 2, axis=0)).mean())


def test_a_still_head_trembles_less_than_half_as_much() -> None:
    path = _path(_still(), noise=0.4)
    smoothed = smooth_landmarks(range(COUNT), [0] * COUNT, path, 1.0)
    assert _jitter(smoothed) < 0.4 * _jitter(path)


def test_steady_movement_is_followed_to_the_ends_of_the_shot() -> None:
    centres = np.stack([np.arange(COUNT) * 7.0, np.arange(COUNT) * -3.0], axis=1)
    path = _path(centres)
    smoothed = smooth_landmarks(range(COUNT), [0] * COUNT, path, 2.0)
    np.testing.assert_allclose(smoothed, path, atol=0.05)


def test_a_sudden_turn_is_not_rounded_off() -> None:
    centres = _still()
    centres[30:, 0] += 25.0
    path = _path(centres)
    smoothed = smooth_landmarks(range(COUNT), [0] * COUNT, path, 1.0)
    assert float(np.abs(smoothed - path).max()) < 0.1 * 25.0


def test_no_smoothing_returns_the_landmarks_as_they_are() -> None:
    path = _path(_still(), noise=1.0)
    assert smooth_landmarks(range(COUNT), [0] * COUNT, path, 0.0) is path


def test_no_faces_are_smoothed_to_no_faces() -> None:
    assert len(smooth_landmarks([], [], np.zeros((0, 468, 3), np.float32), 1.0)) == 0


@pytest.mark.parametrize("broken", ["gap", "track", "jump"])
def test_nothing_is_carried_across(broken: str) -> None:
    centres = _still()
    centres[30:] += 400.0 if broken == "jump" else 8.0
    frames = [*range(30), *range(30 + (broken == "gap"), COUNT + (broken == "gap"))]
    tracks = [0] * 30 + [int(broken == "track")] * 30
    path = _path(centres)
    np.testing.assert_allclose(smooth_landmarks(frames, tracks, path, 2.0), path, atol=0.01)


def test_the_order_of_the_faces_does_not_matter() -> None:
    path = _path(_still(), noise=0.4)
    order = np.random.default_rng(1).permutation(COUNT)
    shuffled = smooth_landmarks(list(order), [0] * COUNT, path[order], 1.0)
    np.testing.assert_array_equal(shuffled, smooth_landmarks(range(COUNT), [0] * COUNT, path, 1.0)[order])


def test_two_faces_in_the_same_frames_are_two_stretches() -> None:
    path = np.concatenate([_path(_still()), _path(_still() + 300)])
    found = stretches([*range(COUNT)] * 2, [0] * COUNT + [1] * COUNT, path)
    assert [len(stretch) for stretch in found] == [COUNT, COUNT]


def test_the_size_of_a_face_does_not_depend_on_its_place() -> None:
    assert float(face_size(_face() + 500)) == pytest.approx(float(face_size(_face())), rel=1e-3)


def test_two_values_are_too_few_to_smooth() -> None:
    values = np.array([1.0, 5.0], np.float32)
    np.testing.assert_array_equal(gaussian_along(values, 1.0), values)
