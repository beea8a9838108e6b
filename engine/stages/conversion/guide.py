"""What the source's decoder is shown beside a face of the target: photographs of the source, bent to do the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import MODEL_SHARE, STORED_MARGIN, Mask, RGBImage
from engine.errors import concerning
from engine.faces.align import model_square
from engine.faces.models import occlusion_reader
from engine.faces.reenactment.bend import bend, bend_field
from engine.faces.reenactment.folds import folds_between
from engine.faces.reenactment.mouth import with_inside, with_mouth
from engine.role import Role
from engine.stages.stored_pictures import detailed_picture

_LEAST_SHARE = 0.02
"""Of a mouth, or of its inside, less than this is not worth bending it."""
_FOLDS_SIDE = 112
"""Side in pixels of a stored picture in which folds are looked for."""
_KEPT = 48
"""Photographs that a worker keeps decoded, of 300 kB to 1.2 MB each: neighbouring frames mostly share theirs."""


@dataclass(frozen=True, eq=False)
class Reference:
    """A picture to be bent."""

    picture: Path
    points: NDArray[np.float32]
    """(478, 3) in pixels of the stored picture."""
    share: float
    """Of all references of the face; they sum to 1."""


@dataclass(frozen=True, eq=False)
class _Photograph:
    """A stored picture."""

    picture: RGBImage
    seen: NDArray[np.uint8]
    """(P, P) of the same square: 255 where it shows the face."""


@dataclass(frozen=True, eq=False)
class Guide:
    """The photographs for one face, and what they are bent to."""

    wanted: NDArray[np.float32]
    """(478, 3) where the source's points should lie, in pixels of the face's stored square."""
    references: tuple[Reference, ...]
    mouths: tuple[Reference, ...]
    """Photographs whose mouth does what is wanted."""
    mouth_share: float
    """How far it is laid over that of the references, 0..1: there it would have to be squeezed."""
    target_points: NDArray[np.float32]
    """(478, 3) where the target's own points lie."""
    mouth_inside: float
    """How far the inside of the target's mouth is taken over, 0..1: no photograph shows one so open."""
    rests: tuple[Reference, ...]
    """Pictures of the target at rest, in about the same pose."""
    folds: float
    """How far the target's folds are taken over, 0..1: the photographs of the source lack them."""
    side: int
    """Of the photographs as they are bent, in pixels: no finer than most of the source's, and than the video."""
    has_fringe: bool
    """Whether the photographs show hair on the forehead, which is not laid onto another's."""


@dataclass(frozen=True, eq=False)
class BentReference:
    """The photographs of a guide, bent and laid over one another, in the model's square."""

    picture: RGBImage
    """(B, B, 3) uint8."""
    seen: Mask
    """(T, T) float32 in 0..1: how far it shows the source's face, and not hair or whatever was before that."""
    folds: NDArray[np.float32] | None
    """(T, T) float32 of the target's that it lacks, as `folds_between`; None where it lacks none."""


def bent_reference(guide: Guide, triangles: NDArray[np.intp], target: RGBImage) -> BentReference:
    """Return what the photographs of a guide become.

    Args:
        guide: Which ones, and to what.
        triangles: (T, 3) between their points.
        target: (B, B, 3) uint8, what the frame shows in that square.

    Raises:
        MediaError: A photograph cannot be read.
    """
    fields = [bend_field(guide.wanted, each.points, triangles) for each in guide.references]
    shares = [each.share for each in guide.references]
    photographs = [_photograph(Role.SOURCE, each.picture, guide.side) for each in guide.references]
    mixed = _mixed([bend(each.picture, field) for each, field in zip(photographs, fields, strict=True)], shares)
    if guide.mouth_share > _LEAST_SHARE:
        mouths = [_photograph(Role.SOURCE, each.picture, guide.side).picture for each in guide.mouths]
        bent = [
            bend(picture, bend_field(guide.wanted, each.points, triangles))
            for picture, each in zip(mouths, guide.mouths, strict=True)
        ]
        mouth = _mixed(bent, [each.share for each in guide.mouths])
        mixed = with_mouth(mixed, mouth, guide.wanted, guide.mouth_share)
    if guide.mouth_inside > _LEAST_SHARE:
        face = _with_margin(target)
        mixed = with_inside(mixed, guide.wanted, face, guide.target_points, triangles, guide.mouth_inside)
    seen = [bend(each.seen, field) for each, field in zip(photographs, fields, strict=True)]
    shown = np.asarray(model_square(_mixed(seen, shares)) / 255, np.float32)
    folds = _folds(guide, triangles, target) if guide.folds > _LEAST_SHARE else None
    return BentReference(np.ascontiguousarray(model_square(mixed)), shown, folds)


def _folds(guide: Guide, triangles: NDArray[np.intp], target: RGBImage) -> NDArray[np.float32]:
    """Return the folds that the target's face in a square, (B, B, 3) uint8, has and the photographs lack, (T, T)."""
    size = (_FOLDS_SIDE, _FOLDS_SIDE)
    face = np.asarray(cv2.resize(_with_margin(target), size, interpolation=cv2.INTER_AREA), np.uint8)
    fields = [bend_field(guide.target_points, each.points, triangles, _FOLDS_SIDE) for each in guide.rests]
    pictures = [_photograph(Role.TARGET, each.picture, _FOLDS_SIDE) for each in guide.rests]
    shares = [each.share for each in guide.rests]
    rest = _mixed([bend(each.picture, field) for each, field in zip(pictures, fields, strict=True)], shares)
    seen = _mixed([bend(each.seen, field) for each, field in zip(pictures, fields, strict=True)], shares)
    is_seen = cv2.resize(seen, size, interpolation=cv2.INTER_LINEAR) / np.float32(255)
    folds = guide.folds * is_seen * folds_between(rest, face, guide.target_points)
    to_source = bend_field(guide.wanted, guide.target_points, triangles, _FOLDS_SIDE)
    return np.ascontiguousarray(model_square(bend(folds.astype(np.float32), to_source)))


def _with_margin(square: RGBImage) -> RGBImage:
    """Return the stored picture around a square, (B, B, 3) uint8, its edges drawn out."""
    margin = round(len(square) / MODEL_SHARE * STORED_MARGIN)
    return np.asarray(cv2.copyMakeBorder(square, margin, margin, margin, margin, cv2.BORDER_REPLICATE), np.uint8)


def _mixed(pictures: Sequence[NDArray[np.uint8]], shares: Sequence[float]) -> NDArray[np.uint8]:
    if len(pictures) == 1:
        return pictures[0]
    mixed = np.zeros(pictures[0].shape, np.float32)
    for picture, share in zip(pictures, shares, strict=True):
        mixed += np.float32(share) * picture
    return np.rint(mixed).astype(np.uint8)


@lru_cache(maxsize=_KEPT)
def _photograph(role: Role, path: Path, side: int) -> _Photograph:
    with concerning(role):
        picture = detailed_picture(path)
    if len(picture) != side:
        is_smaller = len(picture) < side
        how = cv2.INTER_CUBIC if is_smaller else cv2.INTER_AREA
        picture = np.asarray(cv2.resize(picture, (side, side), interpolation=how), np.uint8)
    seen = occlusion_reader().seen_in_stored(picture)
    margin = round(len(seen) / MODEL_SHARE * STORED_MARGIN)
    around = cv2.copyMakeBorder(seen, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    return _Photograph(picture, np.asarray(around, np.uint8))
