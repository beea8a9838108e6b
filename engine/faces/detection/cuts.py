"""Where one shot ends and the next begins: neighbouring frames whose colours have little in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage

_ROWS, _COLUMNS, _LEVELS = 48, 64, 8
_CERTAIN = 0.3
"""Share of pixels that change their colour class at nearly every cut; in the test clips motion stayed below 0.24."""
_LIKELY = 0.12
"""Share of pixels that change their colour class at cuts between views of one room, which also need `_MOVED`."""
_MOVED = 15.0
"""Mean difference of pixels, 0..255."""


@dataclass(frozen=True, eq=False)
class FrameSignature:
    """A frame's colours in short, to decide whether the next frame belongs to the same shot."""

    colours: NDArray[np.float32]
    """(512,) share of the pixels in each class of colour."""
    pixels: NDArray[np.int16]
    """A coarse sample of the picture."""


def signature_of(image: RGBImage) -> FrameSignature:
    """Return the signature of a frame; reads some 3000 pixels of it."""
    height, width = image.shape[:2]
    sample = image[:: max(1, height // _ROWS), :: max(1, width // _COLUMNS)].astype(np.int16)
    classes = sample.reshape(-1, 3) * _LEVELS >> 8
    index = (classes[:, 0] * _LEVELS + classes[:, 1]) * _LEVELS + classes[:, 2]
    colours = np.bincount(index, minlength=_LEVELS**3).astype(np.float32) / np.float32(len(index))
    return FrameSignature(colours, sample)


def is_cut(before: FrameSignature, after: FrameSignature) -> bool:
    """Return whether a new shot begins between two neighbouring frames."""
    changed = float(np.abs(before.colours - after.colours).sum()) / 2
    if changed < _LIKELY:
        return False
    if changed >= _CERTAIN or before.pixels.shape != after.pixels.shape:
        return True
    return float(np.abs(before.pixels - after.pixels).mean()) >= _MOVED
