"""Where one person's points lie when that person does what another one does: expression retargeting by geometry.

A face's shape is its points with the head's place, size and turn taken out. Two people's shapes differ even when both
do the same, so each gets an anchor: a shape of either that means the same expression. What one does is then the way
from the one anchor, and the other does it by going the same way from the other anchor.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Landmarks, even_choice
from engine.faces.head import Head, fit_head
from engine.faces.landmarks import INNER_LIPS, LEFT_BROW, LIDS, LIPS, RIGHT_BROW
from engine.faces.reenactment.eye import EYES, places_in_eye, points_in_eye
from engine.faces.reenactment.traits import most_alike

Shape = NDArray[np.float64]
"""(478, 3): points of a face that looks straight ahead, in units of its head, about its middle."""

_PAIRS = 30
"""Pairs of most alike faces whose medians are the anchors."""
_COMPARED = 400
"""Faces of one person, evenly chosen, for which the most alike of the other are looked for."""
_MIDDLE = slice(2, 5)
"""Those of them by which it is told how far an eye is open: at the corners that is hardly to be seen."""
_INNER_LIPS = ((13, 14), (82, 87), (81, 178), (80, 88), (191, 95), (312, 317), (311, 402), (310, 318), (415, 324))
"""Points of the upper lip's inner edge, each with the one below it."""
_CLOSED = 1e-4
"""Gap between an anchor's lids below which it tells nothing about how far they open."""
_OPEN = 0.5
"""Lids at least so far apart as this share of their widest are not closed."""
_WIDE_OPEN = 0.9
"""The widest, as a quantile: single faces are misread."""
_WIDEST = 1.4
"""Times as far as usual that lids open at most: beyond, what a photograph shows of an eye is torn apart."""
_SELDOM = 0.95
"""Further than in this share of somebody's pictures lids are not opened: it would look startled."""
_NEARLY, _OVER = 0.4, 0.2
"""From which share of its opening on a closing eye is closed over, and how far at last, as a share of what is usual:
the mesh's points of wide open lids lie a little inside of them, and a rim of the eye would stay."""
_REACH = 0.06
"""How far from brows and lips their gain reaches, in units of the head."""


