"""The figures of a report, each a pure function of pictures and landmarks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import Landmarks, RGBImage
from engine.faces.align import frame_to_aligned, hull_mask, transform, warp
from engine.faces.compositing.blend import distance_inside
from engine.faces.landmarks import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS

_JUDGED = 128
"""Side of the square in which sharpness is judged, as everywhere."""
_ALIGNED = 256
"""Side of the square in which faces are compared."""
_RING = 0.06
"""Width of the rings inside and outside the rim, as a share of the face's width."""
_WELL_INSIDE = 0.15
"""Depth, as a share of the face's width, at which neither rim nor hair shows."""
_SECTORS = 48
_SKIN_SHARE = 0.4
"""Share of the sectors that count: those in which the original shows least of an edge."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def second_differences(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how much a face jitters: mean length of the points' second difference over the eye distance.

    Args:
        landmarks: (N, 468, 3), the face in frames that follow one another.

    Returns:
        (N - 2,), empty where N < 3.
    """
    if len(landmarks) < 3:
        return np.zeros(0, np.float32)
    points = landmarks[..., :2]
    lengths = np.linalg.norm(np.diff(points, 2, axis=0), axis=-1).mean(axis=-1)
    shares: NDArray[np.float32] = (lengths / eye_distance(landmarks[1:-1])).astype(np.float32)
    return shares


def eye_distance(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the distance between the middles of the eyes in pixels, depth included: (..., 468, 3) to (...)."""
    middles = [landmarks[..., list(corners), :].mean(axis=-2) for corners in (RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS)]
    distance: NDArray[np.float32] = np.linalg.norm(middles[0] - middles[1], axis=-1).astype(np.float32)
    return np.maximum(distance, np.float32(1e-6))


def fine_detail(image: RGBImage, landmarks: Landmarks) -> float:
    """Return the variance of the Laplacian inside a face, scaled to the square by which sharpness is always judged.

    Args:
        image: (H, W, 3) uint8 RGB.
        landmarks: (468, 3) in its pixels.
    """
    grey = warp(image, frame_to_aligned(landmarks, _JUDGED), _JUDGED).astype(np.float32) @ _LUMA
    inside = _depth(landmarks, _JUDGED) > _WELL_INSIDE
    return float(cv2.Laplacian(grey, cv2.CV_32F)[inside].var()) if inside.any() else 0.0


def border_steps(before: RGBImage, after: RGBImage, landmarks: Landmarks, feather: float) -> tuple[float, float]:
    """Return the median difference in colour (CIE76) across the rim of a swap, in the original and in the result.

    Compared are pieces of two rings that lie beside each other just inside and just outside the rim. Of the pieces all
    around the face those count in which the original shows least of an edge: on skin a new one would be seen, against
    hair or a bright wall there is one anyway.

    Args:
        before: (H, W, 3) uint8 RGB.
        after: (H, W, 3) uint8 RGB.
        landmarks: (468, 3) in their pixels.
        feather: Width of the soft rim as a share of the face's width.
    """
    matrix = frame_to_aligned(landmarks, _ALIGNED)
    depth = _depth(landmarks)
    inner = (depth > feather) & (depth <= feather + _RING)
    outer = (depth > -_RING) & (depth <= 0)
    steps = np.array([_steps(warp(image, matrix, _ALIGNED), inner, outer) for image in (before, after)])
    known = steps[:, np.isfinite(steps).all(axis=0)]
    if not known.size:
        return 0.0, 0.0
    on_skin = known[0] <= np.quantile(known[0], _SKIN_SHARE)
    return float(np.median(known[0][on_skin])), float(np.median(known[1][on_skin]))


def _steps(aligned: RGBImage, inner: NDArray[np.bool_], outer: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the difference between the means of both rings in each sector, NaN where one of them is absent."""
    lab = cv2.cvtColor(aligned.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    sectors = _sectors()
    means = []
    for ring in (inner, outer):
        counts = np.bincount(sectors[ring], minlength=_SECTORS)
        sums = [np.bincount(sectors[ring], lab[..., channel][ring], _SECTORS) for channel in range(3)]
        means.append(np.stack(sums) / np.where(counts > 0, counts, np.nan))
    differences: NDArray[np.float64] = np.linalg.norm(means[0] - means[1], axis=0)
    return differences


def outside_mask(shape: tuple[int, ...], faces: list[Landmarks]) -> NDArray[np.bool_]:
    """Return where a frame must be as it was: (H, W), false on faces with some room around them."""
    outside = np.ones(shape[:2], bool)
    for landmarks in faces:
        matrix = frame_to_aligned(landmarks, _ALIGNED)
        inverse = cv2.invertAffineTransform(matrix)
        corners = np.array([[[0, 0], [_ALIGNED, 0], [_ALIGNED, _ALIGNED], [0, _ALIGNED]]], np.float64) - 0.5
        square = cv2.transform(corners, inverse)[0]
        covered = np.zeros(shape[:2], np.uint8)
        cv2.fillConvexPoly(covered, np.round(square).astype(np.int32), 1)
        outside &= covered == 0
    return outside


def square_error(before: RGBImage, after: RGBImage, where: NDArray[np.bool_]) -> tuple[float, int]:
    """Return the sum of squared differences of two frames and the number of values it is over."""
    difference = before[where].astype(np.float32) - after[where]
    return float(np.square(difference).sum(dtype=np.float64)), difference.size


def psnr_db(square_errors: float, values: int) -> float:
    """Return the peak signal-to-noise ratio for 8 bits; 99 stands for equal."""
    mean = square_errors / max(values, 1)
    return 99.0 if mean < 1e-5 else float(min(99.0, 10 * np.log10(255.0**2 / mean)))


def _depth(landmarks: Landmarks, size: int = _ALIGNED) -> NDArray[np.float32]:
    """Return how deep inside the face each pixel of the square lies, as a share of its width; below 0 outside."""
    hull = hull_mask(transform(landmarks, frame_to_aligned(landmarks, size)), size) > 0.5
    width = max(1, int(np.count_nonzero(hull.any(axis=0))))
    within, without = distance_inside(hull.astype(np.uint8)), distance_inside((~hull).astype(np.uint8))
    return ((within - without) / width).astype(np.float32)


def _sectors() -> NDArray[np.int64]:
    """Return, for each pixel of the square, which piece of the rings it belongs to."""
    y, x = np.mgrid[:_ALIGNED, :_ALIGNED] - (_ALIGNED - 1) / 2
    turns = np.arctan2(y, x) / (2 * np.pi) + 0.5
    sectors: NDArray[np.int64] = (turns * _SECTORS).astype(np.int64)
    return np.minimum(sectors, _SECTORS - 1)
