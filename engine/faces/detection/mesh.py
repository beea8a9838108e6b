"""The face mesh: 468 points from a square around a face, and how sure the model is that there is one.

The model is MediaPipe's face mesh (Kartynnik et al. 2019, arXiv:1907.06724; Apache-2.0), run by LiteRT.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import Landmarks, Matrix, RGBImage
from engine.faces.detection.find import MESH_ROOM
from engine.faces.face import Square
from engine.faces.landmarks import LEFT_EYE_CORNERS, POINTS, RIGHT_EYE_CORNERS
from engine.faces.net import Net, presence_of
from engine.faces.scale import shrunk_part
from engine.faces.shipped import FACE_DETECTION, shipped_model

INPUT_SIZE = 192
"""Side in pixels of the square that the model looks at."""

_FILE = "face_landmark.tflite"
_EYE_CORNERS = np.array([*RIGHT_EYE_CORNERS, *LEFT_EYE_CORNERS])


class Mesh:
    """The model, ready to use by one thread."""

    def __init__(self) -> None:
        """Load the model.

        Raises:
            MediaError: Its file is not installed.
        """
        self._net = Net(shipped_model(FACE_DETECTION, _FILE))

    def fit(self, image: RGBImage, square: Square) -> tuple[Landmarks, float]:
        """Fit the mesh to what lies in a square.

        Args:
            image: (H, W, 3) uint8 RGB.
            square: Where the face is; it may reach over the picture's edges.

        Returns:
            (468, 3) float32 landmarks in pixels of `image`, and the presence of a face, 0..1. Where there is no face
            the landmarks mean nothing.
        """
        crop, crop_to_frame = cut_square(image, square, INPUT_SIZE)
        found, presence = self._net.run(crop[None])
        points, logit = found.reshape(POINTS, 3), float(presence.item())
        landmarks = np.empty((POINTS, 3), np.float32)
        landmarks[:, :2] = points[:, :2] @ crop_to_frame[:, :2].T + crop_to_frame[:, 2]
        landmarks[:, 2] = points[:, 2] * (square.size / INPUT_SIZE)
        return landmarks, presence_of(logit)


def square_around(landmarks: Landmarks) -> Square:
    """Return where to look for the face of these landmarks in the next frame: eyes level, face centred."""
    right_outer, right_inner, left_outer, left_inner = landmarks[_EYE_CORNERS, :2].tolist()
    across = left_outer[0] + left_inner[0] - right_outer[0] - right_inner[0]
    down = left_outer[1] + left_inner[1] - right_outer[1] - right_inner[1]
    angle = math.atan2(down, across)
    cosine, sine = math.cos(angle), math.sin(angle)
    level = np.array([[cosine, -sine], [sine, cosine]], np.float32)
    points = landmarks[:, :2] @ level
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = (level @ ((low + high) / 2)).tolist()
    return Square(x, y, float((high - low).max()) * MESH_ROOM, angle)


def cut_square(image: RGBImage, square: Square, size: int) -> tuple[NDArray[np.float32], Matrix]:
    """Return what lies in a square, as networks want it, and the transform back.

    Args:
        image: (H, W, 3) uint8 RGB.
        square: The square; black where it reaches over the picture's edges.
        size: Side of the crop in pixels.

    Returns:
        (size, size, 3) float32 in 0..1, and the (2, 3) from pixels of the crop to pixels of `image`.
    """
    scale = square.size / size
    cosine, sine = math.cos(square.angle) * scale, math.sin(square.angle) * scale
    turn = np.array([[cosine, -sine], [sine, cosine]])
    half = (size - 1) / 2
    crop_to_frame = np.column_stack([turn, np.array([square.x, square.y]) - turn @ (half, half)])
    # Sampled sparsely, points would tremble with the noise of the pixels that happen to be hit.
    part, crop_to_part = shrunk_part(image, crop_to_frame, size)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(part, crop_to_part, (size, size), flags=flags, borderMode=cv2.BORDER_CONSTANT)
    return np.multiply(crop, np.float32(1 / 255), dtype=np.float32), crop_to_frame
