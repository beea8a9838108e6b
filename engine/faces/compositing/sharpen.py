"""Bring a swapped face to the sharpness of the frame it goes into.

The model works on few pixels, so its faces are soft. Their edges are steepened by two rounds of unsharp masking, coarse
then fine, each as strong as the measured energies of the Laplacian ask for. Faint detail is left alone (raised, it
shows as blotches), and no pixel may leave the range of its surroundings by more than a trace (it would be a halo), so
edges grow steeper and not higher. Skin then gets a grain as strong as that of the frame's skin; the grain is fixed to
the face and moves with it. Where the frame is the softer one, as in quick motion, the same formula blurs.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from engine.arrays import Mask, Matrix, RGBImage

_Plane = NDArray[np.float32]

_GREATEST_GAIN = 8.0
"""Largest gain of one round, at a setting of 1."""
_OVERSHOOT = 4.0
"""Grey levels by which a pixel may leave the range of its surroundings; more would be seen as a halo."""
_SURROUNDINGS = 1.5
"""Their radius, as a multiple of the blur's standard deviation."""
_GREATEST_GRAIN = 2.0
"""Standard deviation of the grain, in grey levels."""
_INNER = 0.9
"""Value of the mask above which a pixel shows the swap alone."""
_WHOLLY = 0.99
"""Share of a larger pixel that lies inside."""
_LEAST_PIXELS = 64
_PIXELS_TO_STEEPEN = 1.7
"""Pixels across one of the model's that are enough to steepen edges with."""
_NO_ENERGY = 1e-3
_NOISE_ENERGY = 20.0
"""Mean square of the Laplacian of white noise of standard deviation 1."""


def sharpen(
    swap: RGBImage, target: RGBImage, mask: Mask, region_to_aligned: Matrix, aligned_size: int, amount: float
) -> RGBImage:
    """Return `swap` about as sharp as `target` is.

    Args:
        swap: (H, W, 3) uint8 RGB, laid into the frame's pixels.
        target: (H, W, 3) uint8 RGB, what the frame shows there.
        mask: (H, W) float32 in 0..1; sharpness is measured where it is nearly 1.
        region_to_aligned: (2, 3), these pixels to the model's.
        aligned_size: Side of the model's square in its own pixels.
        amount: 1 gives back what was lost as far as possible, 0 nothing.
    """
    inner = (mask > _INNER).astype(np.float32)
    if amount <= 0 or np.count_nonzero(inner) < _LEAST_PIXELS:
        return swap
    pixel_scale = 1 / float(np.sqrt(abs(np.linalg.det(region_to_aligned[:, :2]))))
    before, wanted = _luma(swap), _luma(target)
    grain = _missing_grain(before, wanted, inner, amount)
    change = _steepened(before, wanted, inner, pixel_scale, _GREATEST_GAIN * amount, grain)
    if grain > 0:
        change += np.float32(grain) * _grain(mask.shape, region_to_aligned, aligned_size)
    return np.asarray(cv2.add(swap, cv2.merge([change] * 3), dtype=cv2.CV_8U), np.uint8)


