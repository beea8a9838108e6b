"""How suitable a face is for training: its sharpness, brightness and pose, and whether it is plausible as a face."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.arrays import Landmarks, RGBImage
from engine.faces.head import Head, fit_head

FACE_WIDTH = 0.66
"""Distance from cheek to cheek, as a share of the model's square (the template's cheeks lie at 0.17 and 0.83)."""

_SHARPNESS_SIZE = 128
_MAX_RESIDUAL = 0.035
"""Largest residual of the stable points; over several thousand frames of real faces it stayed below 0.023."""
_MIN_INSIDE = 0.6
"""Share of the points that must lie inside the picture."""
_MAX_TURN = 75.0
"""Degrees of yaw or pitch beyond which the mesh is unreliable."""


@dataclass(frozen=True, eq=False)
class Pose:
    """Which way a head is turned, in degrees; all 0 looks straight into the camera."""

    yaw: float
    """Above 0 the head turns to the right of the picture."""
    pitch: float
    """Above 0 the head looks down."""
    roll: float
    """Above 0 the head leans clockwise as seen."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FaceQuality(Pose):
    """What decides whether a face is suitable for training."""

    sharpness: float
    """Variance of the Laplacian of the model's square at 128 px."""
    brightness: float
    """Mean brightness of the model's square, 0..255."""
    width_px: float
    """Distance from cheek to cheek in the frame, as it would be seen from the front."""
    is_plausible: bool
    """The points lie as those of a face do."""


def pose_of(head: Head) -> Pose:
    """Return which way a fitted head is turned."""
    # The template's z axis points away from the camera, out of the back of the head.
    x, y, z = head.rotation[:, 2]
    yaw = np.degrees(np.arctan2(-x, z))
    pitch = np.degrees(np.arctan2(-y, np.hypot(x, z)))
    return Pose(float(yaw), float(pitch), float(np.degrees(head.roll)))


def width_px(head: Head) -> float:
    """Return the width of a face in frame pixels, cheek to cheek, as it would be seen from the front."""
    return head.size * FACE_WIDTH


def is_plausible(landmarks: Landmarks, frame_shape: tuple[int, ...]) -> bool:
    """Return whether the points lie as those of a face do.

    Args:
        landmarks: (468, 3) in frame pixels.
        frame_shape: (height, width, ...) of the frame.
    """
    if not np.isfinite(landmarks).all():
        return False
    return is_plausible_head(fit_head(landmarks), landmarks, frame_shape)


def is_plausible_head(head: Head, landmarks: Landmarks, frame_shape: tuple[int, ...]) -> bool:
    """Return what `is_plausible` does, for a head that is fitted already."""
    turn = pose_of(head)
    height, width = frame_shape[:2]
    x, y = landmarks[:, 0], landmarks[:, 1]
    inside = float(((x >= 0) & (x < width) & (y >= 0) & (y < height)).mean())
    return (
        head.residual <= _MAX_RESIDUAL
        and inside >= _MIN_INSIDE
        and abs(turn.yaw) <= _MAX_TURN
        and abs(turn.pitch) <= _MAX_TURN
    )


def sharpness(image: RGBImage) -> float:
    """Return the variance of the Laplacian of an aligned face, scaled to 128 pixels.

    A smooth blur has a few units, a face filmed sharply some hundreds. A face that is small in its frame loses its
    detail in the enlargement and counts as blurred as it looks.

    Args:
        image: (S, S, 3) uint8 RGB.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_SHARPNESS_SIZE, _SHARPNESS_SIZE), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(small, cv2.CV_32F).var())


def brightness(image: RGBImage) -> float:
    """Return the mean brightness of a picture, 0..255.

    Args:
        image: (H, W, 3) uint8 RGB.
    """
    red, green, blue, _ = cv2.mean(image)
    return 0.299 * red + 0.587 * green + 0.114 * blue
