"""How much a face counts: its area, and whether it moves."""

from __future__ import annotations

import numpy as np
import pytest

from engine.arrays import Landmarks
from engine.faces.landmarks import INNER_LIPS
from engine.faces.persons.weighing import area_share, is_surely_still, moves, numbered

WIDTH = 100.0


def shape(random: np.random.Generator) -> Landmarks:
    """Return points that lie like those of a face, as wide as `WIDTH`."""
    points = random.uniform(0, WIDTH, (468, 3)).astype(np.float32)
    points[234, :2], points[454, :2] = (0, WIDTH / 2), (WIDTH, WIDTH / 2)
    return points


def filmed(count: int, *, noise_px: float, mouth_px: float) -> list[Landmarks]:
    """Return one face through a camera that shakes, turns and zooms; its mouth opens and closes."""
    random = np.random.default_rng(3)
    still = shape(random)
    found = []
    for at in range(count):
        points = still.copy()
        points[list(INNER_LIPS), 1] += mouth_px * np.sin(at / 4)
        angle, zoom = 0.1 * np.sin(at / 5), 1 + 0.01 * at
        turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        points[:, :2] = points[:, :2] @ turn.T + (9 * np.sin(at / 3), 5 * np.cos(at / 2))
        found.append(points + random.normal(0, noise_px, points.shape).astype(np.float32))
    return found


@pytest.mark.parametrize("noise_px", [0.0, 0.1, 0.4])
def test_a_photograph_stays_still_however_the_camera_and_the_mesh_tremble(noise_px: float) -> None:
    assert moves(filmed(60, noise_px=noise_px, mouth_px=0)) is False


@pytest.mark.parametrize("noise_px", [0.0, 0.1, 0.4])
def test_somebody_who_speaks_moves(noise_px: float) -> None:
    assert moves(filmed(60, noise_px=noise_px, mouth_px=3)) is True


def test_of_a_few_frames_it_is_not_told_whether_somebody_moves() -> None:
    assert moves(filmed(10, noise_px=0, mouth_px=3)) is None


def test_frames_that_lie_apart_tell_a_photograph_only_where_nothing_trembles() -> None:
    assert is_surely_still(filmed(5, noise_px=0.01, mouth_px=0), range(0, 50, 10))
    assert not is_surely_still(filmed(5, noise_px=0.4, mouth_px=0), range(0, 50, 10))
    assert not is_surely_still(filmed(40, noise_px=0.01, mouth_px=3), range(40))
    assert not is_surely_still(filmed(2, noise_px=0, mouth_px=0), (0, 90))


def test_whoever_keeps_still_for_half_a_second_is_not_taken_for_a_photograph() -> None:
    assert not is_surely_still(filmed(3, noise_px=0, mouth_px=0), (0, 4, 8))


def test_a_face_counts_by_its_share_of_the_frame() -> None:
    assert area_share(100, (1000, 500)) == pytest.approx(0.02)
    assert area_share(200, (2000, 1000)) == pytest.approx(0.02)


def test_the_heaviest_comes_first_and_rivals_are_numbered_from_left_to_right() -> None:
    weights = {7: 1.0, 8: 0.4, 9: 5.0}
    assert numbered(weights, {7: 0.1, 8: 0.2, 9: 0.9}) == [9, 7, 8]
    rivals = {7: 1.0, 8: 0.9, 9: 0.1}
    assert numbered(rivals, {7: 0.7, 8: 0.2, 9: 0.0}) == [8, 7, 9]
    assert numbered(rivals | {8: 1.1}, {7: 0.7, 8: 0.2, 9: 0.0}) == [8, 7, 9]
