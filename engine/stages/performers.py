"""Both people as performers: how the one does what the other does, learnt from the faces of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage
from engine.faces.bend import triangulation
from engine.faces.fit_gains import Doing, Shown, fit_gains
from engine.faces.models import expression_reader
from engine.faces.mouth import LOWER_LIP, UPPER_LIP
from engine.faces.retarget import PosedShapes, Retargeting, Shape, anchors
from engine.faces.traits import most_alike


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


def retargeting(shown: Performer, doing: Performer, triangles: NDArray[np.intp]) -> Retargeting:
    """Return how one person does what the other one does.

    Args:
        shown: Who does it.
        doing: Whose faces say what.
        triangles: To bend pictures with.
    """
    anchor, doing_anchor = anchors(shown.shapes, doing.shapes, shown.traits, doing.traits)
    return fit_gains(
        Retargeting(anchor, doing_anchor),
        Shown(shown.picture, shown.shapes.points),
        Doing(doing.shapes, doing.coefficients, most_alike(doing.traits, shown.traits, shown.may_be_shown, 1)[:, 0]),
        triangles,
        expression_reader(),
    )
