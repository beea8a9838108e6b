"""Where one person's points lie when that person does what another one does: expression retargeting by geometry.

A face's shape is its points with the head's place, size and turn taken out. Two people's shapes differ even when both
do the same, so each gets an anchor: a shape of either that means the same expression. What one does is then the way
from the one anchor, and the other does it by going the same way from the other anchor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Landmarks
from engine.faces.head import Head, fit_head

Shape = NDArray[np.float64]
"""(478, 3): points of a face that looks straight ahead, in units of its head, about its middle."""

_PAIRS = 30
"""Pairs of most alike faces whose medians are the anchors."""
_COMPARED = 400
"""Faces of one person, evenly chosen, for which the most alike of the other are looked for."""
_IRISES = ((468, 33, 133), (473, 263, 362))
"""Middle of an iris, whose ring of four follows it, and the outer and inner corner of its eye."""
_LIDS = ((159, 145), (158, 153), (160, 144), (386, 374), (385, 380), (387, 373))
"""Points of the upper lid, each with the one below it."""
_INNER_LIPS = ((13, 14), (82, 87), (81, 178), (80, 88), (312, 317), (311, 402), (310, 318))
"""Points of the upper lip's inner edge, each with the one below it."""
_CLOSED = 1e-4
"""Gap between an anchor's lids below which it tells nothing about how far they open."""


@dataclass(frozen=True, eq=False)
class PosedShapes:
    """The faces of one person: N shapes, and the heads that carry them."""

    shapes: NDArray[np.float64]
    """(N, 478, 3)."""
    heads: tuple[Head, ...]
    """The N heads, in pixels of the stored pictures."""
    points: NDArray[np.float32]
    """(N, 478, 3) the points themselves, in pixels of the stored pictures."""


def posed_shapes(landmarks: list[Landmarks], points: NDArray[np.float32]) -> PosedShapes:
    """Take place, size and turn of the head out of the points of N faces.

    Args:
        landmarks: N times (468, 3), the mesh in pixels of the stored pictures: the heads are fitted to it.
        points: (N, 478, 3) in pixels of the stored pictures.
    """
    heads = tuple(fit_head(each) for each in landmarks)
    shapes = [(each - head.middle) / head.size @ head.rotation for each, head in zip(points, heads, strict=True)]
    return PosedShapes(np.stack(shapes), heads, points)


def anchors(
    one: PosedShapes, other: PosedShapes, one_traits: NDArray[np.float32], other_traits: NDArray[np.float32]
) -> tuple[Shape, Shape]:
    """Return a shape of each of two people that mean the same expression: the medians over their most alike faces.

    Args:
        one: N faces.
        other: M faces.
        one_traits: (N, K) pose and expression.
        other_traits: (M, K) the same.
    """
    rows = np.linspace(0, len(other_traits) - 1, min(_COMPARED, len(other_traits))).astype(np.intp)
    nearest = np.empty(len(rows), np.intp)
    distances = np.empty(len(rows))
    for place, row in enumerate(rows):
        apart = np.square(one_traits - other_traits[row]).sum(axis=1)
        nearest[place] = apart.argmin()
        distances[place] = apart[nearest[place]]
    best = np.argsort(distances, kind="stable")[:_PAIRS]
    return np.median(one.shapes[nearest[best]], axis=0), np.median(other.shapes[rows[best]], axis=0)


def retargeted(shape: Shape, anchor: Shape, doing_anchor: Shape) -> Shape:
    """Return the shape of a person who does what another one's shape does.

    Gaze is absolute: the irises lie at the same place between the corners of the eyes. So are closed lips, and closed
    lids: where the other's meet, these do.

    Args:
        shape: What the other one does.
        anchor: The anchor of the person who shall do it.
        doing_anchor: The anchor of the other one.
    """
    found = anchor + shape - doing_anchor
    for upper, lower in _INNER_LIPS:
        _set_gap(found, upper, lower, shape[lower] - shape[upper])
    for upper, lower in _LIDS:
        open_by = float(np.linalg.norm(doing_anchor[lower] - doing_anchor[upper]))
        if open_by > _CLOSED:
            share = float(np.linalg.norm(shape[lower] - shape[upper])) / open_by
            _set_gap(found, upper, lower, (anchor[lower] - anchor[upper]) * share)
    for iris, outer, inner in _IRISES:
        _place_iris(found, shape, anchor, iris, outer, inner)
    return found


def posed(shape: Shape, head: Head) -> NDArray[np.float32]:
    """Return the points of a shape on a head, (478, 3) in the pixels that the head is given in."""
    return np.asarray(head.middle + head.size * shape @ head.rotation.T, np.float32)


def _set_gap(shape: Shape, upper: int, lower: int, gap: NDArray[np.float64]) -> None:
    middle = (shape[upper] + shape[lower]) / 2
    shape[upper], shape[lower] = middle - gap / 2, middle + gap / 2


def _place_iris(found: Shape, shape: Shape, anchor: Shape, iris: int, outer: int, inner: int) -> None:
    """Put an iris where the other one's lies, in coordinates of the eye: along and across the line of its corners."""
    across = shape[inner, :2] - shape[outer, :2]
    off = shape[iris, :2] - (shape[outer, :2] + shape[inner, :2]) / 2
    length = max(float(across @ across), 1e-12)
    along, beside = float(off @ across) / length, float(off @ (-across[1], across[0])) / length
    own = found[inner, :2] - found[outer, :2]
    middle = (found[outer, :2] + found[inner, :2]) / 2 + along * own + beside * np.array([-own[1], own[0]])
    ring = slice(iris, iris + 5)
    found[ring, :2] = middle + anchor[ring, :2] - anchor[iris, :2]