def _steepened(swap: _Plane, target: _Plane, inner: Mask, pixel_scale: float, greatest: float, grain: float) -> _Plane:
    """Return what to add to `swap` so that its edges are as steep as the target's, as far as `greatest` allows.

    What the grain will add to the energy is not asked of the edges.
    """
    # Where a pixel of the model covers many of the frame, there is nothing finer to steepen: fewer pixels will do.
    factor = max(1.0, pixel_scale // _PIXELS_TO_STEEPEN)
    before, wanted, where = (_shrunk(plane, factor) for plane in (swap, target, inner))
    scale, noise = pixel_scale / factor, grain / factor
    # Detail as large as the model's pixels first, judged at their scale, then the finest that there is.
    after = _one_round(before, wanted, where, max(0.8, 0.9 * scale), 0.7 * scale, greatest, noise)
    after = _one_round(after, wanted, where, max(0.6, 0.45 * scale), 1.0, greatest, noise)
    if factor == 1:
        return after - before
    whole = (swap.shape[1], swap.shape[0])
    return np.asarray(cv2.resize(after - before, whole, interpolation=cv2.INTER_LINEAR), np.float32)


def _one_round(
    plane: _Plane, wanted: _Plane, inner: Mask, sigma: float, judged_at: float, greatest: float, noise: float
) -> _Plane:
    """Return `plane` with detail up to `sigma` raised until its energy is that of `wanted`, less that of `noise`.

    Energies are compared in pictures made smaller by the factor `judged_at`.
    """
    detail = _without_faint(plane - _blurred(plane, sigma), inner)
    where = (_shrunk(inner, judged_at) > _WHOLLY).astype(np.float32)
    # Weighing by 0 and 1 is much quicker than picking pixels out.
    have, add, want = (_laplacian(_shrunk(each, judged_at)) * where for each in (plane, detail, wanted))
    of_noise = _NOISE_ENERGY * (noise / max(judged_at, 1.0)) ** 2 * float(where.sum())
    gain = _gain(have, add, max(0.0, float(np.vdot(want, want)) - of_noise), greatest)
    raised = plane + np.float32(gain) * detail
    if gain > 0:
        around = _disc(round(_SURROUNDINGS * sigma))
        np.clip(raised, cv2.erode(plane, around) - _OVERSHOOT, cv2.dilate(plane, around) + _OVERSHOOT, out=raised)
    return raised.astype(np.float32, copy=False)


def _without_faint(detail: _Plane, inner: Mask) -> _Plane:
    """Return detail with what is no stronger than that of skin fading out."""
    # Every fourth pixel gives the same median.
    inside = np.abs(detail[::2, ::2][inner[::2, ::2] > 0])
    usual = float(np.median(inside)) if inside.size else 0.0
    strength = np.square(detail)
    detail *= strength / (strength + np.float32(usual**2 + _NO_ENERGY))
    return detail


@lru_cache(maxsize=8)
def _disc(radius: int) -> MatLike:
    side = 2 * max(1, radius) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _gain(have: _Plane, add: _Plane, wanted: float, greatest: float) -> float:
    """Return g for which a plane plus g times its detail has the energy `wanted`, a sum of squares.

    With a, b the Laplacians of plane and detail, |a + g b|^2 = a.a + 2 g a.b + g^2 b.b, a quadratic in g.
    """
    aa, ab, bb = float(np.vdot(have, have)), float(np.vdot(have, add)), float(np.vdot(add, add))
    if bb < _NO_ENERGY:
        return 0.0
    under_root = ab * ab - bb * (aa - wanted)
    if under_root < 0:
        return -1.0
    return float(np.clip((-ab + np.sqrt(under_root)) / bb, -1.0, greatest))


def _missing_grain(plane: _Plane, wanted: _Plane, inner: Mask, amount: float) -> float:
    """Return the standard deviation of the grain that the swap's skin lacks.

    The median of the Laplacian's size ignores edges and so measures skin. That of white noise is 0.6745 of the standard
    deviation.
    """
    # Every fourth pixel gives the same median.
    where = inner[::2, ::2] > 0
    have, want = (
        float(np.median(np.abs(_laplacian(each)[::2, ::2][where]))) / (0.6745 * _NOISE_ENERGY**0.5)
        for each in (plane, wanted)
    )
    return min(amount * float(np.sqrt(max(want**2 - have**2, 0))), _GREATEST_GRAIN)


def _grain(shape: tuple[int, ...], region_to_aligned: Matrix, aligned_size: int) -> _Plane:
    """Return noise of standard deviation about 1, fixed to the face, as seen in the region (H, W)."""
    pixel_scale = 1 / float(np.sqrt(abs(np.linalg.det(region_to_aligned[:, :2]))))
    side = int(np.clip(2 ** np.round(np.log2(aligned_size * pixel_scale)), 64, 2048))
    to_texture = (region_to_aligned * (side / aligned_size)).astype(np.float64)
    seen = cv2.warpAffine(
        _texture(side), to_texture, (shape[1], shape[0]), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    return seen.astype(np.float32, copy=False)


@lru_cache(maxsize=4)
def _texture(side: int) -> _Plane:
    # Sampling between pixels averages them: on average it leaves two thirds of the standard deviation.
    return (1.5 * np.random.default_rng(side).standard_normal((side, side))).astype(np.float32)


def _luma(image: RGBImage) -> _Plane:
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _shrunk(plane: _Plane, factor: float) -> _Plane:
    if factor <= 1:
        return plane
    size = (max(1, round(plane.shape[1] / factor)), max(1, round(plane.shape[0] / factor)))
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)


def _blurred(plane: _Plane, sigma: float) -> _Plane:
    return cv2.GaussianBlur(plane, (0, 0), sigma).astype(np.float32, copy=False)


def _laplacian(plane: _Plane) -> _Plane:
    return cv2.Laplacian(plane, cv2.CV_32F).astype(np.float32, copy=False)
