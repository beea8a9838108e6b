"""What a face does, as amounts that can be compared with another person's."""

from __future__ import annotations

from engine.faces.face_quality import Pose
from engine.faces.reenactment.expression import COEFFICIENTS, Coefficients
from engine.records.coverage import Motion


def motions_of(face: Pose, coefficients: Coefficients) -> dict[Motion, float]:
    """Return how much of each motion a face shows: degrees of the head, otherwise 0..1 as expressions are read.

    Args:
        face: Which way it is turned.
        coefficients: (52,).
    """
    read = dict(zip(COEFFICIENTS, coefficients.tolist(), strict=True))

    def both(left: str, right: str) -> float:
        return float(read[left] + read[right]) / 2

    # The person's left is the right of the picture.
    gaze_right = both("eyeLookOutLeft", "eyeLookInRight") - both("eyeLookInLeft", "eyeLookOutRight")
    gaze_up = both("eyeLookUpLeft", "eyeLookUpRight") - both("eyeLookDownLeft", "eyeLookDownRight")
    return {
        Motion.HEAD_LEFT: -face.yaw,
        Motion.HEAD_RIGHT: face.yaw,
        Motion.HEAD_UP: -face.pitch,
        Motion.HEAD_DOWN: face.pitch,
        Motion.GAZE_LEFT: -gaze_right,
        Motion.GAZE_RIGHT: gaze_right,
        Motion.GAZE_UP: gaze_up,
        Motion.GAZE_DOWN: -gaze_up,
        Motion.LIDS_CLOSED: both("eyeBlinkLeft", "eyeBlinkRight"),
        Motion.BROWS_RAISED: float(read["browInnerUp"]),
        Motion.BROWS_KNIT: both("browDownLeft", "browDownRight"),
        Motion.JAW_OPEN: float(read["jawOpen"]),
        Motion.SMILE: both("mouthSmileLeft", "mouthSmileRight"),
        Motion.PUCKER: float(read["mouthPucker"]),
    }
