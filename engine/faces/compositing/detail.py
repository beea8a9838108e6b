"""Give a predicted face the fine detail of the photograph that it was predicted from.

The network works on few pixels. What its reference shows beyond those (skin, lashes, teeth, at the resolution of the
photograph) is added to what it predicts, but only where both agree: elsewhere it would be the detail of something else.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.arrays import RGBImage

_AGREES = 14.0
"""Difference in grey levels at which a third of the detail is left."""
_SOFT = 1.5
"""Standard deviation, in the network's pixels, of the smoothing of that difference."""


def with_detail(painted: RGBImage, reference: RGBImage) -> RGBImage:
    """Return the predicted face at the size of the reference.

    Args:
        painted: (S, S, 3) uint8, as the network predicts it.
        reference: (B, B, 3) uint8, B at least S: the same square of the bent photograph.

    Returns:
        (B, B, 3) uint8.
    """
    small, large = (len(painted),) * 2, (len(reference),) * 2
    low = cv2.resize(reference, small, interpolation=cv2.INTER_AREA)
    apart = cv2.GaussianBlur(cv2.absdiff(low, painted).mean(axis=-1).astype(np.float32), (0, 0), _SOFT)
    agrees = cv2.resize(np.exp(-np.square(apart / _AGREES)), large, interpolation=cv2.INTER_LINEAR)
    # What the network changed of the reference, enlarged, and the reference's own pixels.
    changed = cv2.resize(cv2.subtract(painted, low, dtype=cv2.CV_32F), large, interpolation=cv2.INTER_CUBIC)
    coarse = cv2.resize(low, large, interpolation=cv2.INTER_CUBIC)
    detail = cv2.subtract(reference, coarse, dtype=cv2.CV_32F)
    detail *= agrees[..., None]
    return np.asarray(cv2.add(changed + coarse, detail, dtype=cv2.CV_8U), np.uint8)
