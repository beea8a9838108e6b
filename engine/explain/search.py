"""Where a filter fits best: the detector's search, at the place of a face that it has found.

The picture is compared at many sizes, each five sixths of the one before, so that one filter of 80 x 80 pixels finds
faces of any size (King 2015, arXiv:1502.00046). Scores agree with dlib's to a millionth on the first copy; on smaller
ones to a hundredth, since dlib rounds a few pixels the other way when it shrinks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.explain.hog import Cells, Grey, cells
from engine.faces.detection.filters import CELL, WINDOW, Filter
from engine.faces.face import Box

_SHRINKS = 5 / 6
_LEAST_SIDE = 64
"""Shortest side of the smallest copy, in pixels."""
_NEAR = 2
"""Copies to either side of the one in which the face is as large as the filter."""
_FAR = 0.4
"""Share of the face's side by which the middle of a window may be off the face's."""
_NEIGHBOURS = 4
"""Cells around a window that influence it, and one to spare."""
_PADDING = WINDOW - 1
"""Cells by which a filter may reach over the picture's edge; there, all is 0."""


@dataclass(frozen=True, eq=False)
class Match:
    """The place at which the detector is surest of a face."""

    grey: Grey
    """The copy of the picture, at the size of the comparison."""
    left: int
    """First pixel of the filter's window in the copy; may be negative."""
    top: int
    number: int
    """Which of the filters, from 0."""
    wanted: Filter
    """That filter."""
    score: float
    """How much the sum exceeds the threshold."""
    cells: Cells
    """(WINDOW, WINDOW, 31): what lies under the filter."""


def image_pyramid(grey: Grey) -> Iterator[Grey]:
    """Yield the copies of a picture at all sizes at which it is compared, the largest first."""
    while True:
        yield grey
        height, width = (int(side * 5 // 6) for side in grey.shape)
        if min(height, width) < _LEAST_SIDE:
            return
        grey = _shrunk(grey, height, width)


def scores(padded: Cells, wanted: Filter) -> NDArray[np.float64]:
    """Return how well a filter fits at each place of padded cells: sum of products less the threshold."""
    rows, columns = padded.shape[0] - _PADDING, padded.shape[1] - _PADDING
    total = np.full((rows, columns), -wanted.threshold)
    for channel in range(padded.shape[2]):
        plane, weights = np.ascontiguousarray(padded[..., channel]), wanted.weights[..., channel]
        total += cv2.filter2D(plane, -1, weights, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)[:rows, :columns]
    return total


def best_match(grey: Grey, box: Box, filters: Sequence[Filter]) -> Match | None:
    """Return the best place of any filter around a face.

    Args:
        grey: (H, W) uint8, the copy in which the detector was let search.
        box: The face that it found there.
        filters: The detector's.

    Returns:
        The match; None where the face is so far off the picture that no window covers it.
    """
    level = round(math.log(max(box.width / (CELL * WINDOW), 1.0)) / -math.log(_SHRINKS))
    found: list[Match] = []
    for number, copy in enumerate(image_pyramid(grey)):
        if number > level + _NEAR:
            break
        if number >= level - _NEAR:
            found += _matches(copy, box.scaled(copy.shape[1] / grey.shape[1]), filters)
    return max(found, key=lambda match: match.score, default=None)


def _matches(copy: Grey, box: Box, filters: Sequence[Filter]) -> Iterator[Match]:
    """Yield each filter's best place in one copy, its middle not far from the face's."""
    far = _FAR * max(box.width, box.height)
    # Cells look at their neighbours only, so those far from all windows in question need not be known.
    top, bottom = _reach(box.centre[1], far, copy.shape[0])
    left, right = _reach(box.centre[0], far, copy.shape[1])
    near = cells(np.ascontiguousarray(copy[top:bottom, left:right]))
    if not near.size:
        return
    padded = np.pad(near, ((_PADDING, _PADDING), (_PADDING, _PADDING), (0, 0)))
    for number, wanted in enumerate(filters):
        fits = scores(padded, wanted)
        fits[np.abs(_middles(top, fits.shape[0]) - box.centre[1]) > far] = -np.inf
        fits[:, np.abs(_middles(left, fits.shape[1]) - box.centre[0]) > far] = -np.inf
        row, column = (int(each) for each in np.unravel_index(fits.argmax(), fits.shape))
        if np.isfinite(fits[row, column]):
            under = padded[row : row + WINDOW, column : column + WINDOW]
            place = (left + _pixel(column), top + _pixel(row))
            yield Match(copy, *place, number, wanted, float(fits[row, column]), under)


def _reach(middle: float, far: float, end: int) -> tuple[int, int]:
    """Return first and last pixel that count, the first at the beginning of a cell."""
    room = far + CELL * (WINDOW / 2 + _NEIGHBOURS)
    first = max(0, int((middle - room) // CELL) * CELL)
    return first, min(end, first + math.ceil((middle + room - first) / CELL) * CELL)


def _middles(first: int, count: int) -> NDArray[np.float64]:
    """Return the middles of the windows, in pixels of the copy."""
    middles: NDArray[np.float64] = np.arange(count, dtype=np.float64) - _PADDING + 1 + WINDOW / 2
    return first + middles * CELL


def _pixel(place: int) -> int:
    """Return the first pixel of the cell at a place of padded cells."""
    return (place - _PADDING + 1) * CELL


def _shrunk(grey: Grey, height: int, width: int) -> Grey:
    """Return a smaller copy whose corners are the picture's corners, in between by two-way linear interpolation."""
    (top, bottom, down), (left, right, across) = _between(grey.shape[0], height), _between(grey.shape[1], width)
    values = grey.astype(np.float64)
    upper = (1 - across) * values[np.ix_(top, left)] + across * values[np.ix_(top, right)]
    lower = (1 - across) * values[np.ix_(bottom, left)] + across * values[np.ix_(bottom, right)]
    mixed = (1 - down[:, None]) * upper + down[:, None] * lower
    return np.floor(mixed + 0.5).astype(np.uint8)


def _between(before: int, after: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return for each pixel of the copy its two neighbours in the picture, and how near it is to the second."""
    places = np.arange(after) * ((before - 1) / max(after - 1, 1))
    first = np.floor(places).astype(np.intp)
    return first, np.minimum(first + 1, before - 1), places - first
