"""What the source's decoder is shown beside a face of the target: photographs of the source, bent to do the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import STORED_MARGIN, STORED_SIZE, RGBImage
from engine.errors import concerning
from engine.faces.align import model_square
from engine.faces.bend import bend, bend_field
from engine.faces.mouth import with_inside
from engine.role import Role
from engine.stages.person_faces import stored_picture

_LEAST_INSIDE = 0.02
"""Of a mouth's inside less than this is not worth bending it."""
_KEPT = 48
"""Photographs that a worker keeps decoded, of 300 kB each: neighbouring frames mostly share theirs."""


@dataclass(frozen=True, eq=False)
class Reference:
    """A photograph of the source, to be bent."""

    picture: Path
    points: NDArray[np.float32]
    """(478, 3) in pixels of the stored picture."""
    share: float
    """Of all references of the face; they sum to 1."""


@dataclass(frozen=True, eq=False)
class Guide:
    """The photographs for one face, and what they are bent to."""

    wanted: NDArray[np.float32]
    """(478, 3) where the source's points should lie, in pixels of the face's stored square."""
    references: tuple[Reference, ...]
    target_points: NDArray[np.float32]
    """(478, 3) where the target's own points lie."""
    mouth_inside: float
    """How far the inside of the target's mouth is taken over, 0..1: no photograph shows one so open."""
    has_fringe: bool
    """Whether the photographs show hair on the forehead, which is not laid onto another's."""


def bent_square(guide: Guide, triangles: NDArray[np.intp], target: RGBImage) -> RGBImage:
    """Return the photographs of a guide, bent and laid over one another, in the model's square, (B, B, 3) uint8.

    Args:
        guide: Which ones, and to what.
        triangles: (T, 3) between their points.
        target: (B, B, 3) uint8, what the frame shows in that square.

    Raises:
        MediaError: A photograph cannot be read.
    """
    bent = [
        bend(_photograph(each.picture), bend_field(guide.wanted, each.points, triangles)) for each in guide.references
    ]
    mixed = _mixed(bent, [each.share for each in guide.references])
    if guide.mouth_inside > _LEAST_INSIDE:
        margin = round(STORED_SIZE * STORED_MARGIN)
        stored = cv2.copyMakeBorder(target, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
        face = np.asarray(stored, np.uint8)
        mixed = with_inside(mixed, guide.wanted, face, guide.target_points, triangles, guide.mouth_inside)
    return np.ascontiguousarray(model_square(mixed))


def _mixed(pictures: Sequence[RGBImage], shares: Sequence[float]) -> RGBImage:
    if len(pictures) == 1:
        return pictures[0]
    mixed = np.zeros(pictures[0].shape, np.float32)
    for picture, share in zip(pictures, shares, strict=True):
        mixed += np.float32(share) * picture
    return np.rint(mixed).astype(np.uint8)


@lru_cache(maxsize=_KEPT)
def _photograph(path: Path) -> RGBImage:
    with concerning(Role.SOURCE):
        return stored_picture(path)
