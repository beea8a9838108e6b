"""The arrays that travel between modules, by name, and what an aligned picture shows.

Pictures are RGB, 8 bits, everywhere outside `engine.model`.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

RGBImage = NDArray[np.uint8]
"""(H, W, 3) uint8, red first."""

RGBBatch = NDArray[np.uint8]
"""(N, S, S, 3) uint8, red first."""

Mask = NDArray[np.float32]
"""(H, W) float32 in 0..1, 1 = take the swap."""

Matrix = NDArray[np.float64]
"""(2, 3) float64: a similarity transform from pixels to pixels, named by its direction."""

Landmarks = NDArray[np.float32]
"""(468, 3) float32: the points of the face mesh; x, y in pixels, z in the same unit."""

Pixel = TypeVar("Pixel", np.uint8, np.float32)
"""What a picture holds, where what is done with it is the same for shades and for amounts."""

Descriptor = NDArray[np.float32]
"""(128,) float32 of length about 1: who a face is. Closer than 0.6 means the same person (King 2017, dlib)."""

STORED_SIZE = 320
"""Side of a stored aligned picture in pixels."""

STORED_MARGIN = 0.1
"""Share of a stored picture's side, on each of its edges, that lies outside the model's square."""

MODEL_SHARE = 1.0 - 2.0 * STORED_MARGIN
"""Share of a stored or training picture's side that the model's square takes up; the rest is room to turn and shift."""

STORED_UNIT = STORED_SIZE * MODEL_SHARE
"""Side of the model's square in pixels of a stored picture: the size of any head in it."""


def even_choice(count: int, most: int) -> NDArray[np.intp]:
    """Return the numbers of all of `count` things, or of `most` of them, evenly spread: (N,), in rising order."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.intp)


def share_between(value: float, low: float, high: float) -> float:
    """Return how far a value has come from `low` to `high`, 0..1, level at both ends: `smooth_step` of one number."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)


def smooth_step(ramp: Mask) -> Mask:
    """Return a ramp of any shape, cut off at 0 and 1, that begins and ends level instead of with a bend."""
    clipped = np.clip(ramp, 0, 1)
    return clipped * clipped * (3 - 2 * clipped)
