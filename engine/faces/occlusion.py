"""Which faces are partly occluded: by a hand, a cup, hair. The source is not learnt from what is occluded.

A model that was trained on hands before a mouth predicts them again, for anybody who makes the same mouth.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage
from engine.faces.align import frame_to_stored, rescaled, transform
from engine.faces.landmarks import INNER_LIPS, LEFT_BROW, LEFT_EYE, LIPS, OVAL, RIGHT_BROW, RIGHT_EYE
from engine.faces.stored_face import StoredFace

_SIDE = 160
"""Side at which pictures are examined."""
_NOSE_MIDDLE = 5
"""Point of the mesh on the ridge of the nose."""
_FEATURES = (*RIGHT_EYE, *LEFT_EYE, *RIGHT_BROW, *LEFT_BROW, *LIPS, *INNER_LIPS)
_ODD_DEVIATIONS = 2.0
"""A place is odd where it differs from the person's usual appearance by more than this many standard deviations."""
_LEAST_DEVIATION = 0.08
"""Least standard deviation of brightness and edges, in standard deviations of the face's brightness: less is noise."""
_OCCLUDED_SHARE = 0.012
"""Share of odd places from which a face counts as occluded."""
_SOFT_END = 0.04
"""Width of the soft end of a half face, as a share of the picture's side."""
_MOST = 0.5
"""Where more than this share of the faces seem occluded, the person was filmed in very different ways instead."""


@dataclass(frozen=True, eq=False)
class OccludedFaces:
    """Which faces seem to be occluded: (N,) bool each."""

    above: NDArray[np.bool_]
    """Somewhere from the middle of the nose upwards."""
    below: NDArray[np.bool_]
    """Somewhere from there down."""


def occluded_faces(pictures: NDArray[np.uint8], faces: list[StoredFace]) -> OccludedFaces:
    """Return which of one person's faces seem to be partly occluded.

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
    appearances = np.stack([_appearance(picture, each[skin]) for picture, each in zip(pictures, points, strict=True)])
    usual = np.median(appearances, axis=0)
    deviation = 1.5 * np.median(np.abs(appearances - usual), axis=0) + _LEAST_DEVIATION
    odd = (np.abs(appearances - usual) / deviation).mean(axis=2) > _ODD_DEVIATIONS
    odd &= (odd.mean(axis=1) > _OCCLUDED_SHARE)[:, None]
    if odd.any(axis=1).mean() > _MOST:
        odd[:] = False
    is_above = usual_points[skin, 1] < usual_points[_NOSE_MIDDLE, 1]
    return OccludedFaces(odd[:, is_above].any(axis=1), odd[:, ~is_above].any(axis=1))


def upper_half(face: StoredFace, side: int) -> NDArray[np.uint8]:
    """Return where a stored picture shows what lies above the middle of the nose, softly ended.

    Args:
        face: The face.
        side: Side of the map, which covers the whole stored picture.

    Returns:
        (side, side) uint8.
    """
    end = float(_points(face)[_NOSE_MIDDLE, 1]) * side / _SIDE
    rows = np.clip((end - np.arange(side)) / (_SOFT_END * side), 0.0, 1.0)
    return np.repeat(np.rint(rows * 255).astype(np.uint8)[:, None], side, axis=1)


def _points(face: StoredFace) -> NDArray[np.float32]:
    """Return the mesh in pixels of a stored picture scaled to `_SIDE`, (468, 2) float32."""
    return rescaled(transform(face.landmarks, frame_to_stored(face.landmarks))[:, :2], _SIDE)


def _skin(points: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return which points lie on skin that hardly moves: away from eyes, brows, mouth and outline."""
    to_features = _distances(points, _FEATURES).min(axis=1)
    to_outline = _distances(points, OVAL).min(axis=1)
    return np.flatnonzero((to_features > 0.035 * _SIDE) & (to_outline > 0.03 * _SIDE))


def _distances(points: NDArray[np.float32], others: tuple[int, ...]) -> NDArray[np.float32]:
    return np.asarray(np.linalg.norm(points[:, None] - points[None, list(others)], axis=2), np.float32)


def _appearance(picture: RGBImage, places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return brightness and strength of edges both ways around some places, (M, 3)."""
    small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    middle = grey[_SIDE // 4 : -_SIDE // 8, _SIDE // 3 : -_SIDE // 3]
    grey = (grey - middle.mean()) / (middle.std() + 1)
    edges = [np.abs(cv2.Sobel(grey, cv2.CV_32F, x, 1 - x)) / 4 for x in (1, 0)]
    smooth = [cv2.GaussianBlur(each, (0, 0), _SIDE / 64) for each in (grey, *edges)]
    x, y = places[None, :, 0], places[None, :, 1]
    appearances = [cv2.remap(each, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0] for each in smooth]
    return np.stack(appearances, axis=1)
