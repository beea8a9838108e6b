"""Who a face is: dlib's descriptor (King 2017).

Its network is run by LiteRT, twelve times as fast as by dlib; `tests/recipes/face_recognition.py` has made it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import Descriptor, Landmarks, RGBImage
from engine.faces.landmarks import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS, UNDER_NOSE
from engine.faces.net import WEIGHTS, Net

SAME_PERSON = 0.6
"""Two descriptors nearer than this are of the same person, in 99.4 of 100 pairs (King 2017, on LFW)."""

RECOGNITION_WEIGHTS = WEIGHTS / "face_recognition.tflite"
CHIP = 150
"""Side in pixels of the picture that the network sees."""
# The mean of the five points in dlib's aligned picture: outer and inner corner of the eye at the left of the picture,
# the same at the right, and the point under the nose; in that picture's side, with a quarter of the face around it.
_CHIP_POINTS = np.array(
    [
        (0.8595674595992, 0.2134981538014),
        (0.6460604764104, 0.2289674387677),
        (0.1205750620789, 0.2137274526848),
        (0.3340850613712, 0.2290642403242),
        (0.4901123135679, 0.6277975316475),
    ]
)
_CHIP_PADDING = 0.25


class Describer:
    """The network, ready to use by one thread."""

    def __init__(self) -> None:
        self._net = Net(RECOGNITION_WEIGHTS)

    def describe(self, image: RGBImage, landmarks: Landmarks) -> Descriptor:
        """Return who a face is; takes about 6 ms.

        Args:
            image: (H, W, 3) uint8 RGB.
            landmarks: (468, 3) in pixels of `image`.
        """
        (said,) = self._net.run(chip_of(image, landmarks)[None].astype(np.float32))
        return np.asarray(said[0], np.float32)


def chip_of(image: RGBImage, landmarks: Landmarks) -> RGBImage:
    """Return the picture that the network sees, (CHIP, CHIP, 3) uint8; arguments as `Describer.describe`."""
    matrix = _chip_matrix(landmarks)
    chip = cv2.warpAffine(image, matrix, (CHIP, CHIP), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(chip, np.uint8)


def distance(one: Descriptor, other: Descriptor) -> float:
    """Return how unlike two faces are; `SAME_PERSON` is the border."""
    return float(np.linalg.norm(one - other))


def _chip_matrix(landmarks: Landmarks) -> NDArray[np.float64]:
    """Return the similarity from picture pixels to dlib's aligned picture (Umeyama 1991)."""
    xy = landmarks[:, :2].astype(np.float64)
    points = xy[[LEFT_EYE_CORNERS[0], LEFT_EYE_CORNERS[1], RIGHT_EYE_CORNERS[0], RIGHT_EYE_CORNERS[1], UNDER_NOSE]]
    template = (_CHIP_POINTS + _CHIP_PADDING) / (1 + 2 * _CHIP_PADDING) * CHIP
    points_mean, template_mean = points.mean(axis=0), template.mean(axis=0)
    p, t = points - points_mean, template - template_mean
    squares = max(float((p**2).sum()), 1e-9)
    cosine = (p * t).sum() / squares
    sine = (p[:, 0] * t[:, 1] - p[:, 1] * t[:, 0]).sum() / squares
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([turn, template_mean - turn @ points_mean])
