"""Pictures for a report: frames before and after, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engine.arrays import Landmarks, RGBImage
from engine.provenance.label import Label
from engine.stages.reporting.examine import Example

PREVIEW_COLUMNS = 4
_TILE = 360
_ROOM = 1.8
"""Side of a tile as a multiple of the face's height."""
_PAIR_WIDTH = 1280
_LARGEST = 1280
"""Longest side of a picture that is kept, in pixels."""
_ECHO_PX = 8
"""How far beyond the label's edge coding carries what it looks like."""


def preview(examples: Sequence[Example]) -> RGBImage:
    """Return a strip of faces, before above and after below, the latter labelled.

    Args:
        examples: At least one; so many of them as fit are taken, evenly.
    """
    chosen = evenly(examples, PREVIEW_COLUMNS)
    label = Label(_TILE, _TILE)
    columns = [
        np.vstack(
            [
                _captioned(face_tile(example.before, example.landmarks), "before"),
                _captioned(label.draw(face_tile(frame_label_off(example), example.landmarks)), "after"),
            ]
        )
        for example in chosen
    ]
    return np.hstack(columns)


def frame_label_off(example: Example) -> RGBImage:
    """Return the frame after without its label, where that lies beside the face: a tile bears one of its own.

    Two would lie one upon the other. Beside the face a frame is the original's.
    """
    box = Label(example.after.shape[1], example.after.shape[0]).box
    left, bottom = max(0, box.left - _ECHO_PX), box.bottom + _ECHO_PX
    points = example.landmarks[:, :2]
    if ((points[:, 0] >= left) & (points[:, 1] < bottom)).any():
        return example.after
    frame = example.after.copy()
    frame[:bottom, left:] = example.before[:bottom, left:]
    return frame


def before_and_after(before: RGBImage, after: RGBImage, landmarks: Landmarks) -> RGBImage:
    """Return the face of a frame before, at the left, and after, labelled: (S, 2 S, 3)."""
    return np.hstack([face_tile(before, landmarks), Label(_TILE, _TILE).draw(face_tile(after, landmarks))])


def shrunk(example: Example) -> Example:
    """Return an example no larger than a page shows it: those of 4K video would fill the memory."""
    scale = _LARGEST / max(example.before.shape[:2])
    if scale >= 1:
        return example
    size = (round(example.before.shape[1] * scale), round(example.before.shape[0] * scale))
    before, after = (cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in (example.before, example.after))
    landmarks = (example.landmarks * scale).astype(np.float32)
    return Example(example.frame_index, np.asarray(before, np.uint8), np.asarray(after, np.uint8), landmarks)


def side_by_side(example: Example) -> RGBImage:
    """Return a whole frame before, at the left, and after."""
    height, width = example.before.shape[:2]
    scale = min(1.0, _PAIR_WIDTH / 2 / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    before, after = (cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in (example.before, example.after))
    gap = np.full((size[1], 6, 3), 255, np.uint8)
    # A single picture may be passed on alone, so it bears the label whether or not its frame does.
    labelled = Label(size[0], size[1]).draw(np.asarray(after, np.uint8))
    return np.hstack([_captioned(np.asarray(before, np.uint8), "before"), gap, _captioned(labelled, "after")])


def evenly(examples: Sequence[Example], count: int) -> list[Example]:
    """Return up to `count` of them, evenly spread, in order."""
    count = min(count, len(examples))
    return [examples[round((piece + 0.5) * len(examples) / count - 0.5)] for piece in range(count)]


def face_tile(image: RGBImage, landmarks: Landmarks, size: int = _TILE) -> RGBImage:
    """Return the square around a face, (size, size, 3), moved or made smaller where it would leave the picture."""
    height, width = image.shape[:2]
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    side = int(np.clip(_ROOM * float((high - low).max()), 16, min(height, width)))
    left, top = (
        int(np.clip(middle - side / 2, 0, most - side))
        for middle, most in zip((low + high) / 2, (width, height), strict=True)
    )
    method = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
    tile = cv2.resize(image[top : top + side, left : left + side], (size, size), interpolation=method)
    return np.asarray(tile, np.uint8)


def _captioned(image: RGBImage, words: str) -> RGBImage:
    """Return a copy with words at its lower left."""
    marked = np.ascontiguousarray(image).copy()
    at = (8, marked.shape[0] - 10)
    for colour, thickness in (((0, 0, 0), 4), ((255, 255, 255), 1)):
        cv2.putText(marked, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.55, colour, thickness, cv2.LINE_AA)
    return marked
