"""Which photograph serves each frame: alike, and not another one at every frame."""

import numpy as np
import pytest

from engine.faces.reenactment.reference_path import blends, cheapest_path

SHOWN = np.array([[0.0], [1.0], [6.0]], np.float32)


def doing(*values: float) -> np.ndarray:
    return np.array(values, np.float32)[:, None]


def test_a_photograph_that_is_a_little_less_alike_is_kept() -> None:
    assert cheapest_path(doing(0, 0.9, 0, 0.8, 0.2), SHOWN).tolist() == [0] * 5


def test_where_the_face_does_something_else_another_one_is_taken() -> None:
    assert cheapest_path(doing(0, 0, 6, 6, 6, 0), SHOWN).tolist() == [0, 0, 2, 2, 2, 0]


def test_a_change_is_made_at_the_frame_where_it_costs_least() -> None:
    rows = doing(*np.linspace(0, 6, 25))
    path = cheapest_path(rows, SHOWN)
    assert sorted(set(path.tolist())) == path[np.sort(np.unique(path, return_index=True)[1])].tolist()
    distance = np.abs(rows - SHOWN[:, 0])
    best = min(
        distance[:at, one].sum() + distance[at:, other].sum() + 2.0
        for at in range(1, 25)
        for one in range(3)
        for other in range(3)
    )
    assert distance[np.arange(25), path].sum() + 2.0 * np.count_nonzero(np.diff(path)) <= best + 1e-4


def test_around_a_change_both_are_faded_into_one_another() -> None:
    found = blends(doing(*[0] * 20, *[6] * 20), SHOWN)
    assert found[5] == ((0, 1.0),)
    assert found[34] == ((2, 1.0),)
    shares = [dict(blend).get(2, 0.0) for blend in found]
    assert shares == sorted(shares)
    assert 0.3 < shares[19] < 0.5 < shares[20] < 0.7
    for blend in found:
        assert sum(share for _, share in blend) == pytest.approx(1.0)
