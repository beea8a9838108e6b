"""Blend a swapped face into a frame without a visible seam.

learned mask, hull of the mesh -> face_mask
swap, frame                    -> colour transfer (`colour_match`) -> paste: warp, sharpen, tone, mix
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from engine.arrays import Mask, Matrix, RGBImage, smooth_step
from engine.faces.compositing.sharpen import sharpen
from engine.faces.compositing.tone import NO_TONE, Tone, apply_tone

_LEARNED_LOW, _LEARNED_HIGH = 0.15, 0.7
"""Values of the learned mask below which a pixel is not face, and above which it is."""

_HALF = 0.5
_LEAST_FEATHER_PX = 1.5

_ENLARGES = 0.95
"""Model pixels in one of the frame's below which interpolation shows."""


@dataclass(frozen=True)
class Region:
    """A rectangle of a frame, in pixels; right and bottom are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int


def face_mask(learned: Mask, hull: Mask, grow: float, blur: float) -> Mask:
    """Return the mask of the swap, 0 at the rim of the face and 1 well inside it.

    Args:
        learned: (S, S) float32 in 0..1, the model's own opinion of what is face.
        hull: (S, S) float32 in 0..1, the hull of the mesh, forehead included.
        grow: Moves the rim outwards by this share of the face's width, or inwards where negative.
        blur: Width of the soft rim as a share of the face's width.
    """
    inside = (hull > _HALF).astype(np.uint8)
    width = int(np.count_nonzero(inside.any(axis=0)))
    if not width:
        return np.zeros(hull.shape, np.float32)
    if grow > 0:
        inside = (distance_inside(1 - inside) <= grow * width).astype(np.uint8)
    # A face can reach past the model's square; the swap ends softly before that edge too.
    inside[[0, -1], :] = 0
    inside[:, [0, -1]] = 0
    feather = max(_LEAST_FEATHER_PX, blur * width)
    depth = distance_inside(inside) + min(grow, 0.0) * width
    soft = cv2.GaussianBlur(np.clip(learned, 0, 1).astype(np.float32), (0, 0), max(0.5, feather / 4))
    mask = smooth_step(depth / feather) * smooth_step((soft - _LEARNED_LOW) / (_LEARNED_HIGH - _LEARNED_LOW))
    return mask.astype(np.float32)


def distance_inside(mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how far each pixel that is not 0 lies from the nearest one that is, (H, W) float32 in pixels.

    OpenCV's distances end in digits that depend on where in the memory a picture lies. Squared they are whole numbers.
    """
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.sqrt(np.rint(np.square(distance, dtype=np.float32)), dtype=np.float32)


def without_covered(mask: Mask, seen: Mask) -> Mask:
    """Return the mask where the face is seen: what is before it stays before it.

    Args:
        mask: (S, S) float32 in 0..1, where the swap would be laid in.
        seen: (T, T) float32 in 0..1, how far the face is seen, of the same square.
    """
    return np.asarray(mask * cv2.resize(seen, mask.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def touched_region(mask: Mask, frame_to_aligned: Matrix, frame_shape: tuple[int, ...]) -> Region | None:
    """Return the part of a frame that `mask`, in aligned pixels, falls on; None where that is nothing."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    # Interpolation carries a pixel's value up to one pixel further.
    left, right, top, bottom = columns[0] - 1.0, columns[-1] + 1.0, rows[0] - 1.0, rows[-1] + 1.0
    corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]])
    corners = cv2.transform(corners, cv2.invertAffineTransform(frame_to_aligned))[0]
    height, width = frame_shape[:2]
    low, high = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int) + 1
    region = Region(max(0, low[0]), max(0, low[1]), min(width, high[0]), min(height, high[1]))
    return region if region.left < region.right and region.top < region.bottom else None


def paste(
    frame: RGBImage,
    swap: RGBImage,
    mask: Mask,
    frame_to_aligned: Matrix,
    sharpening: float = 0.0,
    *,
    tone: Tone = NO_TONE,
) -> RGBImage:
    """Return a copy of `frame` with `swap` laid over it where `mask` is 1.

    Only the rectangle that the mask falls on is touched; where the mask is 0 the frame stays as it is to the last bit.

    Args:
        frame: (H, W, 3) uint8 RGB.
        swap: (S, S, 3) uint8 RGB, in aligned coordinates.
        mask: (S, S) float32 in 0..1.
        frame_to_aligned: (2, 3), frame pixels to aligned pixels.
        sharpening: How much of the frame's sharpness to give the swap, 0 for none.
        tone: That of the frame.
    """
    result = frame.copy()
    region = touched_region(mask, frame_to_aligned, frame.shape)
    if region is None:
        return result
    part = result[region.top : region.bottom, region.left : region.right]
    region_to_aligned = frame_to_aligned.copy()
    region_to_aligned[:, 2] += frame_to_aligned[:, :2] @ (region.left, region.top)
    size = (region.right - region.left, region.bottom - region.top)
    below = np.ascontiguousarray(part)
    weight = np.asarray(_warp(mask, region_to_aligned, size, cv2.BORDER_CONSTANT), np.float32)
    above = _warp(swap, region_to_aligned, size, cv2.BORDER_REPLICATE)
    sharpened = sharpen(np.asarray(above, np.uint8), below, weight, region_to_aligned, len(swap), sharpening)
    # Sharpening changes the lightness, and with it the colour of film that has none of its own.
    part[:] = cv2.blendLinear(apply_tone(sharpened, tone), below, weight, 1 - weight)
    return result


def _warp(plane: MatLike, region_to_aligned: Matrix, size: tuple[int, int], border: int) -> MatLike:
    """Return aligned pixels as seen in a region of the frame, free of aliasing where that is the smaller one."""
    shrink = _scale(region_to_aligned)
    matrix = region_to_aligned
    if shrink > 1:
        plane = cv2.GaussianBlur(plane, (0, 0), 0.5 * float(np.sqrt(shrink**2 - 1)) + 1e-3)
    elif shrink < _ENLARGES:
        # Cubic enlargement to twice the size, then linear sampling: like cubic sampling, at a quarter of its time.
        plane = cv2.resize(plane, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        matrix = region_to_aligned * 2
        matrix[:, 2] += 0.5
    return cv2.warpAffine(plane, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=border)


def _scale(matrix: Matrix) -> float:
    """Return how many pixels of the outcome one pixel becomes under a similarity transform."""
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
