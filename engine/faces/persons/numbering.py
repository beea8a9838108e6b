"""Draw who is who: whole pictures in which everybody is framed and numbered, one below the other."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engine.arrays import RGBImage
from engine.faces.face import Box

SHEET_WIDTH = 960
"""Pixels."""

_HIGHEST = 720
_INK, _GROUND = (255, 255, 255), (20, 20, 20)
_COLOURS = ((230, 90, 40), (40, 140, 240), (70, 190, 80), (240, 190, 30), (190, 80, 210), (30, 190, 200))
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def framed(image: RGBImage, faces: Sequence[tuple[int, Box]]) -> RGBImage:
    """Return a whole picture, scaled to the width of a sheet, with a frame and a number at each face.

    Args:
        image: (H, W, 3) uint8 RGB.
        faces: Number and box of each, in pixels of `image`.
    """
    height, width = image.shape[:2]
    scale = min(SHEET_WIDTH / width, _HIGHEST / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    drawn = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    for number, box in faces:
        _frame(drawn, number, box.scaled(scale))
    sheet: RGBImage = np.full((size[1], SHEET_WIDTH, 3), _GROUND, np.uint8)
    left = (SHEET_WIDTH - size[0]) // 2
    sheet[:, left : left + size[0]] = drawn
    return sheet


def stacked(pictures: Sequence[RGBImage]) -> RGBImage:
    """Return pictures of `framed` one below the other; there must be one."""
    return np.concatenate(list(pictures))


def _frame(image: RGBImage, number: int, box: Box) -> None:
    """Draw into (H, W, 3) RGB."""
    colour = _COLOURS[(number - 1) % len(_COLOURS)]
    left, top = max(0, round(box.left)), max(0, round(box.top))
    right, bottom = min(image.shape[1] - 1, round(box.right)), min(image.shape[0] - 1, round(box.bottom))
    cv2.rectangle(image, (left, top), (right, bottom), colour, 4)
    (width, height), _ = cv2.getTextSize(str(number), _FONT, 1.2, 3)
    # The number stands above the face, inside the picture.
    above = max(0, top - height - 16)
    cv2.rectangle(image, (left, above), (left + width + 16, above + height + 16), colour, -1)
    cv2.putText(image, str(number), (left + 8, above + height + 8), _FONT, 1.2, _INK, 3, cv2.LINE_AA)
