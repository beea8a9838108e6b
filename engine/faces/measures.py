"""A face's aligned picture and all its measures, computed together because they share intermediate results."""

from __future__ import annotations

from dataclasses import dataclass

from engine.arrays import STORED_SIZE, RGBImage
from engine.faces.align import head_to_stored, model_square, warp
from engine.faces.face import Face
from engine.faces.face_quality import FaceQuality, brightness, is_plausible_head, pose_of, sharpness, width_px
from engine.faces.head import fit_head


@dataclass(frozen=True, eq=False, kw_only=True)
class Measured(FaceQuality):
    """A face's picture and measures, as computed from its frame."""

    picture: RGBImage
    """The stored picture: (`STORED_SIZE`, `STORED_SIZE`, 3)."""


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
