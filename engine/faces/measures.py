"""A face's aligned picture and all its measures, computed together because they share intermediate results."""

from __future__ import annotations

from dataclasses import dataclass

from engine.arrays import MODEL_SHARE, STORED_SIZE, RGBImage
from engine.faces.align import head_to_stored, model_square, warp
from engine.faces.face import Face
from engine.faces.face_quality import (
    FACE_WIDTH,
    FaceQuality,
    brightness,
    is_plausible_head,
    pose_of,
    sharpness,
    width_px,
)
from engine.faces.head import fit_head

FINEST_SIDE = 2 * STORED_SIZE
DETAILED_SIDES = (STORED_SIZE, 3 * STORED_SIZE // 2, FINEST_SIDE)
"""Sides, in pixels, at which pictures are stored: a larger one where the face is large in its frame, and its detail is
wanted. Whatever lies in a stored picture is told in pixels of the smallest."""
_WORTH = 1.2
"""How many times as large as a picture its square has to be in the frame for the next size to show more."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Measured(FaceQuality):
    """A face's picture and measures, as computed from its frame."""

    picture: RGBImage
    """The stored picture: (`STORED_SIZE`, `STORED_SIZE`, 3)."""


def detailed_side(width_px: float) -> int:
    """Return the side of the stored picture, one of `DETAILED_SIDES`, that shows all detail of a face so wide."""
    in_frame = width_px / (FACE_WIDTH * MODEL_SHARE)
    return next((side for side in DETAILED_SIDES if in_frame < _WORTH * side), FINEST_SIDE)


def measure(face: Face, image: RGBImage) -> Measured:
    """Return a face's picture and measures.

    Args:
        face: Where the face is.
        image: (H, W, 3) uint8 RGB, the frame that shows it.
    """
    head = fit_head(face.landmarks)
    picture = warp(image, head_to_stored(head), STORED_SIZE)
    square = model_square(picture)
    pose = pose_of(head)
    return Measured(
        picture=picture,
        sharpness=sharpness(square),
        brightness=brightness(square),
        yaw=pose.yaw,
        pitch=pose.pitch,
        roll=pose.roll,
        width_px=width_px(head),
        is_plausible=is_plausible_head(head, face.landmarks, image.shape),
    )
