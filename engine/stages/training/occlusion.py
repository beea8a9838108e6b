"""Which faces have something before them: a hand, a cup, hair. The source is not learnt from what is covered.

A model that has seen hands on a mouth paints them again, on anybody who makes that mouth.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage
from engine.faces.align import STORED_SIZE, frame_to_stored, transform
from engine.faces.faceset_rows import StoredFace
from engine.faces.landmarks import INNER_LIPS, LEFT_BROW, LEFT_EYE, LIPS, OVAL, RIGHT_BROW, RIGHT_EYE

_SIDE = 160
"""Side at which pictures are looked at."""
_NOSE_MIDDLE = 5
"""Point of the mesh on the ridge of the nose."""
_FEATURES = (*RIGHT_EYE, *LEFT_EYE, *RIGHT_BROW, *LEFT_BROW, *LIPS, *INNER_LIPS)
_ODD = 2.0
"""A place is odd where it differs so many times as much from the person's usual look as it usually does."""
_LEAST_SPREAD = 0.08
"""Of brightness and edges, in standard deviations of the face's brightness: below that a difference is noise."""
_COVERED_SHARE = 0.012
"""Share of odd places from which a face counts as covered."""
_SOFT_END = 0.04
"""Of a half face, as a share of the picture's side."""
_MOST = 0.5
"""Where more than this share of the faces seem covered, the person is filmed in very different ways instead."""


@dataclass(frozen=True, eq=False)
class Covered:
    """Which faces seem to be covered: (N,) bool each."""

    above: NDArray[np.bool_]
    """Somewhere from the middle of the nose upwards."""
    below: NDArray[np.bool_]
    """Somewhere from there down."""


def covered(pictures: NDArray[np.uint8], faces: list[StoredFace]) -> Covered:
    """Return which of one person's faces seem to be partly covered.

    Each place of the skin is compared with what it usually looks like on this person, by brightness and edges.

    Args:
        pictures: (N, P, P, 3) uint8, the stored pictures at any size.
        faces: The N faces.

    Returns:
        All False where so many would be True that the reason must be another.
    """
    points = np.stack([_points(face) for face in faces])
    usual_points = np.median(points, axis=0)
    skin = _skin(usual_points)
    looks = np.stack([_look(picture, each[skin]) for picture, each in zip(pictures, points, strict=True)])
    usual = np.median(looks, axis=0)
    spread = 1.5 * np.median(np.abs(looks - usual), axis=0) + _LEAST_SPREAD
    odd = (np.abs(looks - usual) / spread).mean(axis=2) > _ODD
    odd &= (odd.mean(axis=1) > _COVERED_SHARE)[:, None]
    if odd.any(axis=1).mean() > _MOST:
        odd[:] = False
    is_above = usual_points[skin, 1] < usual_points[_NOSE_MIDDLE, 1]
    return Covered(odd[:, is_above].any(axis=1), odd[:, ~is_above].any(axis=1))


def upper_half(face: StoredFace, side: int) -> NDArray[np.uint8]:
    """Return where a stored picture shows what lies above the middle of the nose, softly ended.

    Args:
        face: Whose.
        side: Side of the map, which covers the whole stored picture.

    Returns:
        (side, side) uint8.
    """
    end = float(_points(face)[_NOSE_MIDDLE, 1]) * side / _SIDE
    rows = np.clip((end - np.arange(side)) / (_SOFT_END * side), 0.0, 1.0)
    return np.repeat(np.rint(rows * 255).astype(np.uint8)[:, None], side, axis=1)


def _points(face: StoredFace) -> NDArray[np.float32]:
    """Return the mesh in pixels of a stored picture scaled to `_SIDE`, (468, 2) float32."""
    stored = transform(face.landmarks, frame_to_stored(face.landmarks))[:, :2]
    return np.asarray((stored + 0.5) * (_SIDE / STORED_SIZE) - 0.5, np.float32)


def _skin(points: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return which points lie on skin that hardly moves: away from eyes, brows, mouth and outline."""
    to_features = _distances(points, _FEATURES).min(axis=1)
    to_outline = _distances(points, OVAL).min(axis=1)
    return np.flatnonzero((to_features > 0.035 * _SIDE) & (to_outline > 0.03 * _SIDE))


def _distances(points: NDArray[np.float32], others: tuple[int, ...]) -> NDArray[np.float32]:
    return np.asarray(np.linalg.norm(points[:, None] - points[None, list(others)], axis=2), np.float32)


def _look(picture: RGBImage, places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return brightness and strength of edges both ways around some places, (M, 3)."""
    small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    middle = grey[_SIDE // 4 : -_SIDE // 8, _SIDE // 3 : -_SIDE // 3]
    grey = (grey - middle.mean()) / (middle.std() + 1)
    edges = [np.abs(cv2.Sobel(grey, cv2.CV_32F, x, 1 - x)) / 4 for x in (1, 0)]
    smooth = [cv2.GaussianBlur(each, (0, 0), _SIDE / 64) for each in (grey, *edges)]
    x, y = places[None, :, 0], places[None, :, 1]
    looks = [cv2.remap(each, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0] for each in smooth]
    return np.stack(looks, axis=1)
