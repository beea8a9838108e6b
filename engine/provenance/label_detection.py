"""Detect the visible label in a picture or video, whoever made it and however it was scaled since."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike

from engine.arrays import RGBImage
from engine.errors import MediaError
from engine.media.frames import read_frames
from engine.media.images import read_image
from engine.project.media_kinds import MediaKind, kind_of
from engine.provenance.label import label_pattern

_SEARCHED_FRAMES = range(0, 31, 15)
"""Frames of a video that are searched: the label is there from the first one on, for some seconds."""
_SCALES = np.geomspace(0.45, 1.5, 28)
"""A label scaled along with its picture is not of the size that it would have been drawn at."""
_LEAST_LIKENESS = 0.64
"""Correlation of the words with the picture. Measured on 158 photographs and frames: 0.57 at most without the label;
0.70 at least with it, scaled to half and coded as JPEG of quality 15."""
_LEAST_LIKENESS_BELOW = 0.77
"""`_LEAST_LIKENESS` for the lower half of a picture. Measured on 134: 0.69 at most without the label, 0.84 at
least with it."""
_REACH = 3.0
"""The label is looked for in the corner, this many times as large as itself."""


def file_shows_label(path: Path) -> bool | None:
    """Return whether a picture, or the beginning of a video, shows the label; None where it cannot be read."""
    try:
        match kind_of(path):
            case MediaKind.PHOTO:
                image = read_image(path)
                # Of before and after, one above the other, the lower half bears it.
                return shows_label(image) or shows_label(image[len(image) // 2 :], _LEAST_LIKENESS_BELOW)
            case MediaKind.VIDEO:
                frames = read_frames(path, _SEARCHED_FRAMES.start, _SEARCHED_FRAMES.stop, _SEARCHED_FRAMES.step)
                return any(shows_label(frame.image) for frame in frames)
            case None:
                return None
    except MediaError:
        return None


def shows_label(image: RGBImage, least_likeness: float = _LEAST_LIKENESS) -> bool:
    """Return whether a picture, (H, W, 3) uint8 RGB, shows the label in its upper right corner."""
    height, width = image.shape[:2]
    words = label_pattern(width, height)
    down, across = (round(_REACH * side) for side in words.shape)
    corner = cv2.cvtColor(np.ascontiguousarray(image[:down, -across:]), cv2.COLOR_RGB2GRAY)
    return any(_likeness(corner, words, scale) >= least_likeness for scale in _SCALES)


def _likeness(corner: MatLike, words: MatLike, scale: float) -> float:
    size = (round(words.shape[1] * scale), round(words.shape[0] * scale))
    if size[0] > corner.shape[1] or size[1] > corner.shape[0] or min(size) < 4:
        return 0.0
    pattern = cv2.resize(words, size, interpolation=cv2.INTER_AREA)
    return float(np.nan_to_num(cv2.matchTemplate(corner, pattern, cv2.TM_CCOEFF_NORMED), posinf=0.0).max())
