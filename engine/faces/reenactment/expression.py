"""What a face does, in numbers that mean about the same for everybody: gaze, lids, brows, jaw, mouth.

MediaPipe's Face Landmarker (Face Mesh V2 and Blendshape V2, Apache-2.0; `weights/NOTICE.md`), run by LiteRT: one net
finds 478 points, irises included, a second one reads 52 coefficients from 146 of them. How these were learnt:
Grishchenko et al. 2023, "Blendshapes GHUM" (arXiv:2309.05782).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage
from engine.faces.detection.mesh import cut_square
from engine.faces.face import Square
from engine.faces.net import WEIGHTS, Net, presence_of
from engine.records.report import FacePart

Coefficients = NDArray[np.float32]
"""(52,) float32 in 0..1, in the order of `COEFFICIENTS`: how far each blend shape is in play."""

POINTS = 478
"""The 468 points of the mesh, then five of each iris, its centre first: the person's right eye, then the left."""

_NAMES = """
    _neutral browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff cheekSquintLeft
    cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight eyeLookInLeft eyeLookInRight
    eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight eyeSquintLeft eyeSquintRight eyeWideLeft
    eyeWideRight jawForward jawLeft jawOpen jawRight mouthClose mouthDimpleLeft mouthDimpleRight mouthFrownLeft
    mouthFrownRight mouthFunnel mouthLeft mouthLowerDownLeft mouthLowerDownRight mouthPressLeft mouthPressRight
    mouthPucker mouthRight mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthSmileLeft
    mouthSmileRight mouthStretchLeft mouthStretchRight mouthUpperUpLeft mouthUpperUpRight noseSneerLeft
    noseSneerRight
"""
COEFFICIENTS = tuple(_NAMES.split())
"""Names of the 52 coefficients, as Apple's ARKit has them."""

_INPUT_SIZE = 256
"""Side in pixels of the square that the first net looks at."""
# fmt: off
_READ_POINTS = np.array([
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80,
    81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153,
    154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249,
    251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314,
    317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382,
    384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473,
    474, 475, 476, 477,
])
# fmt: on
"""The 146 points that the second net reads."""


def coefficients_of(part: FacePart) -> tuple[int, ...]:
    """Return the places of a part's coefficients among the 52."""
    return tuple(place for place, name in enumerate(COEFFICIENTS) if name.startswith(_prefixes(part)))


def _prefixes(part: FacePart) -> tuple[str, ...]:
    match part:
        case FacePart.GAZE:
            return ("eyeLook",)
        case FacePart.LIDS:
            return ("eyeBlink", "eyeWide", "eyeSquint")
        case FacePart.BROWS:
            return ("brow",)
        case FacePart.JAW:
            return ("jawOpen",)
        case FacePart.MOUTH:
            return ("mouth",)


@dataclass(frozen=True, eq=False)
class Expression:
    """What was read from one face."""

    points: NDArray[np.float32]
    """(478, 3) float32 in pixels of the picture; z in the same unit."""
    coefficients: Coefficients
    presence: float
    """How sure the net is that there is a face, 0..1; where there is none the rest means nothing."""


class ExpressionReader:
    """Both nets, ready to use by one thread."""

    def __init__(self) -> None:
        self._landmarker = Net(WEIGHTS / "face_landmarks_detector.tflite")
        self._blendshapes = Net(WEIGHTS / "face_blendshapes.tflite")

    def read(self, image: RGBImage, square: Square) -> Expression:
        """Read what the face in a square does.

        Args:
            image: (H, W, 3) uint8 RGB.
            square: Where the face is, as `mesh.square_around` gives it; it may reach over the picture's edges.
        """
        crop, crop_to_frame = cut_square(image, square, _INPUT_SIZE)
        found, logit, *_ = self._landmarker.run(crop[None])
        points = found.reshape(POINTS, 3)
        read = points[_READ_POINTS, :2].astype(np.float32)
        (coefficients,) = self._blendshapes.run(read[None])
        placed = np.empty((POINTS, 3), np.float32)
        placed[:, :2] = points[:, :2] @ crop_to_frame[:, :2].T + crop_to_frame[:, 2]
        placed[:, 2] = points[:, 2] * (square.size / _INPUT_SIZE)
        return Expression(placed, coefficients.ravel().astype(np.float32), presence_of(float(logit.item())))
