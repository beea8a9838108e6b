"""How a video's stored pictures must be turned to stand upright.

Phones store pictures as the sensor gives them, and beside them a matrix that says how to show them. Here the matrix is
taken apart into a transposition and two flips, which lose nothing and can be undone.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from av.sidedata.sidedata import SideData, Type
from av.video.frame import VideoFrame

from engine.arrays import RGBImage

_MATRIX_BYTES = 36


@dataclass(frozen=True)
class Rectangle:
    """A part of a picture, in pixels; bottom and right are the first ones outside."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def window(self) -> tuple[slice, slice]:
        """The part as an index into an array of rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True)
class Orientation:
    """A turn by a multiple of 90 degrees, with or without mirroring."""

    is_transposed: bool = False
    """Columns become rows first: width and height change places."""
    is_flipped_x: bool = False
    """Then left and right change places."""
    is_flipped_y: bool = False
    """Then top and bottom change places."""
    matrix: tuple[int, ...] | None = None
    """The file's own nine numbers, fixed point 16.16 and 2.30 (ISO/IEC 14496-12, 8.3.2); None where it has none."""

    @property
    def rotation(self) -> int:
        """Degrees counter-clockwise by which a stored picture is turned: 0, 90, 180 or 270. Mirroring comes after."""
        if self.is_transposed:
            return 90 if self.is_flipped_y else 270
        return 180 if self.is_flipped_y else 0

    @property
    def is_mirrored(self) -> bool:
        """Whether the picture is also mirrored, as some front cameras have it."""
        return (self.is_transposed + self.is_flipped_x + self.is_flipped_y) % 2 == 1

    def upright(self, image: RGBImage) -> RGBImage:
        """Return a stored picture upright: (H, W, 3), contiguous."""
        turned = image.swapaxes(0, 1) if self.is_transposed else image
        return np.ascontiguousarray(self._flipped(turned))

    def stored(self, image: RGBImage) -> RGBImage:
        """Return an upright picture as the file stores it: undoes `upright`."""
        turned = self._flipped(image)
        return np.ascontiguousarray(turned.swapaxes(0, 1) if self.is_transposed else turned)

    def upright_rectangle(self, stored: Rectangle, width: int, height: int) -> Rectangle:
        """Return where a part of the stored picture lies in the upright one.

        Args:
            stored: The part.
            width: Width of the upright picture.
            height: Height of the upright picture.
        """
        turned = _transposed(stored) if self.is_transposed else stored
        return self._flipped_rectangle(turned, width, height)

    def stored_rectangle(self, upright: Rectangle, width: int, height: int) -> Rectangle:
        """Return where a part of the upright picture, whose size is given, lies in the stored one."""
        turned = self._flipped_rectangle(upright, width, height)
        return _transposed(turned) if self.is_transposed else turned

    def _flipped_rectangle(self, part: Rectangle, width: int, height: int) -> Rectangle:
        top, bottom = (height - part.bottom, height - part.top) if self.is_flipped_y else (part.top, part.bottom)
        left, right = (width - part.right, width - part.left) if self.is_flipped_x else (part.left, part.right)
        return Rectangle(top, bottom, left, right)

    def _flipped(self, image: RGBImage) -> RGBImage:
        return image[:: -1 if self.is_flipped_y else 1, :: -1 if self.is_flipped_x else 1]


def _transposed(part: Rectangle) -> Rectangle:
    return Rectangle(part.left, part.right, part.top, part.bottom)


def orientation_of(frame: VideoFrame) -> Orientation:
    """Return how a decoded picture must be turned; upright as it is where the file says nothing."""
    content = side_data_of(frame, Type.DISPLAYMATRIX)
    if len(content) < _MATRIX_BYTES:
        return Orientation()
    return orientation_of_matrix(struct.unpack("9i", content[:_MATRIX_BYTES]))


def side_data_of(frame: VideoFrame, kind: Type) -> bytes:
    """Return what a file says beside a frame's picture; empty where it says nothing of that kind."""
    try:
        # The stubs know one key only.
        data: SideData = cast(Mapping[Type, SideData], frame.side_data)[kind]
    except KeyError:
        return b""
    return bytes(data)


def orientation_of_matrix(matrix: tuple[int, ...]) -> Orientation:
    """Take a display matrix apart; one that is not of right angles is rounded to them, as players do.

    Args:
        matrix: Nine numbers (a, b, u, c, d, v, x, y, w) which show the stored point (p, q) at (a p + c q, b p + d q).
    """
    a, b, _, c, d = matrix[:5]
    is_transposed = abs(b) + abs(c) > abs(a) + abs(d)
    across, down = (c, b) if is_transposed else (a, d)
    return Orientation(is_transposed, across < 0, down < 0, tuple(matrix))
