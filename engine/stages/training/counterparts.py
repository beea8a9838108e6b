"""Pictures of one person doing what the other does, to teach the encoder that who somebody is does not matter.

Trained on each person's own pictures alone, encoder and decoders keep what a face does, and yet lose most of it between
the two people: the latents of both need not mean the same. So half of the time the encoder sees, in a face's place, the
other person's most alike picture, bent to do just what the face does, and the decoder has to predict the real face
(the idea of reversed pairs: ReliableSwap, Yuan et al. 2023, arXiv:2306.05356).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.arrays import RGBImage
from engine.faces.bend import bend, bend_field, triangulation
from engine.faces.retarget import PosedShapes, Shape, anchors, posed, retargeted
from engine.model.batches import TrainingFaces, most_alike

_UPPER_LIP, _LOWER_LIP = 13, 14


@dataclass(frozen=True, eq=False)
class Person:
    """One person's faces, with their shapes."""

    faces: TrainingFaces
    shapes: PosedShapes


class BentCounterparts:
    """Bends pictures of either person to do what the other does."""

    def __init__(self, source: Person, target: Person) -> None:
        """Find the anchors, and for each face the other person's most alike picture."""
        self._source, self._target = source, target
        self._anchors = anchors(source.shapes, target.shapes, source.faces.traits, target.faces.traits)
        self._triangles = triangulation(_most_open(source.shapes))
        self._partners_of_source = most_alike(source.faces, target.faces, 1)[:, 0]
        self._partners_of_target = most_alike(target.faces, source.faces, 1)[:, 0]

    def of_source(self, index: int) -> RGBImage:
        """Return the target doing what a face of the source does, (P, P, 3) uint8 in the source picture's square."""
        source, target = self._anchors
        return self._bent(self._target, self._partners_of_source[index], self._source, index, target, source)

    def of_target(self, index: int) -> RGBImage:
        """Return the source doing what a face of the target does, (P, P, 3) uint8 in the target picture's square."""
        source, target = self._anchors
        return self._bent(self._source, self._partners_of_target[index], self._target, index, source, target)

    def _bent(
        self, shown: Person, partner: int, doing: Person, index: int, anchor: Shape, doing_anchor: Shape
    ) -> RGBImage:
        shape = retargeted(doing.shapes.shapes[index], anchor, doing_anchor)
        wanted = posed(shape, doing.shapes.heads[index])
        return bend(shown.faces.pictures[partner], bend_field(wanted, shown.shapes.points[partner], self._triangles))


def _most_open(shapes: PosedShapes) -> Shape:
    """Return the shape whose mouth is open the widest: so the mouth's inside has triangles of its own."""
    gaps = np.linalg.norm(shapes.shapes[:, _UPPER_LIP] - shapes.shapes[:, _LOWER_LIP], axis=1)
    widest: Shape = shapes.shapes[int(gaps.argmax())]
    return widest
