"""Which photograph serves each of consecutive frames: alike enough, and not another one at every frame.

Another photograph brings another light and other folds, which shows as a flicker. So the cheapest path through all
choices is taken, where a photograph costs how unlike it is, and a change costs extra (Viterbi 1967); and around a
change both photographs are faded into one another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CHANGE = 2.0
"""What a change costs, in the unit of traits: a difference in one of them that one notices, twice."""
_FADE = 2.5
"""Standard deviation, in frames, of the fading."""
_LEAST_SHARE = 0.04
"""A photograph that would show less than this is left out."""
_MOST_AT_ONCE = 3

Blend = tuple[tuple[int, float], ...]
"""Numbers of photographs and their shares, which sum to 1, the largest first."""


def blends(doing: NDArray[np.float32], shown: NDArray[np.float32]) -> list[Blend]:
    """Return the photographs that serve each frame.

    Args:
        doing: (N, K) traits of a face in N consecutive frames.
        shown: (M, K) traits of the photographs.
    """
    return _faded(cheapest_path(doing, shown))


def cheapest_path(doing: NDArray[np.float32], shown: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the photograph of each frame on the cheapest path, (N,); arguments as `blends`."""
    cost = np.zeros(len(shown))
    jumps = np.zeros((len(doing), len(shown)), np.bool_)
    best = np.zeros(len(doing), np.intp)
    for row, each in enumerate(doing):
        best[row] = cost.argmin()
        changed = cost[best[row]] + _CHANGE
        jumps[row] = changed < cost
        cost = np.minimum(cost, changed) + np.sqrt(np.square(shown - each).sum(axis=1))
    path = np.empty(len(doing), np.intp)
    at = int(cost.argmin())
    for row in range(len(doing) - 1, -1, -1):
        path[row] = at
        at = int(best[row]) if jumps[row, at] else at
    return path


def _faded(path: NDArray[np.intp]) -> list[Blend]:
    reach = round(3 * _FADE)
    weights = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / _FADE))
    found = []
    for row in range(len(path)):
        first, last = max(0, row - reach), min(len(path), row + reach + 1)
        shares: dict[int, float] = {}
        for number, weight in zip(path[first:last], weights[first - row + reach : last - row + reach], strict=True):
            shares[int(number)] = shares.get(int(number), 0.0) + float(weight)
        found.append(_largest(shares))
    return found


def _largest(shares: dict[int, float]) -> Blend:
    total = sum(shares.values())
    ordered = sorted(shares.items(), key=lambda each: -each[1])[:_MOST_AT_ONCE]
    kept = [(number, share) for number, share in ordered if share / total >= _LEAST_SHARE]
    whole = sum(share for _, share in kept)
    return tuple((number, share / whole) for number, share in kept)
