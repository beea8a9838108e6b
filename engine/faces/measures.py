"""A face's aligned picture and all its measures, computed together because they share intermediate results."""

from __future__ import annotations

from dataclasses import dataclass

from engine.arrays import STORED_MARGIN, STORED_SIZE, RGBImage
from engine.faces.align import head_to_stored, warp
from engine.faces.face import Face
from engine.faces.face_quality import brightness, is_plausible_head, pose_of, sharpness, width_px
from engine.faces.head import fit_head


@dataclass(frozen=True, eq=False)
class Measured:
    """A face's picture and measures, as computed from its frame."""

    picture: RGBImage
    """The stored picture: (`STORED_SIZE`, `STORED_SIZE`, 3)."""
    sharpness: float
    """Variance of the Laplacian of the model's square at 128 px."""
    brightness: float
    """Mean of the model's square, 0..255."""
    yaw: float
    """Degrees; above 0 the head turns to the right of the picture."""
    pitch: float
    """Degrees; above 0 the head looks down."""
    roll: float
    """Degrees; above 0 the head leans clockwise as seen."""
    width_px: float
    """Distance from cheek to cheek in the frame, as it would be seen from the front."""
    is_plausible: bool
    """The points lie as those of a face do."""


def measure(face: Face, image: RGBImage) -> Measured:
    """Return a face's picture and measures.

    Args:
        face: Where the face is.
        image: (H, W, 3) uint8 RGB, the frame that shows it.
    """
    head = fit_head(face.landmarks)
    picture = warp(image, head_to_stored(head), STORED_SIZE)
    margin = round(STORED_SIZE * STORED_MARGIN)
    square = picture[margin:-margin, margin:-margin]
    turn = pose_of(head)
    return Measured(
        picture=picture,
        sharpness=sharpness(square),
        brightness=brightness(square),
        yaw=turn.yaw,
        pitch=turn.pitch,
        roll=turn.roll,
        width_px=width_px(head),
        is_plausible=is_plausible_head(head, face.landmarks, image.shape),
    )
