"""A person as a performer: what their faces do, and the pictures that can be bent to do something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage
from engine.faces.landmarks import LOWER_LIP, UPPER_LIP
from engine.faces.reenactment.bend import triangulation
from engine.faces.reenactment.retarget import PosedShapes, Shape


@dataclass(frozen=True, eq=False)
class Performer:
    """One person's faces: their shapes, what they do, and what they look like."""

    shapes: PosedShapes
    traits: NDArray[np.float32]
    """(N, K) pose and expression."""
    coefficients: NDArray[np.float32]
    """(N, 52)."""
    picture: Callable[[int], RGBImage]
    """Returns the picture of a face by its number: the stored one at any size."""
    may_be_shown: NDArray[np.bool_]
    """(N,): which pictures may be bent and shown."""


def triangles_of(performer: Performer) -> NDArray[np.intp]:
    """Return the triangles to bend with, (T, 3): drawn where the mouth is open the widest, so they have its inside."""
    shapes = performer.shapes.shapes
    gaps = np.linalg.norm(shapes[:, UPPER_LIP] - shapes[:, LOWER_LIP], axis=1)
    widest: Shape = shapes[int(gaps.argmax())]
    return triangulation(widest)
