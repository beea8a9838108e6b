"""The sheet that every step is drawn on: one size, one ground, panels side by side with a word beneath each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from engine.arrays import RGBImage
from engine.provenance.label import Label

WIDTH, HEIGHT = 960, 600
GROUND, INK, SOFT = (20, 22, 26), (230, 228, 223), (164, 166, 170)
ACCENT = (232, 188, 85)
"""Colour of what a step is about."""

Colour = tuple[int, int, int]

_EDGE = 28
"""Margin at the left and right, in pixels."""
_TOP = 56
"""Margin above all panels, with room for the label."""
_GAP = 28
_CAPTION = 56
"""Room beneath the panels for their captions."""
_FONT = cv2.FONT_HERSHEY_DUPLEX
_CAP_PX = 12
"""Height of a capital letter."""
_OVERSAMPLING = 4


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture with a caption; an empty one takes no room."""

    image: RGBImage
    """(H, W, 3) uint8 RGB, of any size."""
    caption: str = ""
    is_pixels: bool = False
    """Pixels are enlarged as squares, without interpolation."""


def sheet(panels: Sequence[Panel]) -> RGBImage:
    """Return panels side by side, all as high as fits, in the middle of a sheet of (600, 960, 3)."""
    has_words = any(panel.caption for panel in panels)
    room = HEIGHT - _TOP - (_CAPTION if has_words else _TOP)
    free = WIDTH - 2 * _EDGE - _GAP * (len(panels) - 1)
    shapes = [panel.image.shape[1] / panel.image.shape[0] for panel in panels]
    height = min(room, int(free / sum(shapes)))
    pictures = [_scaled(panel, height) for panel in panels]
    canvas = empty_sheet()
    left = (WIDTH - sum(each.shape[1] for each in pictures) - _GAP * (len(panels) - 1)) // 2
    top = _TOP + (room - height) // 2
    for panel, picture in zip(panels, pictures, strict=True):
        across = picture.shape[1]
        canvas[top : top + height, left : left + across] = picture
        write(canvas, panel.caption, (left + across // 2, top + height + 32))
        left += across + _GAP
    return canvas


def rows(lines: Sequence[Sequence[RGBImage]], captions: Sequence[str]) -> RGBImage:
    """Return lines of squares beneath one another, each with its caption beneath.

    Args:
        lines: Lists of equal length of pictures, (S, S, 3) uint8 RGB each.
        captions: One for each line.
    """
    room = (HEIGHT - _TOP - 10) // len(lines)
    side = min(room - 44, (WIDTH - 2 * _EDGE) // len(lines[0]) - 14)
    canvas = empty_sheet()
    start = (WIDTH - len(lines[0]) * (side + 14) + 14) // 2
    for number, (line, caption) in enumerate(zip(lines, captions, strict=True)):
        top = _TOP + number * room
        for place, image in enumerate(line):
            left = start + place * (side + 14)
            canvas[top : top + side, left : left + side] = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        write(canvas, caption, (WIDTH // 2, top + side + 28))
    return canvas


def empty_sheet() -> RGBImage:
    """Return a sheet with nothing on it."""
    return np.full((HEIGHT, WIDTH, 3), GROUND, np.uint8)


def write(canvas: RGBImage, words: str, at: tuple[int, int], colour: Colour = SOFT) -> None:
    """Write into a sheet; `at` is the middle of the line's foot. Words that lead over the edge are cut off."""
    if not words:
        return
    large = _CAP_PX * _OVERSAMPLING
    scale = cv2.getFontScaleFromHeight(_FONT, large, 4)
    (across, up), down = cv2.getTextSize(words, _FONT, scale, 4)
    size = (across + 2 * large, up + down + large)
    ink = np.zeros((size[1], size[0]), np.uint8)
    cv2.putText(ink, words, (large, large // 2 + up), _FONT, scale, 255, 4, cv2.LINE_AA)
    cover = cv2.resize(ink, (size[0] // _OVERSAMPLING, size[1] // _OVERSAMPLING), interpolation=cv2.INTER_AREA)
    left, top = at[0] - cover.shape[1] // 2, at[1] - (large // 2 + up) // _OVERSAMPLING
    skip = max(0, -left)
    patch = canvas[top : top + cover.shape[0], left + skip : left + cover.shape[1]]
    weight = cover[: patch.shape[0], skip : skip + patch.shape[1], None].astype(np.float32) / 255
    patch[:] = np.rint(patch * (1 - weight) + np.array(colour, np.float32) * weight).astype(np.uint8)


def shrunk(image: RGBImage, width: int) -> RGBImage:
    """Return a sheet of another width."""
    size = (width, round(image.shape[0] * width / image.shape[1]))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def labelled(image: RGBImage) -> RGBImage:
    """Return a picture with the words "AI MODIFIED" on it."""
    return Label(image.shape[1], image.shape[0]).draw(image)


def _scaled(panel: Panel, height: int) -> RGBImage:
    image = panel.image
    across = max(1, round(image.shape[1] * height / image.shape[0]))
    way = cv2.INTER_AREA if height < image.shape[0] else cv2.INTER_NEAREST if panel.is_pixels else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (across, height), interpolation=way), np.uint8)
