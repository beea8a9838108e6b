"""Bring a swapped face to the sharpness of the frame it goes into.

The model works on few pixels and paints softly. Its edges are steepened by two rounds of unsharp masking, coarse then
fine, each as strong as the measured energies of the Laplacian ask for, and held near the darkest and brightest
neighbour so that no halo appears. Skin then gets a grain as strong as that of the frame's skin; the grain is fixed to
the face and moves with it. Where the frame is the softer one, as in quick motion, the same formula blurs.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import Mask, Matrix

_Plane = NDArray[np.float32]

_GREATEST_GAIN = 3.0
"""Of one round, at a setting of 1; beyond it compression blocks come out instead of detail."""

_ROOM = 1.0
"""How far detail may rise, as a share of the difference between the darkest and the brightest neighbour."""

_GREATEST_GRAIN = 5.0
"""Standard deviation of the grain, in grey levels."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def sharpen(
    swap: _Plane, target: _Plane, mask: Mask, region_to_aligned: Matrix, aligned_size: int, amount: float
) -> _Plane:
    """Return `swap` about as sharp as `target` is.

    Args:
        swap: (H, W, 3) float32 RGB in 0..255, laid into the frame's pixels.
        target: (H, W, 3) float32 RGB in 0..255, what the frame shows there.
        mask: (H, W) float32 in 0..1; sharpness is measured where it is nearly 1.
        region_to_aligned: (2, 3), these pixels to the model's.
        aligned_size: Side of the model's square in its own pixels.
        amount: 1 gives back what was lost as far as possible, 0 nothing.
    """
    inner = mask > 0.9
    if amount <= 0 or np.count_nonzero(inner) < 64:
        return swap
    pixel_scale = 1 / float(np.sqrt(abs(np.linalg.det(region_to_aligned[:, :2]))))
    before, wanted = swap @ _LUMA, target @ _LUMA
    # Cubic interpolation leaves the model's pixels visible as a grid, which sharpening would bring out.
    after = _blurred(before, 0.45 * pixel_scale) if pixel_scale > 1.2 else before
    greatest = _GREATEST_GAIN * amount
    # Detail as large as the model's pixels first, judged at their scale, then the frame's own pixels.
    after = _one_round(after, wanted, inner, max(0.8, 0.9 * pixel_scale), 0.5 * pixel_scale, greatest)
    after = _one_round(after, wanted, inner, max(0.6, 0.45 * pixel_scale), 0.0, greatest)
    after = after + _missing_grain(after, wanted, inner, amount) * _grain(mask.shape, region_to_aligned, aligned_size)
    return np.clip(swap + (after - before)[..., None], 0, 255).astype(np.float32)


def laplacian_energy(plane: _Plane, inner: NDArray[np.bool_]) -> float:
    """Return the mean square of the Laplacian of (H, W) where `inner` is true: how much fine detail there is."""
    return float(np.square(_laplacian(plane)[inner]).mean())


def _one_round(
    plane: _Plane, wanted: _Plane, inner: NDArray[np.bool_], sigma: float, judged_at: float, greatest: float
) -> _Plane:
    """Return `plane` with detail up to `sigma` raised until its energy at the scale `judged_at` is that of `wanted`."""
    detail = plane - _blurred(plane, sigma)
    have, add, want = (_laplacian(_blurred(each, judged_at))[inner] for each in (plane, detail, wanted))
    gain = _gain(have, add, float(np.square(want).mean()), greatest)
    if gain <= 0:
        return (plane + max(gain, -1.0) * detail).astype(np.float32)
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(sigma) + 1,) * 2)
    soft = max(0.5, sigma / 2)
    low, high = _blurred(cv2.erode(plane, reach), soft), _blurred(cv2.dilate(plane, reach), soft)
    room = np.maximum(_ROOM * (high - low), 0.5)
    return (plane + room * np.tanh(gain * detail / room)).astype(np.float32)


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


def _blurred(plane: _Plane, sigma: float) -> _Plane:
    return cv2.GaussianBlur(plane, (0, 0), sigma).astype(np.float32, copy=False) if sigma > 0.1 else plane


def _laplacian(plane: _Plane) -> _Plane:
    return cv2.Laplacian(plane, cv2.CV_32F)  # type: ignore[return-value]


def _missing_grain(plane: _Plane, wanted: _Plane, inner: NDArray[np.bool_], amount: float) -> float:
    """Return the standard deviation of the grain that the swap's skin lacks.

    The median of the Laplacian's size looks past edges: it tells of skin. White noise of deviation s has a Laplacian
    of deviation sqrt(20) s, and the median of its size is 0.6745 of that.
    """
    have, want = (float(np.median(np.abs(_laplacian(each)[inner]))) / (0.6745 * 20**0.5) for each in (plane, wanted))
    return min(amount * float(np.sqrt(max(want**2 - have**2, 0))), _GREATEST_GRAIN)


def _grain(shape: tuple[int, ...], region_to_aligned: Matrix, aligned_size: int) -> _Plane:
    """Return noise of deviation about 1, fixed to the face, as seen in the region (H, W)."""
    pixel_scale = 1 / float(np.sqrt(abs(np.linalg.det(region_to_aligned[:, :2]))))
    side = int(np.clip(2 ** np.round(np.log2(aligned_size * pixel_scale)), 64, 2048))
    to_texture = (region_to_aligned * (side / aligned_size)).astype(np.float64)
    size = (shape[1], shape[0])
    seen = cv2.warpAffine(_texture(side), to_texture, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    return seen.astype(np.float32)


@lru_cache(maxsize=4)
def _texture(side: int) -> _Plane:
    return np.random.default_rng(side).normal(0, 1, (side, side)).astype(np.float32)
