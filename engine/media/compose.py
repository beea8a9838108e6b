"""Turn a finished frame back into the video's own colours, touching nothing that was not changed.

Going to RGB and back costs some colour resolution, precision beyond 8 bits, and the two fields of interlaced pictures.
So the encoder gets the original's own samples, and where a picture was changed, the difference that the change makes is
added to them. Where nothing changed the difference is nought, and no seam can show where it begins.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from engine.arrays import RGBImage
from engine.media.colourspace import ColourConverter
from engine.media.encoding import Encoding
from engine.media.frames import Frame, Original
from engine.media.orientation import Orientation, Rectangle

_GRID = 4
"""Patches begin and end at multiples of this, so that they cover whole colour samples, of both fields."""
_HIGHEST = 255
_HIGHEST_DEEP = 1023
"""Results have 8 bits or 10."""

_Samples = NDArray[np.uint8] | NDArray[np.uint16]


class Composer:
    """Makes the frames of one result for its encoder."""

    def __init__(self, encoding: Encoding, orientation: Orientation, size: tuple[int, int]) -> None:
        """Prepare for a video.

        Args:
            encoding: What the encoder wants.
            orientation: How stored pictures are turned to stand upright.
            size: Width and height as stored.
        """
        self._encoding = encoding
        self._orientation = orientation
        self._size = size
        self._converter = ColourConverter()

    def compose(self, frame: Frame) -> VideoFrame:
        """Return a frame as the encoder wants it; the decoder's own picture is taken over where there is one."""
        return _padded(self._in_own_size(frame), self._encoding.size)

    def _in_own_size(self, frame: Frame) -> VideoFrame:
        if frame.original is None:
            return self._converted(self._orientation.stored(frame.image))
        native = self._converter.to_format(frame.original.native, self._encoding.pixel_format, self._encoding.colour)
        # The encoder would take the original's choice of key frames for an order.
        native.pict_type = 0
        if frame.image is not frame.original.image:
            self._patch(native, frame.image, frame.original)
        return native

    def _patch(self, native: VideoFrame, image: RGBImage, original: Original) -> None:
        """Add what distinguishes `image` from the original to `native`."""
        changed = _changed_rectangle(image, original.image)
        if changed is None:
            return
        height, width = image.shape[:2]
        part = _on_grid(self._orientation.stored_rectangle(changed, width, height), *self._size)
        window = self._orientation.upright_rectangle(part, width, height).window
        before, after = (self._orientation.stored(each[window]) for each in (original.image, image))
        native.make_writable()
        # Colour samples of an interlaced picture belong to the lines of one field, so each field is a picture.
        fields = 2 if native.interlaced_frame else 1
        for field in range(fields):
            patches = (self._converted(each[field::fields]) for each in (before, after))
            for samples, old, new in zip(_planes(native), *(map(_planes, patches)), strict=True):
                _add_difference(samples[field::fields], old, new, part, self._size, fields)

    def _converted(self, image: RGBImage) -> VideoFrame:
        return self._converter.from_rgb(image, self._encoding.pixel_format, self._encoding.colour, self._size)


def _padded(frame: VideoFrame, size: tuple[int, int]) -> VideoFrame:
    """Return a planar frame with its last column and row once more, where that size is larger than its own."""
    if (frame.width, frame.height) == size:
        return frame
    padded = VideoFrame(*size, frame.format.name)
    for samples, own in zip(_planes(padded), _planes(frame), strict=True):
        missing = [(0, there - here) for there, here in zip(samples.shape, own.shape, strict=True)]
        samples[:] = np.pad(own, missing, mode="edge")
    return padded


def _changed_rectangle(image: RGBImage, original: RGBImage) -> Rectangle | None:
    """Return the smallest rectangle that holds all differences, or None where there are none."""
    # Comparing whole rows as bytes is several times quicker than reducing over the three channels of each pixel.
    differs = image.reshape(len(image), -1) != original.reshape(len(image), -1)
    rows = np.flatnonzero(differs.any(axis=1))
    if len(rows) == 0:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(differs[top:bottom].any(axis=0)) // image.shape[2]
    return Rectangle(top, bottom, int(columns[0]), int(columns[-1]) + 1)


def _on_grid(part: Rectangle, width: int, height: int) -> Rectangle:
    return Rectangle(
        part.top // _GRID * _GRID,
        min(height, -(-part.bottom // _GRID) * _GRID),
        part.left // _GRID * _GRID,
        min(width, -(-part.right // _GRID) * _GRID),
    )


def _planes(frame: VideoFrame) -> Iterator[_Samples]:
    """Yield views of a planar frame's samples: (rows, columns), 8 or 16 bits."""
    is_deep = frame.format.components[0].bits > 8
    for plane in frame.planes:
        yield _samples(plane, np.dtype("<u2") if is_deep else np.dtype(np.uint8))


def _samples(plane: VideoPlane, kind: np.dtype[np.uint8] | np.dtype[np.uint16]) -> _Samples:
    rows = np.frombuffer(memoryview(plane), np.uint8)[: plane.line_size * plane.height]
    return rows.reshape(plane.height, plane.line_size).view(kind)[:, : plane.width]


def _add_difference(
    samples: _Samples, old: _Samples, new: _Samples, part: Rectangle, size: tuple[int, int], fields: int
) -> None:
    """Add `new - old` to the samples that a patch covers.

    Args:
        samples: Samples of the whole frame's plane, or of one field of it.
        old: Samples of the patch's plane before the change.
        new: Samples of the patch's plane after it.
        part: Where the patch lies in the whole frame.
        size: Width and height of the whole frame.
        fields: 2 where only every other row is seen.
    """
    across = -(-size[0] // samples.shape[1])
    down = -(-size[1] // (samples.shape[0] * fields))
    top, left = part.top // fields // down, part.left // across
    target = samples[top : top + new.shape[0], left : left + new.shape[1]]
    highest = _HIGHEST_DEEP if target.dtype.itemsize > 1 else _HIGHEST
    target[:] = np.clip(target.astype(np.int32) + new - old.astype(np.int32), 0, highest)
