"""Cut the frames of a video into pieces: each is the work of one task, and a safe point when it is done."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

_MOST_RUN_UP = 4
"""A piece has at least one frame for this many that are decoded only to reach it, ..."""
_LONGEST = 5
"""... but is at most this many times as long as others."""


def pieces(frames: range, key_frames: Sequence[int], length: int, run_up: int) -> list[range]:
    """Cut the frames of a video into pieces of about `length`.

    Where it can be, the run-up of a piece begins at a key frame, since decoding has to begin at one anyway. Far from
    any, as in videos that have but the first, pieces are longer, for each of them decodes all from there.

    Args:
        frames: The frames wanted, from 0.
        key_frames: At which frames decoding can begin, increasing.
        length: Frames of a piece, counted among those wanted.
        run_up: Frames of the video to be read before a piece.
    """
    step = frames.step
    lead = run_up // step * step
    # On the grid of the frames that are wanted.
    good = [0, *(-(-(key + lead) // step) for key in key_frames if key > 0)]
    borders = [0]
    while True:
        far = borders[-1] - good[bisect_right(good, borders[-1]) - 1]
        longer = min(max(length, far // _MOST_RUN_UP), _LONGEST * length)
        nominal = borders[-1] + longer
        if nominal >= len(frames) - longer // 2:
            break
        near = good[bisect_left(good, nominal - longer // 3) : bisect_right(good, nominal + longer)]
        borders.append(min(near, key=lambda place: abs(place - nominal), default=nominal))
    borders.append(len(frames))
    return [frames[start:stop] for start, stop in pairwise(borders) if stop > start]