@dataclass(frozen=True)
class Gains:
    """How many times as far parts of a face are moved as the other one moves them.

    Bent as far as the other face, a picture often reads as if it did less: lines of the brow and folds of the cheek do
    not come along. Moved further, it looks like what is meant.
    """

    gaze: float = 1.0
    lids: float = 1.0
    brows: float = 1.0
    mouth: float = 1.0


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

    How far lids are apart is an exception: it is what is usual for each of them while the eyes are open. Few pictures
    of somebody who looks at the camera are most alike to frames in which the other one widens the eyes, and somebody
    who keeps them closed through most of a video opens them now and then.

    Args:
        one: N faces.
        other: M faces.
        one_traits: (N, K) pose and expression.
        other_traits: (M, K) the same.
    """
    rows = even_choice(len(other_traits), _COMPARED)
    nearest = most_alike(other_traits[rows], one_traits, np.ones(len(one_traits), np.bool_), 1)[:, 0]
    distances = np.square(one_traits[nearest] - other_traits[rows]).sum(axis=1)
    best = np.argsort(distances, kind="stable")[:_PAIRS]
    found = np.median(one.shapes[nearest[best]], axis=0), np.median(other.shapes[rows[best]], axis=0)
    for anchor, shapes in zip(found, (one.shapes, other.shapes), strict=True):
        for upper, lower in chain(*LIDS):
            usual = _usual_opening(np.linalg.norm(shapes[:, lower] - shapes[:, upper], axis=1))
            gap = anchor[lower] - anchor[upper]
            _set_gap(anchor, upper, lower, gap * (usual / max(float(np.linalg.norm(gap)), _CLOSED)))
    return found


def widest_opening(shapes: NDArray[np.float64]) -> float:
    """Return how many times as far as usual a person opens the eyes at most, given N shapes."""
    gaps = np.mean([_lids_apart(shapes, lids) for lids in LIDS], axis=0)
    return float(np.clip(np.quantile(gaps, _SELDOM) / max(_usual_opening(gaps), _CLOSED), 1.0, _WIDEST))


@dataclass(frozen=True, eq=False)
class Retargeting:
    """Turns what one person does into the shape of another one who does it."""

    anchor: Shape
    """Of the person who shall do it."""
    doing_anchor: Shape
    """Of the other one; both anchors mean the same expression."""
    gains: Gains = Gains()
    widest: float = _WIDEST
    """Times as far as usual that the lids open at most."""

    def shape(self, doing: Shape) -> Shape:
        """Return the shape of the person who does what the other one's shape does.

        Gaze is absolute: the irises lie at the same place between the corners of the eyes. So are closed lips, and
        closed lids: where the other's meet, these do.
        """
        found = self.anchor + (doing - self.doing_anchor) * self._strength
        for upper, lower in _INNER_LIPS:
            _set_gap(found, upper, lower, doing[lower] - doing[upper])
        for lids in LIDS:
            open_by = float(_lids_apart(self.doing_anchor, lids))
            if open_by > _CLOSED:
                share = float(_lids_apart(doing, lids)) / open_by
                if share < 1.0:
                    # Only closing is helped on: eyes opened further than wanted look startled.
                    share = max(0.0, 1.0 + self.gains.lids * (share - 1.0))
                over = _OVER * max(0.0, 1.0 - share / _NEARLY)
                for upper, lower in lids:
                    gap = self.anchor[lower] - self.anchor[upper]
                    _set_gap(found, upper, lower, gap * min(share, self.widest))
                    found[upper] += over * gap
        for eye in EYES:
            rest, now = (places_in_eye(each[eye.iris, :2], each[:, :2], eye) for each in (self.doing_anchor, doing))
            middle = points_in_eye(rest + self.gains.gaze * (now - rest), found[:, :2], eye)
            ring = self.anchor[eye.iris_points, :2] - self.anchor[eye.iris, :2]
            found[eye.iris_points, :2] = middle + ring
        return found

    def points(self, doing: PosedShapes, index: int) -> NDArray[np.float32]:
        """Return where the points lie when the person does what a face of the other one does, on that face's head.

        Returns:
            (478, 3) in pixels of that face's stored picture.
        """
        return posed(self.shape(doing.shapes[index]), doing.heads[index])

    @cached_property
    def _strength(self) -> NDArray[np.float64]:
        """(478, 1): how many times as far each point is moved."""
        brows = (self.gains.brows - 1.0) * _nearness(self.anchor, RIGHT_BROW + LEFT_BROW)
        mouth = (self.gains.mouth - 1.0) * _nearness(self.anchor, LIPS + INNER_LIPS)
        strength: NDArray[np.float64] = (1.0 + brows + mouth)[:, None]
        return strength


def posed(shape: Shape, head: Head) -> NDArray[np.float32]:
    """Return the points of a shape on a head, (478, 3) in the pixels that the head is given in."""
    return np.asarray(head.middle + head.size * shape @ head.rotation.T, np.float32)


def _usual_opening(gaps: NDArray[np.float64]) -> float:
    """Return how far lids are usually apart while the eye is open, given how far they are in each of N faces."""
    widest = np.quantile(gaps, _WIDE_OPEN)
    return float(np.median(gaps[gaps >= _OPEN * widest]))


def _lids_apart(shapes: NDArray[np.float64], lids: tuple[tuple[int, int], ...]) -> NDArray[np.float64]:
    """Return how far the lids of an eye are apart in its middle, of shapes (..., 478, 3)."""
    gaps = [np.linalg.norm(shapes[..., lower, :] - shapes[..., upper, :], axis=-1) for upper, lower in lids[_MIDDLE]]
    return np.asarray(np.mean(gaps, axis=0), np.float64)


def _set_gap(shape: Shape, upper: int, lower: int, gap: NDArray[np.float64]) -> None:
    middle = (shape[upper] + shape[lower]) / 2
    shape[upper], shape[lower] = middle - gap / 2, middle + gap / 2


def _nearness(shape: Shape, ring: tuple[int, ...]) -> NDArray[np.float64]:
    """Return how near each point lies to those of a ring: (478,), 1 on it, softly falling to 0."""
    apart = np.linalg.norm(shape[:, None, :2] - shape[None, list(ring), :2], axis=2).min(axis=1)
    return np.asarray(np.exp(-np.square(apart / _REACH)), np.float64)
