"""Where a picture shows the face, its eyes and mouth, and what is learnt from."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import STORED_MARGIN, Landmarks
from engine.faces.align import frame_to_stored, hull_mask, rescaled, ring_mask, transform
from engine.faces.landmarks import LEFT_EYE, LIPS, RIGHT_EYE

_BESIDE = 0.015
"""How far beside what covers a face nothing is learnt either, as a share of the picture's side: edges are blurred."""


def face_maps(landmarks: Landmarks, side: int) -> NDArray[np.uint8]:
    """Return where a stored picture shows the face, and where its eyes and mouth.

    Args:
        landmarks: (468, 3) in frame pixels.
        side: Side of the maps, which cover the whole stored picture.

    Returns:
        (side, side, 3) uint8: the mask; eyes and mouth, softly edged; the pixels learnt from, which are all.
    """
    return maps_of(transform(landmarks, frame_to_stored(landmarks)), side)


def maps_of(stored: Landmarks, side: int) -> NDArray[np.uint8]:
    """Return what `face_maps` does, for (468, 3) points in pixels of a stored picture."""
    points = rescaled(stored[:, :2], side)
    mask = np.rint(hull_mask(points, side) * 255).astype(np.uint8)
    features = np.maximum.reduce([255 * ring_mask(points, ring, side) for ring in (LEFT_EYE, RIGHT_EYE, LIPS)])
    reach = max(1, round(side / 60))
    widened = cv2.dilate(features, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    soft = [cv2.GaussianBlur(mask, (0, 0), side / 120), cv2.GaussianBlur(widened, (0, 0), side / 60)]
    return np.dstack([*soft, np.full_like(mask, 255)]).astype(np.uint8)


def learnt_map(covered: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return the pixels of a stored picture that are learnt from where something is before the face.

    Args:
        covered: (S, S) uint8 of the model's square, 255 where the face is covered.
        side: Side of the map, which covers the whole stored picture.

    Returns:
        (side, side) uint8.
    """
    margin = round(side * STORED_MARGIN)
    certain = np.where(covered > 127, 255, 0).astype(np.uint8)
    inside = cv2.resize(certain, (side - 2 * margin, side - 2 * margin), interpolation=cv2.INTER_LINEAR)
    # What covers a face in the square mostly goes on outside it.
    whole = cv2.copyMakeBorder(inside, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    reach = max(1, round(_BESIDE * side))
    widened = cv2.dilate(whole, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    return np.asarray(255 - cv2.GaussianBlur(widened, (0, 0), side / 120), np.uint8)
