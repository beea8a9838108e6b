"""Make a large face small before it is turned upright: averaging blocks of pixels is the cheapest way to shrink."""

from __future__ import annotations

import cv2
import numpy as np

from engine.arrays import Matrix, RGBImage

_MOST_HALVINGS = 3


def shrunk_part(image: RGBImage, square_to_image: Matrix, size: int) -> tuple[RGBImage, Matrix]:
    """Return the part of a picture that a square shows, averaged down as far as the square has no use for more.

    Linear sampling looks at 2 x 2 pixels only; of a face more than twice as large as the square it would skip some.

    Args:
        image: (H, W, 3) uint8 RGB.
        square_to_image: (2, 3), pixels of the square to pixels of `image`.
        size: Side of the square in pixels.

    Returns:
        The part, or all of `image` where it is not too large, and the (2, 3) from the square to its pixels. Where the
        square reaches over the picture's edges, so it does over the part's.
    """
    scale = float(np.sqrt(abs(np.linalg.det(square_to_image[:, :2]))))
    height, width = image.shape[:2]
    # Halving is by far the quickest way of averaging, so the factor is a power of two.
    halvings = min(max(0, int(np.log2(max(scale, 1.0)))), _MOST_HALVINGS)
    factor = 2**halvings
    if factor == 1 or factor > min(height, width):
        return image, square_to_image
    ends = np.array([[-1, -1], [size, -1], [size, size], [-1, size]]) @ square_to_image[:, :2].T + square_to_image[:, 2]
    # Whole blocks only; what is left over at the right and lower edges is less than one pixel of the part.
    last = np.array([width, height]) // factor
    low = np.clip(np.floor(ends.min(axis=0) / factor).astype(int), 0, last - 1)
    high = np.clip(np.ceil(ends.max(axis=0) / factor).astype(int) + 1, low + 1, last)
    part = image[low[1] * factor : high[1] * factor, low[0] * factor : high[0] * factor]
    for _ in range(halvings):
        part = np.asarray(cv2.resize(part, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    square_to_part = square_to_image / factor
    # Pixel centres lie at whole numbers.
    square_to_part[:, 2] = (square_to_image[:, 2] + 0.5) / factor - 0.5 - low
    return part, square_to_part
