"""Film without colours of its own: black and white, or tinted, so that lightness alone decides the colour.

In such a picture the colours lie on one line. What is put into it has to lie there as well: lips that are a little
redder than the skin are noticed where nothing else has a colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage

_LEVELS = 256
_KNOTS = 17
"""Lightnesses at which the line may bend."""
_STIFFNESS = 10.0
"""How far the line resists bending, against as many pixels: noise must not bend it, and it goes on where none are."""
_MEASURED = 48
"""Side in pixels at which a picture is measured."""
_SMOOTHED = 2.5
"""Standard deviation, in those pixels, over which what lies off the line is averaged: lips remain, noise does not."""
_ON_LINE, _OFF_LINE = 0.5, 0.85
"""Distance from the line, of 255, up to which a picture has no colours of its own, and from which it has.

Measured on aligned faces: tinted film, compressed strongly or noisy, up to 0.45; a woman in grey light 0.96 at least,
everybody else 1.5 and more.
"""


@dataclass(frozen=True, eq=False)
class Tone:
    """What colour each lightness has in a picture, and whether it decides the colour."""

    table: NDArray[np.float32]
    """(256, 3) RGB in 0..255 for each grey level."""
    share: float
    """1 where lightness decides the colour, 0 where the picture has colours of its own."""


NO_TONE = Tone(np.repeat(np.arange(_LEVELS, dtype=np.float32)[:, None], 3, axis=1), 0.0)
"""The tone of a picture that has colours of its own."""


def measure_tone(picture: RGBImage) -> Tone:
    """Return the tone of a picture, (H, W, 3) uint8 RGB.

    Colour as a function of lightness is a penalised spline of first degree (Eilers & Marx 1996).
    """
    small = np.asarray(cv2.resize(picture, (_MEASURED, _MEASURED), interpolation=cv2.INTER_AREA), np.uint8)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8).reshape(-1)
    colour = small.reshape(-1, 3) - grey[:, None].astype(np.float64)
    # Pixels of one lightness have the same knots: adding them up first is a hundred times as fast.
    pixels = np.bincount(grey, minlength=_LEVELS)
    sums = np.stack([np.bincount(grey, weights=channel, minlength=_LEVELS) for channel in colour.T], axis=1)
    hats = _hats()
    bends = np.diff(np.eye(_KNOTS), 2, axis=0)
    # A picture of one lightness says nothing of how its line goes on: the last term lets it end in grey.
    system = hats.T @ (pixels[:, None] * hats) + _STIFFNESS * bends.T @ bends + 1e-3 * np.eye(_KNOTS)
    on_line = hats @ np.linalg.solve(system, hats.T @ sums)
    off = np.asarray(colour - on_line[grey], np.float32).reshape(_MEASURED, _MEASURED, 3)
    distance = float(np.sqrt(np.square(cv2.GaussianBlur(off, (0, 0), _SMOOTHED)).mean()))
    share = float(np.clip((_OFF_LINE - distance) / (_OFF_LINE - _ON_LINE), 0, 1))
    table = np.clip(np.arange(_LEVELS)[:, None] + on_line, 0, _LEVELS - 1)
    return Tone(table.astype(np.float32), share) if share else NO_TONE


def mean_tone(tones: Sequence[Tone], shares: NDArray[np.float32]) -> Tone:
    """Return the mean of some tones, weighted by `shares`, which add up to 1."""
    table = np.tensordot(shares, np.stack([tone.table for tone in tones]), axes=1)
    return Tone(table.astype(np.float32), float(shares @ np.array([tone.share for tone in tones], np.float32)))


def apply_tone(image: RGBImage, tone: Tone) -> RGBImage:
    """Return a picture, (H, W, 3) uint8 RGB, with the colours that its lightness has in that tone."""
    if not tone.share:
        return image
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    toned = np.rint(tone.table).astype(np.uint8)[grey]
    return np.asarray(cv2.addWeighted(toned, tone.share, image, 1 - tone.share, 0), np.uint8)


@lru_cache(maxsize=1)
def _hats() -> NDArray[np.float64]:
    """Return the share that each knot has in each lightness, (256, knots)."""
    places = np.linspace(0, _KNOTS - 1, _LEVELS)[:, None]
    return np.asarray(np.maximum(0, 1 - np.abs(places - np.arange(_KNOTS))), np.float64)
