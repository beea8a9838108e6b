"""From a face in a frame to the square picture that the model sees, and back.

The model's square shows the whole face, upright: chin at 0.90 of its height, upper edge of the mesh at 0.11, hairline
about 0.03, and the cheeks from 0.17 to 0.83 of its width. Stored pictures show the same square as their central 80 %,
so that training may turn and shift what it draws from them without meeting an edge.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import MODEL_SHARE, STORED_MARGIN, STORED_SIZE, Landmarks, Mask, Matrix, Pixel, RGBImage
from engine.faces.head import TEMPLATE_MIDDLE, Head, fit_head
from engine.faces.landmarks import ABOVE_BROWS, FOREHEAD_BELOW, FOREHEAD_TOP, OVAL
from engine.faces.scale import scaled_part

_HAIRLINE = 0.8
"""How far above the mesh the forehead goes on, in distances between its two uppermost rows of points."""
_FRINGE = 0.75
"""Where a fringe is taken to end, on the way from the middle of the forehead down to the brows: at 0.35 the tips of
real ones are left, at 0.8 the brows begin to fade."""


def frame_to_aligned(landmarks: Landmarks, size: int) -> Matrix:
    """Return the transform from frame pixels to the model's square.

    Rotation, scale and shift only. The scale follows the head's size in space and so does not change when it turns.

    Args:
        landmarks: (468, 3) in frame pixels.
        size: Side of the square in pixels.
    """
    return head_to_aligned(fit_head(landmarks), size)


def head_to_aligned(head: Head, size: int) -> Matrix:
    """Return what `frame_to_aligned` does, for a head that is fitted already."""
    scale = size / max(head.size, 1e-6)
    cosine, sine = scale * np.cos(head.roll), scale * np.sin(head.roll)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    # Pixel centres lie at whole numbers, so the square reaches from -0.5 to size - 0.5.
    middle = TEMPLATE_MIDDLE[:2] * size - 0.5
    return np.column_stack([turn, middle - turn @ head.middle[:2]])


def frame_to_stored(landmarks: Landmarks, side: int = STORED_SIZE) -> Matrix:
    """Return the transform from frame pixels to a stored picture of so many pixels a side."""
    return head_to_stored(fit_head(landmarks), side)


def head_to_stored(head: Head, side: int = STORED_SIZE) -> Matrix:
    """Return what `frame_to_stored` does, for a head that is fitted already."""
    matrix = head_to_aligned(head, round(side * MODEL_SHARE))
    matrix[:, 2] += side * STORED_MARGIN
    return matrix


def invert(matrix: Matrix) -> Matrix:
    """Return the transform that undoes a (2, 3) one."""
    inverse = np.linalg.inv(matrix[:, :2])
    return np.column_stack([inverse, -inverse @ matrix[:, 2]])


def transform(points: NDArray[np.floating], matrix: Matrix) -> NDArray[np.float32]:
    """Move points by a (2, 3) similarity; a third coordinate, depth, is scaled with them.

    Args:
        points: (N, 2) or (N, 3).
        matrix: (2, 3).

    Returns:
        An array of the shape of `points`, float32.
    """
    moved = np.array(points, dtype=np.float64)
    moved[:, :2] = moved[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    if moved.shape[1] == 3:
        moved[:, 2] *= np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    return moved.astype(np.float32)


def rescaled(stored: NDArray[np.floating], side: float) -> NDArray[np.float32]:
    """Return points of a stored picture, (N, 2 or 3), in pixels of the same picture made `side` pixels large."""
    scale = side / STORED_SIZE
    moved = stored * scale
    moved[:, :2] += 0.5 * scale - 0.5
    return np.asarray(moved, np.float32)


def in_square(stored: NDArray[np.floating], size: int) -> NDArray[np.float32]:
    """Return points of a stored picture, (N, 2 or 3), in pixels of the model's square of `size` pixels a side."""
    moved = rescaled(stored, size / MODEL_SHARE)
    moved[:, :2] -= size / MODEL_SHARE * STORED_MARGIN
    return moved


def model_square(stored: NDArray[Pixel]) -> NDArray[Pixel]:
    """Return the model's square of a stored picture, (P, P) or (P, P, 3) of any size P: a view of its middle."""
    margin = round(len(stored) * STORED_MARGIN)
    return stored[margin:-margin, margin:-margin]


def warp(image: RGBImage, matrix: Matrix, size: int) -> RGBImage:
    """Return the square picture that `matrix` cuts out of `image`; what lies outside repeats its edge.

    Shrinking averages over the pixels that fall together, so that fine patterns do not turn into noise; enlarging
    follows a cubic curve through them, so that it stays sharp.

    Args:
        image: (H, W, 3) uint8 RGB.
        matrix: (2, 3), image pixels to pixels of the result.
        size: Side of the result in pixels.
    """
    part, square_to_part = scaled_part(image, invert(matrix), size)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(part, square_to_part, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE))


def hull_mask(landmarks: NDArray[np.floating], size: int, *, has_fringe: bool = False) -> Mask:
    """Return the face's area as a hard mask: the hull of the mesh, its forehead carried on to about the hairline.

    Args:
        landmarks: (468, 2 or 3) in pixels of the result: `transform(face.landmarks, frame_to_aligned)`.
        size: Side of the result in pixels.
        has_fringe: Whether hair lies over the forehead, which is left out, down to above the brows.

    Returns:
        (size, size) float32, 0 or 1; the border pixels are between.
    """
    points = np.asarray(landmarks, dtype=np.float64)[:, :2]
    top, below = points[list(FOREHEAD_TOP)], points[list(FOREHEAD_BELOW)]
    if has_fringe:
        rim = points[[number for number in OVAL if number not in FOREHEAD_TOP]]
        upper = below + _FRINGE * (points[list(ABOVE_BROWS)] - below)
    else:
        rim = points[list(OVAL)]
        upper = top + _HAIRLINE * (top - below)
    outline = np.concatenate([rim, upper])
    hull = cv2.convexHull(outline.astype(np.float32))[:, 0]
    mask = np.zeros((size, size), np.uint8)
    # Four binary digits of a pixel keep the border where it is while a face moves slowly.
    cv2.fillConvexPoly(mask, np.round(hull * 16).astype(np.int32), 255, lineType=cv2.LINE_AA, shift=4)
    return mask.astype(np.float32) / np.float32(255)


def ring_mask(points: NDArray[np.floating], ring: Sequence[int], size: int) -> NDArray[np.uint8]:
    """Return the hull of some points as a hard mask.

    Args:
        points: (468 or 478, 2) in pixels of the result.
        ring: Which of them.
        size: Side of the result in pixels.

    Returns:
        (size, size) uint8, 1 inside and on the border, else 0.
    """
    mask = np.zeros((size, size), np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(points[list(ring)]).astype(np.int32)), 1)
    return mask
