"""What dlib's detector looks for: its filters, read out of the detector itself.

The detector is five linear filters over HOG cells (King 2015, "Max-margin object detection", arXiv:1502.00046): faces
from the front, turned to either side, and leaning to either side. dlib has no call that shows them, but a detector can
be written out, and dlib documents how numbers are written (`dlib/serialize.h`): a whole number is a byte that holds its
length and its sign, then its bytes, the least first; a real one is two of these, mantissa and power of two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import dlib
import numpy as np
from numpy.typing import NDArray

from engine.errors import MediaError

CELL = 8
"""Side of a cell in pixels."""
WINDOW = 10
"""Cells along each side of what a filter covers."""
CHANNELS = 31
"""Numbers in a cell."""

_HEAD = 14
"""Whole numbers before the thresholds: versions, sizes, and how many numbers a filter has."""
_CELL_AT, _WIDTH_AT, _HEIGHT_AT, _NUMBERS_AT = 4, 6, 7, 13
_SIGN, _LENGTH, _UNUSED = 0x80, 0x0F, 0x70


@dataclass(frozen=True, eq=False)
class Filter:
    """One of the detector's filters."""

    weights: NDArray[np.float64]
    """(WINDOW, WINDOW, CHANNELS): what each number of each cell counts."""
    threshold: float
    """What the sum must exceed."""


@cache
def face_filters() -> tuple[Filter, ...]:
    """Return the filters of dlib's face detector.

    Raises:
        MediaError: This dlib writes them in another way.
    """
    (written,) = dlib.get_frontal_face_detector().__getstate__()
    try:
        return _parse(_Numbers(written))
    except (IndexError, ValueError, OverflowError) as error:
        raise MediaError(
            f"The filters of this dlib ({dlib.__version__}) could not be read ({error}).",
            "Install the version that requirements.lock names. Faces are found nevertheless, and nothing is lost.",
        ) from error


class _Numbers:
    """Numbers one after another, as dlib writes them."""

    def __init__(self, written: bytes) -> None:
        self._written = written
        self._at = 0

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._written)

    def whole(self) -> int:
        control = self._written[self._at]
        length = control & _LENGTH
        if control & _UNUSED or not 1 <= length <= 8:
            raise ValueError(f"byte {self._at} is not the beginning of a number")
        value = int.from_bytes(self._written[self._at + 1 : self._at + 1 + length], "little")
        self._at += 1 + length
        return -value if control & _SIGN else value

    def real(self) -> float:
        return math.ldexp(self.whole(), self.whole())


def _parse(numbers: _Numbers) -> tuple[Filter, ...]:
    head = [numbers.whole() for _ in range(_HEAD)]
    side = WINDOW * CELL
    stated = (head[_CELL_AT], head[_WIDTH_AT], head[_HEIGHT_AT], head[_NUMBERS_AT])
    if stated != (CELL, side, side, WINDOW * WINDOW * CHANNELS):
        raise ValueError(f"cells, window and length are {stated}")
    # When two boxes count as the same face: not needed here.
    numbers.real()
    numbers.real()
    filters = tuple(_filter(numbers) for _ in range(numbers.whole()))
    if not numbers.is_at_end:
        raise ValueError("there is more than was expected")
    return filters


def _filter(numbers: _Numbers) -> Filter:
    # Sizes of matrices are written as negative numbers.
    count = numbers.whole() * numbers.whole()
    values = np.array([numbers.real() for _ in range(count)])
    planes = values[:-1].reshape(CHANNELS, WINDOW, WINDOW)
    return Filter(np.ascontiguousarray(planes.transpose(1, 2, 0)), float(values[-1]))
