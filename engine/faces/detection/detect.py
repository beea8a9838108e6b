"""Find upright faces in a whole picture: dlib's HOG detector (Dalal & Triggs 2005, King 2015) on a scaled copy.

The detector sees faces of 80 pixels and more, turned by up to 45 degrees. A search of a full frame takes tens of
milliseconds, so it is done seldom, and the mesh follows in between.
"""

from __future__ import annotations

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage
from engine.faces.detection.find import THOROUGH_PIXELS, Find
from engine.faces.face import Box

PHOTO_PIXELS = 2560 * 1440
"""Size of the copy of a photo in which nothing else was found: half a second, and faces half as wide."""

_SMALLEST = 80
"""Side in pixels of the smallest face that the detector sees."""
_MIN_SCORE = 0.0
"""Least score of a face; below it, patterns on cloth and walls outnumber faces."""
_LARGEST_SCALE = 2.0
"""More enlargement than this finds nothing new."""


class Detector:
    """The detector, ready to use. One shared by two threads crashes the process: make one for each."""

    def __init__(self) -> None:
        """Load the detector."""
        self._detector = dlib.get_frontal_face_detector()

    def find(self, image: RGBImage, min_face_px: int = 40, pixels: int = THOROUGH_PIXELS) -> list[Find]:
        """Return the faces in a picture, the surest first.

        Args:
            image: (H, W, 3) uint8 RGB.
            min_face_px: Width of the smallest face wanted; small pictures are enlarged for it.
            pixels: How large a copy to search at most. Faces that are less than 80 pixels wide in it are not found. A
                quick search takes some 15 ms, a thorough one 60.
        """
        copy = searched_copy(image, min_face_px, pixels)
        found, scores, _ = self._detector.run(copy, 0, _MIN_SCORE)
        boxes = sorted(zip(scores, found, strict=True), key=lambda each: (-each[0], each[1].left(), each[1].top()))
        across, down = image.shape[1] / copy.shape[1], image.shape[0] / copy.shape[0]
        return [
            Find(Box(box.left() * across, box.top() * down, (box.right() + 1) * across, (box.bottom() + 1) * down))
            for _, box in boxes
        ]

    def find_in_photo(self, image: RGBImage, min_face_px: int = 40) -> list[Find]:
        """Return the faces in a photo, the surest first; where none is seen, those in a finer copy.

        A face that is 200 pixels wide in a photo of 4000 by 3000 has 55 left in the usual copy, and 111 in this one.
        """
        return self.find(image, min_face_px) or self.find(image, min_face_px, PHOTO_PIXELS)


def searched_copy(image: RGBImage, min_face_px: int = 40, pixels: int = THOROUGH_PIXELS) -> NDArray[np.uint8]:
    """Return the grey copy of a picture in which faces are searched, (h, w) uint8; see `Detector.find`."""
    height, width = image.shape[:2]
    scale = min(_SMALLEST / min_face_px, float(np.sqrt(pixels / (width * height))), _LARGEST_SCALE)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), size, interpolation=way), np.uint8)
