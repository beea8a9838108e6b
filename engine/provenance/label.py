"""The visible label: the words "AI MODIFIED" at the top right of the picture.

Place, words, and the times at which it is shown follow the EU code of practice on marking (2026): text rather than an
icon alone, top right, at the start and again after breaks.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage

WORDS = "AI MODIFIED"
SHOWN_SECONDS = Fraction(4)
"""How long the label stays, at the start and after each cut."""

_FONT = cv2.FONT_HERSHEY_DUPLEX
_OVERSAMPLING = 4
"""The words are drawn this much larger and averaged down, which makes smoother edges than OpenCV's own."""
_CAP_SHARE = 0.036
"""Height of a capital letter as a share of the picture's shorter side: as tall as a subtitle's."""
_CAP_LEAST_PX = 11
"""Least height of a capital letter: smaller letters run together once encoded."""
_WIDEST_SHARE = 0.9
"""Largest share of the picture's width: in a very narrow picture, the label shrinks to fit."""
_PAPER, _INK = 24.0, 255.0
_PAPER_COVER = 0.72
"""Opacity of the label's dark ground."""


@dataclass(frozen=True)
class LabelBox:
    """Where the label lies, in pixels; right and bottom are just outside."""

    left: int
    top: int
    right: int
    bottom: int


class Label:
    """Draws the label into pictures of one size."""

    box: LabelBox
    """The only part of the picture that is touched."""

    def __init__(self, width: int, height: int) -> None:
        """Render the label once.

        Args:
            width: Width of the pictures, in pixels.
            height: Height of the pictures, in pixels.
        """
        ink = _words_for(width, height)
        gap = max(2, round(0.02 * min(width, height))) & ~1
        # Even borders fall between the chroma samples of 4:2:0 video, which keeps them crisp.
        right, top = min(width, max(width - gap, 2) & ~1), min(gap, max(0, height - ink.shape[0]))
        left = max(0, right - ink.shape[1])
        ink = ink[: height - top, : right - left]
        self.box = LabelBox(left, top, left + ink.shape[1], top + ink.shape[0])
        self._cover = np.ascontiguousarray(_PAPER_COVER + (1 - _PAPER_COVER) * ink, np.float32)
        self._sign = cv2.cvtColor(_grey(ink), cv2.COLOR_GRAY2RGB)

    def draw(self, image: RGBImage) -> RGBImage:
        """Return a copy of a picture, (H, W, 3) uint8 RGB of the given size, with the label on it."""
        box = self.box
        marked = image.copy()
        patch = np.ascontiguousarray(image[box.top : box.bottom, box.left : box.right])
        blended = cv2.blendLinear(self._sign, patch, self._cover, 1 - self._cover)
        marked[box.top : box.bottom, box.left : box.right] = blended
        return marked


def label_pattern(width: int, height: int) -> NDArray[np.uint8]:
    """Return the label of a picture of this size as (h, w) uint8 grey, as it looks on black."""
    return _grey(_words_for(width, height))


def label_frames(cuts: Sequence[int], frame_times: Sequence[Fraction]) -> Callable[[int], bool]:
    """Return a function that tells, by its index, whether a frame bears the label.

    Args:
        cuts: Indices of frames before which the shot changes, in order; the first frame counts as one.
        frame_times: Time of every frame of the video, in seconds, rising.
    """
    starts = [0, *(cut for cut in cuts if 0 < cut < len(frame_times))]
    ends = [bisect_left(frame_times, frame_times[start] + SHOWN_SECONDS) for start in starts] if frame_times else [0]

    def shown(frame_index: int) -> bool:
        return frame_index < ends[bisect_right(starts, frame_index) - 1]

    return shown


def _words_for(width: int, height: int) -> NDArray[np.float32]:
    """Return the words as (h, w) float32 in 0..1, 1 = ink, both sides even, with room around them."""
    cap = max(_CAP_LEAST_PX, round(_CAP_SHARE * min(width, height)))
    words = _render(cap)
    widest = _WIDEST_SHARE * width
    if words.shape[1] > widest:
        words = _render(max(2, int(cap * widest / words.shape[1])))
    return words


def _render(cap_px: int) -> NDArray[np.float32]:
    large = cap_px * _OVERSAMPLING
    thickness = max(1, round(large / 6.5))
    scale = cv2.getFontScaleFromHeight(_FONT, large, thickness)
    (text_width, text_height), _ = cv2.getTextSize(WORDS, _FONT, scale, thickness)
    room = round(0.55 * large)
    size = (_even(text_width + 2 * room), _even(text_height + 2 * room))
    canvas = np.zeros((size[1], size[0]), np.uint8)
    at = ((size[0] - text_width) // 2, (size[1] + text_height) // 2)
    cv2.putText(canvas, WORDS, at, _FONT, scale, 255, thickness, cv2.LINE_AA)
    small = cv2.resize(canvas, (size[0] // _OVERSAMPLING, size[1] // _OVERSAMPLING), interpolation=cv2.INTER_AREA)
    return np.divide(small, 255, dtype=np.float32)


def _grey(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    level = _PAPER + (_INK - _PAPER) * ink.astype(np.float64)
    return np.rint(level).astype(np.uint8)


def _even(length_px: int) -> int:
    """Round up to an even number of pixels after averaging down."""
    step = 2 * _OVERSAMPLING
    return -(-length_px // step) * step
