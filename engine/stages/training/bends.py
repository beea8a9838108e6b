"""Pictures bent to do what a face does, for the encoder and for the source's decoder.

Trained on each person's own pictures alone, encoder and decoders keep what a face does, and yet lose most of it between
the two people: the latents of both need not mean the same. So half of the time the encoder sees, in a face's place, the
other person's most alike picture, bent to do just what the face does, and the decoder has to predict the real face
(the idea of reversed pairs: ReliableSwap, Yuan et al. 2023, arXiv:2306.05356).

The source's decoder always sees a reference: in training another picture of the source, bent to what the face to be
predicted does, as at conversion it is bent to what the target does. Where the target does what the source never does,
there is no real face to predict: so now and then a bent picture is to be predicted from another one, and the decoder
learns to keep what it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage
from engine.faces.landmarks import POINTS
from engine.faces.models import expression_reader
from engine.faces.reenactment.bend import bend, bend_field
from engine.faces.reenactment.fit_gains import retargeting_between
from engine.faces.reenactment.performer import Performer, triangles_of
from engine.faces.reenactment.retarget import PosedShapes
from engine.faces.reenactment.traits import POSE, most_alike
from engine.model.batches import Acted, TrainingFaces
from engine.stages.training.maps import maps_of

_APART = 12
"""Frames between a face and its reference, at least: nearer ones are nearly the same picture, and teach nothing."""
_REFERENCES = 4
"""Pictures most alike, among which the reference of a face is drawn."""
_SAME_POSE = 24
"""Pictures of most alike pose, whatever they do."""
_UNLIKE = 0.3
"""Share of the references of the same pose that do something else: the target may do what no picture of the source
shows, and what bending cannot make of one, such as the inside of a mouth, the decoder has to learn to paint."""
_ANY = 0.2
"""Share of the references that are any picture: the decoder has to learn not to trust what is bent too far."""
_COARSER = 2
"""Pictures are kept at twice the size that the network sees: how they are bent need be known no finer than that."""


@dataclass(frozen=True, eq=False)
class Person:
    """One person's faces, with their shapes."""

    faces: TrainingFaces
    shapes: PosedShapes
    coefficients: NDArray[np.float32]
    """(N, 52)."""
    moments: NDArray[np.int64]
    """(N,) when each was seen, as `PersonFaces.moments`."""
    may_be_shown: NDArray[np.bool_]
    """(N,) whether it is whole, sharp and well lit."""

    def performer(self) -> Performer:
        """Return the person as `retargeting_between` wants it."""
        traits, picture = self.faces.traits, self.faces.pictures.__getitem__
        return Performer(self.shapes, traits, self.coefficients, picture, self.may_be_shown)


class BentPictures:
    """Bends pictures of either person."""

    def __init__(self, source: Person, target: Person) -> None:
        """Learn how both do what the other does, and find for each face the most alike pictures."""
        self._source, self._target = source, target
        as_source, as_target = source.performer(), target.performer()
        self._triangles = triangles_of(as_source)
        reader = expression_reader()
        self._to_source = retargeting_between(as_source, as_target, self._triangles, reader)
        self._to_target = retargeting_between(as_target, as_source, self._triangles, reader)
        self._like_source = _alike(source, target, 1)
        self._like_target = _alike(target, source, _REFERENCES)
        self._references = _others_alike(source, source, source.faces.traits, _REFERENCES)
        self._same_pose = _others_alike(source, source, source.faces.traits[:, :POSE], _SAME_POSE)

    def target_doing(self, source_face: int) -> RGBImage:
        """Return the target doing what a face of the source does, (P, P, 3) uint8 in the source picture's square."""
        wanted = self._to_target.points(self._source.shapes, source_face)
        return self._bent(self._target, self._like_source[source_face, 0], wanted)

    def source_doing(self, target_face: int) -> RGBImage:
        """Return the source doing what a face of the target does, (P, P, 3) uint8 in the target picture's square."""
        wanted = self._to_source.points(self._target.shapes, target_face)
        return self._bent(self._source, self._like_target[target_face, 0], wanted)

    def reference(self, source_face: int, random: np.random.Generator) -> RGBImage:
        """Return another picture of the source, bent to do what a face of the source does, (P, P, 3) uint8."""
        partner = self._partner(source_face, random)
        return self._bent(self._source, partner, self._source.shapes.points[source_face])

    def _partner(self, face: int, random: np.random.Generator) -> np.intp:
        """Draw the picture that becomes the reference of a face of the source."""
        moments, kind = self._source.moments, random.random()
        if kind < _ANY:
            other = random.integers(len(moments))
            if self._source.may_be_shown[other] and abs(moments[other] - moments[face]) >= _APART:
                return np.intp(other)
        elif kind < _ANY + _UNLIKE:
            return np.intp(random.choice(self._same_pose[face]))
        return np.intp(random.choice(self._references[face]))

    def acted(self, target_face: int, random: np.random.Generator) -> Acted:
        """Return two pictures of the source that do what a face of the target does."""
        wanted = self._to_source.points(self._target.shapes, target_face)
        first, second = random.choice(self._like_target[target_face], 2)
        maps = maps_of(wanted[:POINTS], self._target.faces.maps.shape[1])
        return Acted(self._bent(self._source, first, wanted), self._bent(self._source, second, wanted), maps)

    def references_of_source(self, held_out: Person) -> NDArray[np.uint8]:
        """Return pictures of the source bent to do what other faces of the source do, (N, P, P, 3) uint8."""
        partners = _others_alike(held_out, self._source, held_out.faces.traits, 1)[:, 0]
        return self._all_bent(partners, held_out.shapes.points)

    def references_of_target(self, held_out: Person) -> NDArray[np.uint8]:
        """Return pictures of the source bent to do what other faces of the target do, (N, P, P, 3) uint8."""
        wanted = [self._to_source.points(held_out.shapes, index) for index in range(len(held_out.faces))]
        return self._all_bent(_alike(held_out, self._source, 1)[:, 0], np.stack(wanted))

    def _all_bent(self, partners: NDArray[np.intp], wanted: NDArray[np.float32]) -> NDArray[np.uint8]:
        return np.stack(
            [self._bent(self._source, partner, points) for partner, points in zip(partners, wanted, strict=True)]
        )

    def _bent(self, shown: Person, number: np.intp, wanted: NDArray[np.float32]) -> RGBImage:
        picture = shown.faces.pictures[number]
        side = len(picture) // _COARSER
        return bend(picture, bend_field(wanted, shown.shapes.points[number], self._triangles, side))


def _alike(faces: Person, shown: Person, count: int) -> NDArray[np.intp]:
    return most_alike(faces.faces.traits, shown.faces.traits, shown.may_be_shown, count)


def _others_alike(faces: Person, shown: Person, traits: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Return for each face pictures of the same person most alike, of other moments: (N, count), the nearest first.

    Args:
        faces: N faces.
        shown: Whose pictures are chosen.
        traits: (N, K), the first K of all traits: by these alone they are compared.
        count: How many.
    """
    others = shown.faces.traits[:, : traits.shape[1]]
    nearest = np.empty((len(traits), count), np.intp)
    for row, moment in enumerate(faces.moments):
        apart = np.abs(shown.moments - moment)
        is_other = apart >= _APART if (apart >= _APART).any() else apart > 0
        found = most_alike(traits[row : row + 1], others, is_other & shown.may_be_shown, count)[0]
        # Of fewer pictures each stands there several times.
        nearest[row] = np.resize(found, count)
    return nearest
