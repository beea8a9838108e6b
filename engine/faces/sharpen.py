"""Bring a swapped face to the sharpness of the frame it goes into.

The model works on few pixels and paints softly. What it leaves can be steepened, never invented: two rounds of unsharp
masking, coarse then fine, each as strong as the measured energies of the Laplacian ask for, and each held between the
darkest and brightest neighbour so that no halo appears. Where the frame is the softer one, as in quick motion, the
same formula blurs.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import Mask

_Plane = NDArray[np.float32]

_GREATEST_GAIN = 4.0
"""Of one round, at a setting of 1; beyond it compression blocks come out instead of detail."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def sharpen(swap: _Plane, target: _Plane, mask: Mask, pixel_scale: float, amount: float) -> _Plane:
    """Return `swap` about as sharp as `target` is.

    Args:
        swap: (H, W, 3) float32 RGB in 0..255, laid into the frame's pixels.
        target: (H, W, 3) float32 RGB in 0..255, what the frame shows there.
        mask: (H, W) float32 in 0..1; sharpness is measured where it is nearly 1.
        pixel_scale: Frame pixels in one pixel of the model's.
        amount: 1 gives back what was lost as far as possible, 0 nothing.
    """
    inner = mask > 0.9
    if amount <= 0 or np.count_nonzero(inner) < 64:
        return swap
    before = swap @ _LUMA
    wanted = laplacian_energy(target @ _LUMA, inner)
    after = before
    for sigma in (max(0.8, 0.8 * pixel_scale), max(0.6, 0.4 * pixel_scale)):
        after = _one_round(after, wanted, inner, sigma, _GREATEST_GAIN * amount)
    return np.clip(swap + (after - before)[..., None], 0, 255)


def laplacian_energy(plane: _Plane, inner: NDArray[np.bool_]) -> float:
    """Return the mean square of the Laplacian of (H, W) where `inner` is true: how much fine detail there is."""
    return float(np.square(_laplacian(plane)[inner]).mean())


def _one_round(plane: _Plane, wanted: float, inner: NDArray[np.bool_], sigma: float, greatest: float) -> _Plane:
    detail = plane - cv2.GaussianBlur(plane, (0, 0), sigma)
    gain = _gain(_laplacian(plane)[inner], _laplacian(detail)[inner], wanted, greatest)
    if gain <= 0:
        return (plane + max(gain, -1.0) * detail).astype(np.float32)
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(sigma) + 1,) * 2)
    low, high = cv2.erode(plane, reach), cv2.dilate(plane, reach)
    room = 0.15 * (high - low)
    return np.clip(plane + gain * detail, low - room, high + room).astype(np.float32)


def _gain(laplacian: _Plane, of_detail: _Plane, wanted: float, greatest: float) -> float:
    """Return g for which plane + g * detail has the energy `wanted`.

    With a, b the Laplacians of plane and detail, <(a + g b)^2> = <a^2> + 2 g <a b> + g^2 <b^2>, a quadratic in g.
    """
    aa, ab, bb = (float((x * y).mean()) for x, y in ((laplacian, laplacian), (laplacian, of_detail), (of_detail,) * 2))
    if bb < 1e-6:
        return 0.0
    under_root = ab * ab - bb * (aa - wanted)
    if under_root < 0:
        return -1.0
    return float(np.clip((-ab + np.sqrt(under_root)) / bb, -1.0, greatest))


def _laplacian(plane: _Plane) -> _Plane:
    return cv2.Laplacian(plane, cv2.CV_32F)  # type: ignore[return-value]
