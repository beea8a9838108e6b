"""Recognise pictures that look nearly the same: a perceptual hash (Zauner 2010, "pHash").

A picture is shrunk to 32 x 32 greys, and of its discrete cosine transform the 8 x 8 lowest frequencies are kept, one
bit each: above the median or not. Scaling, slight compression and a change of brightness flip few bits.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.arrays import RGBImage

NEARLY_THE_SAME = 8
"""Bits of 64 that may differ."""
_SIDE = 32
_KEPT = 8


def perceptual_hash(image: RGBImage) -> int:
    """Return the 64-bit hash of a picture, (H, W, 3) uint8 RGB."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:_KEPT, :_KEPT].ravel()
    # The first is the mean brightness, which says nothing about what is seen.
    bits = low > np.median(low[1:])
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def hamming_distance(one: int, other: int) -> int:
    """Return how many bits of two hashes differ."""
    return (one ^ other).bit_count()
