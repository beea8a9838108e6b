"""How much somebody counts in pictures: by the area of the face, and by whether it ever moves.

Who is meant is seldom whoever is seen most often: a portrait on the wall is there in every frame. So faces are weighed
by their area, and a photograph is told by this: however the camera moves, its points keep their places on one another
up to an affine map, but for the trembling of the mesh, which is a new one in each frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Landmarks
from engine.project.persons import CLOSE

STILL_WEIGHT = 0.1
"""What a face that never moves counts, compared with one that does."""
LEAST_FRAMES = 20
"""Frames one after another from which it can be told whether a face moves: most of a second."""

_MOVES = 0.001
"""Motion, as a share of the face's width, that a photograph stays below: at most 0.0007 under heavy noise and with a
camera shaken by hand, while people who keep still and silent for three seconds reach 0.002."""
_SURELY_STILL = 0.0008
"""The same where the frames lie apart, so that the mesh's trembling cannot be told from motion."""
_RIGHT_CHEEK, _LEFT_CHEEK = 234, 454


def moves(landmarks: Sequence[Landmarks]) -> bool | None:
    """Return whether a face moves by itself over frames one after another; None where they are too few to tell.

    Args:
        landmarks: Of each frame, (468, 3) in pixels.
    """
    if len(landmarks) < LEAST_FRAMES:
        return None
    shapes = _aligned(landmarks)
    apart = _median_square(shapes - np.median(shapes, axis=0))
    # What is new in each frame has half the variance of its difference from the frame before: trembling, no motion.
    trembling = _median_square(np.diff(shapes, axis=0)) / 2
    return bool(apart - trembling > _MOVES**2)


def is_surely_still(landmarks: Sequence[Landmarks], frames: Sequence[int]) -> bool:
    """Return whether a face certainly never moves, by frames that lie apart.

    Args:
        landmarks: Of each frame, (468, 3) in pixels.
        frames: Their indices in the video.
    """
    if len(landmarks) < 3 or max(frames) - min(frames) < LEAST_FRAMES:
        return False
    shapes = _aligned(landmarks)
    return bool(_median_square(shapes - np.median(shapes, axis=0)) < _SURELY_STILL**2)


def area_share(width_px: float, frame_wh: tuple[int, int]) -> float:
    """Return the area of a face, as of a square of its width, as a share of its frame's."""
    width, height = frame_wh
    return width_px**2 / max(1, width * height)


def rivals(weights: Mapping[int, float]) -> list[int]:
    """Return keys of the heaviest and of all who come close to it."""
    most = max(weights.values(), default=0.0)
    return [key for key, weight in weights.items() if weight * CLOSE >= most]


def numbered(weights: Mapping[int, float], places: Mapping[int, float]) -> list[int]:
    """Return keys of people in the order of their numbers: the heaviest first.

    Those who come close to the heaviest are numbered from left to right: which of two equals weighs more depends on
    which frames were looked at, and where they are does not.

    Args:
        weights: What each counts.
        places: Mean x of the faces, of `rivals` at least.
    """
    first = sorted(rivals(weights), key=lambda key: places[key])
    others = sorted(weights.keys() - set(first), key=lambda key: (-weights[key], key))
    return [*first, *others]


def _aligned(landmarks: Sequence[Landmarks]) -> NDArray[np.float64]:
    """Return the (N, 468, 2) points, each frame mapped affinely onto the middle one, in widths of the face."""
    points = np.stack([each[:, :2] for each in landmarks]).astype(np.float64)
    target = points[len(points) // 2]
    width = max(float(np.linalg.norm(target[_RIGHT_CHEEK] - target[_LEFT_CHEEK])), 1e-6)
    mapped = np.empty_like(points)
    for at, shape in enumerate(points):
        own = np.column_stack([shape - shape.mean(axis=0), np.ones(len(shape))])
        mapped[at] = own @ np.linalg.lstsq(own, target, rcond=None)[0]
    return mapped / width


def _median_square(offsets: NDArray[np.float64]) -> float:
    """Return the median over frames of the mean squared length of the (N, 468, 2) offsets."""
    return float(np.median((offsets**2).sum(axis=2).mean(axis=1)))
