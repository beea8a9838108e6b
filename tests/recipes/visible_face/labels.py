"""Which pixels of a clear portrait show the face: labels that nobody has to draw.

The hull of the mesh says where a face ends at cheeks and chin, and not where hair falls over the forehead. There skin
and hair are told apart by their colours in that very picture (GrabCut, Rother et al. 2004), beginning from cheeks and
nose on the one side and from what lies above the hull on the other. What stays doubtful is left out of the loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import Landmarks, RGBImage
from engine.faces.align import hull_mask
from engine.faces.landmarks import LEFT_BROW, LEFT_EYE, LIPS, OVAL, RIGHT_BROW, RIGHT_EYE

_SKIN_LIKE, _SKIN_UNLIKE = 2.5, 4.5
"""Distance from the colour of the cheeks, in standard deviations, up to which a pixel may be skin; from which not."""
_LEAST_DEVIATION = np.array([7.0, 3.0, 3.0], np.float32)
"""Least standard deviation of L*, a*, b*, 8 bits: the forehead is lit otherwise than the cheeks."""
_ROUNDS = 3
_DOUBTFUL_PX = 2
"""Half the width, in pixels at 160, of the line between two labels that is left out of the loss."""
_RIM_PX = 5
"""How far outside the hull, in pixels at 160, nothing is said: cheek goes over into ear and neck."""
_FEATURES = (RIGHT_EYE, LEFT_EYE, RIGHT_BROW, LEFT_BROW, LIPS)


@dataclass(frozen=True, eq=False)
class Label:
    """What is known of a portrait."""

    face: NDArray[np.uint8]
    """(S, S) uint8, 1 where the face is seen."""
    known: NDArray[np.uint8]
    """(S, S) uint8, 1 where that is sure."""


def label_of(picture: RGBImage, landmarks: Landmarks) -> Label:
    """Return what shows the face in a clear portrait.

    Args:
        picture: (S, S, 3) uint8 RGB, aligned.
        landmarks: (468, 3) in its pixels.
    """
    hull = (hull_mask(landmarks, len(picture)) > 0.5).astype(np.uint8)
    skin, doubtful = _skin(picture, landmarks, hull)
    face = hull & skin
    edge = cv2.morphologyEx(face, cv2.MORPH_GRADIENT, _disc(_DOUBTFUL_PX))
    rim = _dilated(hull, _RIM_PX) * (1 - _eroded(hull, 1))
    below = _below_brows(landmarks, len(picture))
    known = 1 - np.maximum.reduce([edge, rim & np.maximum(below, skin), doubtful])
    return Label(face, known.astype(np.uint8))


def _skin(
    picture: RGBImage, landmarks: Landmarks, hull: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return what is skin above the eyes, with all of the hull below them, and what cannot be told."""
    size = len(picture)
    below = _below_brows(landmarks, size)
    plain = _without_features(picture, landmarks)
    inner = _inner(landmarks, size)
    lab = cv2.GaussianBlur(cv2.cvtColor(plain, cv2.COLOR_RGB2LAB), (0, 0), 0.7).astype(np.float32)
    sure = inner & below
    middle, deviation = np.median(lab[sure > 0], axis=0), np.maximum(lab[sure > 0].std(axis=0), _LEAST_DEVIATION)
    off = np.sqrt(np.square((lab - middle) / deviation).sum(axis=2))
    outside = 1 - _dilated(hull, 1)
    marks = np.where(off < (_SKIN_LIKE + _SKIN_UNLIKE) / 2, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[(outside > 0) & (off > _SKIN_UNLIKE)] = cv2.GC_BGD
    marks[sure > 0] = cv2.GC_FGD
    row = int(np.flatnonzero(below[:, size // 2])[0])
    # Ears and neck have the colour of skin and would teach the wrong thing: what is above the brows stands in for them.
    reflected = plain.copy()
    rows = np.clip(2 * row - np.arange(row, size), 0, row)
    beside = (outside[row:] > 0)[..., None]
    reflected[row:] = np.where(beside, plain[rows], plain[row:])
    marks[row:] = np.where(beside[..., 0], marks[rows], np.where(hull[row:] > 0, cv2.GC_FGD, marks[row:]))
    if not ((marks == cv2.GC_BGD) | (marks == cv2.GC_PR_BGD)).any():
        return np.ones_like(hull), np.zeros_like(hull)
    # GrabCut begins with random centres; without this, labels depend on what its thread has done before.
    cv2.setRNGSeed(0)
    cut, *_ = cv2.grabCut(
        reflected, marks.copy(), (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), _ROUNDS, cv2.GC_INIT_WITH_MASK
    )
    skin = ((cut == cv2.GC_FGD) | (cut == cv2.GC_PR_FGD)).astype(np.uint8)
    skin = _without_islands(skin, sure)
    skin = np.where(below > 0, 1, skin).astype(np.uint8)
    # Beside the face, from brows to mouth, hair cannot be told from a beard by its colour; below that it is one.
    told = np.where(skin > 0, off > _SKIN_UNLIKE, off < _SKIN_LIKE)
    rim = hull & (1 - _eroded(hull, size // 12))
    rim[round(float(landmarks[list(LIPS), 1].mean())) :] = 0
    doubtful = np.where(below > 0, rim * (off > _SKIN_LIKE), told & (hull > 0)).astype(np.uint8)
    return skin, np.asarray(cv2.morphologyEx(doubtful, cv2.MORPH_CLOSE, _disc(2)), np.uint8)


def _without_islands(skin: NDArray[np.uint8], sure: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return skin that hangs together with the cheeks, without holes."""
    smooth = np.asarray(cv2.morphologyEx(skin, cv2.MORPH_OPEN, _disc(1)), np.uint8)
    _, parts = cv2.connectedComponents(smooth | sure)
    kept = np.isin(parts, np.unique(parts[sure > 0])).astype(np.uint8)
    count, parts, statistics, _ = cv2.connectedComponentsWithStats(1 - kept)
    small = [part for part in range(1, count) if statistics[part, cv2.CC_STAT_AREA] < 60]
    return np.maximum(kept, np.isin(parts, small)).astype(np.uint8)


def _below_brows(landmarks: Landmarks, size: int) -> NDArray[np.uint8]:
    """Return the rows from the brows down, (size, size) uint8."""
    line = float(landmarks[[*RIGHT_BROW, *LEFT_BROW], 1].mean())
    return np.repeat((np.arange(size) >= line).astype(np.uint8)[:, None], size, axis=1)


def _inner(landmarks: Landmarks, size: int) -> NDArray[np.uint8]:
    """Return the middle of the face, well inside its outline."""
    outline = landmarks[list(OVAL), :2]
    middle = outline.mean(axis=0)
    inner = np.zeros((size, size), np.uint8)
    cv2.fillPoly(inner, [np.rint(middle + 0.78 * (outline - middle)).astype(np.int32)], 1)
    return inner


def _without_features(picture: RGBImage, landmarks: Landmarks) -> RGBImage:
    """Return the picture with skin painted over eyes, brows and lips, whose colours are not those of skin."""
    features = np.zeros(picture.shape[:2], np.uint8)
    for points in _FEATURES:
        cv2.fillConvexPoly(features, cv2.convexHull(np.rint(landmarks[list(points), :2]).astype(np.int32)), 1)
    widened = _dilated(features, max(1, len(picture) // 50))
    return np.asarray(cv2.inpaint(picture, widened, 3, cv2.INPAINT_TELEA), np.uint8)


def _dilated(mask: NDArray[np.uint8], radius: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.dilate(mask, _disc(radius)), np.uint8)


def _eroded(mask: NDArray[np.uint8], radius: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.erode(mask, _disc(radius)), np.uint8)


def _disc(radius: int) -> NDArray[np.uint8]:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
