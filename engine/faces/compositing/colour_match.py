"""Give a swapped face the colours of the frame it goes into.

Three steps, all in CIE L*a*b*, where equal steps look about equally large. Of what is fine in a face, the standard
deviation over the mask is made that of the target's (Reinhard et al. 2001, "Color Transfer between Images"). What is
coarse is the light that falls on it (as in retinex; Land & McCann 1971): it is made the target's, so that a head lit
from the left is lit from the left. Then what difference is left along the mask's border is spread softly inwards, so
that a cheek in shadow meets a cheek in shadow: the membrane of seamless cloning (Farbman et al. 2009) in its cheapest
form, a normalised convolution on a coarse grid.

A cheek that the sun burnt white in the source's pictures has lost what lies beneath the light. Where the frame shows no
light like it, lightness is rolled off at that of the frame's brightest skin, it gets the colour of skin, and does not
glitter.

Where the frame has no colours of its own, the face gets none either (`tone`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from engine.arrays import Mask, RGBImage
from engine.faces.compositing.tone import NO_TONE, Tone, apply_tone, mean_tone, measure_tone
from engine.project.settings import ColourMatch

GRID = 24
"""Side of the coarse grid that holds the correction along the border."""

_GAIN_BOUNDS = np.array([[0.7, 0.3, 0.3], [1.4, 1.6, 1.6]], np.float32)
"""Least and greatest factor on the standard deviation of L*, a*, b*: flat light must not get the contrast of a hand
before the face."""

_SAME_SKIN = np.array([11.0, 6.0, 6.0], np.float32)
"""Differences of L*, a*, b* along the border beyond which the frame shows hair, collar or wall instead of skin."""

_SAME_FACE = np.array([25.0, 12.0, 12.0], np.float32)
"""The same of two faces all of whose light may differ, beyond which one of them has a beard, or a brow, there."""

_MEASURED = 48
"""Side in pixels at which colours are measured: what is finer is detail rather than colour."""

_LIGHT_REACH = 0.15
"""Standard deviation, as a share of the picture's side, of what is light rather than features: from 0.12 on the one
replaced begins to show (a recogniser's distance to the source grows by 0.01, at 0.08 by 0.02), at 0.2 bands of shadow
are left."""

_BORDER_REACH = 0.10
"""Standard deviation of the border's correction, as a share of the picture's side."""

_LEAST_PIXELS = 16

_FADE = 0.01
"""Weight of "no correction": decides how far from the border, and from skin, the correction has faded by half."""

_LAB_ZERO = np.array([0, 128, 128], np.float32)
_LAB_STEP = np.array([100 / 255, 1, 1], np.float32)
"""How OpenCV puts L*a*b* into 8 bits."""

_BRIGHT = 0.95
"""Share of the frame's face that is darker than its brightest skin: no area of the swap gets lighter."""

_NEAR = 5
"""Side, in pixels of those that colours are measured at, of what counts as the same place in the frame."""

_KNEE = 6.0
"""Lightness below the ceiling from which on it is rolled off, and how far the ceiling lies above the frame's lightness
in the same place, where that is higher: whatever is no lighter than the frame stays as it is."""

_AREA = 0.012
"""Standard deviation, as a share of the picture's side, over which a highlight counts: more than that of an eye."""

_AREA_SIDE = 160
"""Side in pixels, at most, at which such areas are looked for."""

_BURNT = 12.0
"""Lightness taken off an area from which on its colour is that of skin."""

_GLITTER = 0.7
"""Share of the fine contrast that such an area loses: what glitters in bright light looks wet without it."""

_TRIMMED = 0.05
"""Share of pixels left out at either end of lightness: highlights, nostrils, an open mouth."""


@dataclass(frozen=True, eq=False)
class ColourTransfer:
    """How to turn the model's colours into the frame's: `gain * lab + field`, in CIE L*a*b*, then its tone."""

    gain: NDArray[np.float32]
    """(3,)"""
    field: NDArray[np.float32]
    """(GRID, GRID, 3), stretched over the picture."""
    tone: Tone
    """That of the frame."""
    ceiling: NDArray[np.float32]
    """(GRID, GRID) L* that no area of the face reaches, stretched over the picture."""
    skin: NDArray[np.float32]
    """(2,) a*, b* of the frame's brightest skin."""


NO_TRANSFER = ColourTransfer(
    np.ones(3, np.float32),
    np.zeros((GRID, GRID, 3), np.float32),
    NO_TONE,
    np.full((GRID, GRID), 100, np.float32),
    np.zeros(2, np.float32),
)
"""The colour transfer that changes nothing."""


def measure_colour_transfer(swap: RGBImage, target: RGBImage, mask: Mask, match: ColourMatch) -> ColourTransfer:
    """Return the colour transfer that gives `swap` the colours of `target`.

    Args:
        swap: (S, S, 3) uint8 RGB, the model's face.
        target: (S, S, 3) uint8 RGB, the frame's face in the same place.
        mask: (S, S) float32 in 0..1, where the swap will be seen.
        match: What to make equal.
    """
    mask = np.asarray(_small(mask), np.float32)
    inner = mask > 0.5
    if match is ColourMatch.NONE or np.count_nonzero(inner) < _LEAST_PIXELS:
        return NO_TRANSFER
    swap_lab, target_lab = (_to_coarse_lab(np.asarray(_small(image), np.uint8)) for image in (swap, target))
    match match:
        case ColourMatch.LAB:
            gain = _gain(swap_lab, target_lab, mask)
            light = _light(target_lab - gain * swap_lab, mask)
        case ColourMatch.MEAN:
            gain = np.ones(3, np.float32)
            light = np.zeros_like(swap_lab) + _middle((target_lab - swap_lab)[inner])
        case _:
            assert_never(match)
    field = _on_grid(light) + _border_field(target_lab - (gain * swap_lab + light), mask)
    return ColourTransfer(gain, field, measure_tone(target), *_brightest(target_lab, inner))


def mean_colour_transfer(transfers: Sequence[ColourTransfer], weights: Sequence[float]) -> ColourTransfer:
    """Return the weighted mean of some colour transfers: a flicker of one frame is evened out by its neighbours."""
    shares = np.asarray(weights, np.float32) / np.float32(sum(weights))

    def mean(arrays: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        return np.tensordot(shares, np.stack(arrays), axes=1).astype(np.float32)

    return ColourTransfer(
        mean([transfer.gain for transfer in transfers]),
        mean([transfer.field for transfer in transfers]),
        mean_tone([transfer.tone for transfer in transfers], shares),
        mean([transfer.ceiling for transfer in transfers]),
        mean([transfer.skin for transfer in transfers]),
    )


def apply_colour_transfer(swap: RGBImage, transfer: ColourTransfer) -> RGBImage:
    """Return `swap`, (S, S, 3) uint8 RGB, with its colours transferred."""
    if transfer is NO_TRANSFER:
        return swap
    height, width = swap.shape[:2]
    field = cv2.resize(transfer.field, (width, height), interpolation=cv2.INTER_CUBIC)
    lab = _to_lab(swap)
    lab *= transfer.gain
    lab += field
    return apply_tone(_to_rgb(_rolled_off(lab, transfer)), transfer.tone)


def _brightest(lab: NDArray[np.float32], inner: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return ceiling and skin, as in `ColourTransfer`, of the frame's face, (S, S, 3) L*a*b*, seen where `inner` is."""
    level = np.quantile(lab[inner][:, 0], _BRIGHT)
    skin = np.median(lab[inner & (lab[..., 0] >= level)][:, 1:], axis=0)
    # Teeth are as bright as the frame's where the frame shows teeth.
    near = cv2.dilate(np.where(inner, lab[..., 0], np.float32(0)), np.ones((_NEAR, _NEAR), np.uint8))
    ceiling = np.maximum(level, _on_grid(near) + _KNEE)
    return ceiling.astype(np.float32), np.asarray(skin, np.float32)


def _rolled_off(lab: NDArray[np.float32], transfer: ColourTransfer) -> NDArray[np.float32]:
    """Return a face, (S, S, 3) L*a*b*, without areas brighter than the ceiling.

    Small highlights stay: without the light in them eyes are dull.
    """
    side = min(len(lab), _AREA_SIDE)
    knee = cv2.resize(transfer.ceiling, (side, side), interpolation=cv2.INTER_LINEAR) - _KNEE
    lightness = cv2.resize(cv2.extractChannel(lab, 0), (side, side), interpolation=cv2.INTER_AREA)
    area = cv2.GaussianBlur(lightness, (0, 0), _AREA * side)
    above = np.maximum(area - knee, 0)
    if not above.any():
        return lab
    too_much = above - _KNEE * np.tanh(above / _KNEE)
    share = np.clip(too_much / _BURNT, 0, 1)
    # What is fine in lightness is damped, colour brought to that of skin, both by a factor and what is added.
    damped = _GLITTER * share
    kept = cv2.merge([1 - damped, 1 - share, 1 - share])
    added = cv2.merge([damped * area - too_much, *(share * each for each in transfer.skin)])
    kept, added = (cv2.resize(each, lab.shape[:2], interpolation=cv2.INTER_LINEAR) for each in (kept, added))
    return (lab * kept + added).astype(np.float32, copy=False)


def _small(plane: MatLike) -> MatLike:
    return cv2.resize(plane, (_MEASURED, _MEASURED), interpolation=cv2.INTER_AREA)


def _to_lab(image: RGBImage) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(np.divide(image, np.float32(255), dtype=np.float32), cv2.COLOR_RGB2LAB), np.float32)


def _to_coarse_lab(image: RGBImage) -> NDArray[np.float32]:
    """Return what `_to_lab` returns, in 256 steps a channel: nine times as fast, and enough to measure by."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    return ((lab - _LAB_ZERO) * _LAB_STEP).astype(np.float32, copy=False)


def _to_rgb(lab: NDArray[np.float32]) -> RGBImage:
    levels = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * np.float32(255)
    return np.clip(np.rint(levels, out=levels), 0, 255, out=levels).astype(np.uint8)


def _gain(swap_lab: NDArray[np.float32], target_lab: NDArray[np.float32], mask: Mask) -> NDArray[np.float32]:
    """Return by how much the target's face has more contrast than the swap, in what is fine, (3,)."""
    swap_spread, target_spread = (_spread((lab - _coarse(lab, mask))[mask > 0.5]) for lab in (swap_lab, target_lab))
    return np.asarray(np.clip(target_spread / np.maximum(swap_spread, 0.5), *_GAIN_BOUNDS), np.float32)


def _light(difference: NDArray[np.float32], mask: Mask) -> NDArray[np.float32]:
    """Return what is coarse in the difference of two faces, (S, S, 3), where both show skin."""
    middle = _middle(difference[mask > 0.5])
    rest = difference - middle
    return np.asarray(middle + _coarse(rest, mask * _likeness(rest, _SAME_FACE)), np.float32)


def _coarse(lab: NDArray[np.float32], weights: Mask) -> NDArray[np.float32]:
    """Return what is coarse in a picture, (S, S, 3), by a normalised convolution: where weights are 0 it is guessed."""
    sigma = _LIGHT_REACH * len(weights)
    weighted = cv2.GaussianBlur(lab * weights[..., None], (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    total = cv2.GaussianBlur(weights, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(weighted / (total + _FADE)[..., None], np.float32)


def _likeness(difference: NDArray[np.float32], scale: NDArray[np.float32]) -> Mask:
    """Return how far two pictures show the same thing, (S, S) float32 in 0..1, given their difference (S, S, 3)."""
    return np.asarray(np.exp(-np.square(difference / scale).sum(axis=2)), np.float32)


def _middle(difference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the usual difference (3,) among those of pixels (N, 3), whatever a beard or an open mouth adds to it."""
    return np.asarray(np.median(difference, axis=0), np.float32)


def _spread(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the standard deviation (3,) of pixels (N, 3), the darkest and the brightest left out."""
    least, most = np.quantile(lab[:, 0], [_TRIMMED, 1 - _TRIMMED])
    return np.asarray(lab[(lab[:, 0] >= least) & (lab[:, 0] <= most)].std(axis=0), np.float32)


def _on_grid(plane: MatLike) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(plane, (GRID, GRID), interpolation=cv2.INTER_AREA), np.float32)


def _border_field(difference: NDArray[np.float32], mask: Mask) -> NDArray[np.float32]:
    """Return what the swap lacks along its border, fading out inwards, as (GRID, GRID, 3)."""
    ring = 4 * mask * (1 - mask) * _likeness(difference, _SAME_SKIN)
    weighted, weights = _on_grid(difference * ring[..., None]), _on_grid(ring)
    sigma = _BORDER_REACH * GRID
    weighted = np.asarray(cv2.GaussianBlur(weighted, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT), np.float32)
    weights = np.asarray(cv2.GaussianBlur(weights, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT), np.float32)
    field: NDArray[np.float32] = (weighted / (weights + _FADE)[..., None]).astype(np.float32)
    return field
