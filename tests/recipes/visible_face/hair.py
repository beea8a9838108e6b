"""Hair that falls before a face, made without data: locks, a fringe, a curtain of it at the side."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage
from tests.recipes.visible_face.occluders import Layer, Random, fixed

_HAIR_UNLIKE_SKIN = 30.0
"""Difference from the cheeks, in one of red, green, blue, from which what is above a forehead is taken for hair."""


def fringe(colour: NDArray[np.float32], landmarks: NDArray[np.float32], size: int, random: Random) -> Layer:
    """Return a thick fringe that ends somewhere between hairline and eyes, straight or swept to a side.

    Args:
        colour: (3,) RGB of the hair.
        landmarks: (468, 2) in the picture's pixels.
        size: Side of the picture in pixels.
        random: Decides how.
    """
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    x = (np.arange(size, dtype=np.float32) - (low[0] + high[0]) / 2) / (high[0] - low[0])
    strands = random.normal(0, 1, size).astype(np.float32)
    tips = sum(cv2.GaussianBlur(strands[None], (0, 0), wide)[0] * wide**0.5 for wide in (0.7, 2.5, 7.0))
    long = random.uniform(0.05, 0.4) + random.normal(0, 0.2) * x + random.normal(0, 0.3) * x**2 + 0.03 * tips
    if random.random() < 0.3:
        long -= random.uniform(0.2, 0.5) * np.exp(-np.square((x - random.normal(0, 0.3)) / random.uniform(0.05, 0.25)))
    end = low[1] + (high[1] - low[1]) * np.clip(long, -0.1, 0.5)
    rows = np.arange(size, dtype=np.float32)[:, None]
    alpha = np.clip((end - rows) / random.uniform(1, 8), 0, 1) * (np.abs(x) < random.uniform(0.4, 0.6))
    return Layer(_strands(colour, size, random), (alpha * random.uniform(0.75, 1.0)).astype(np.float32))


def curtain(colour: NDArray[np.float32], landmarks: NDArray[np.float32], size: int, random: Random) -> Layer:
    """Return hair that hangs down at one side and covers a little of the cheek; its arguments are those of `fringe`."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    width, height = high - low
    y = (np.arange(size, dtype=np.float32) - low[1]) / height
    wave = random.uniform(0, 0.04) * np.sin(y * random.uniform(3, 9) + random.uniform(0, 6))
    over = random.uniform(-0.02, 0.3) + random.normal(0, 0.15) * y + random.normal(0, 0.3) * (y - 0.5) ** 2 + wave
    over = np.minimum(over, 0.45)
    columns = np.arange(size, dtype=np.float32)[None]
    from_side = columns - low[0] if random.random() < 0.5 else high[0] - columns
    alpha = np.clip((over[:, None] * width - from_side) / random.uniform(1, 8), 0, 1)
    alpha *= np.clip((random.uniform(0.4, 1.6) - y[:, None]) * 12, 0, 1)
    return Layer(_strands(colour, size, random), (alpha * random.uniform(0.8, 1.0)).astype(np.float32))


def locks(colour: NDArray[np.float32], landmarks: NDArray[np.float32], size: int, random: Random) -> Layer:
    """Return locks of hair that fall from above or from the side; its arguments are those of `fringe`."""
    left, right = landmarks[:, 0].min(), landmarks[:, 0].max()
    top, chin = landmarks[:, 1].min(), landmarks[:, 1].max()
    width, height = right - left, chin - top
    alpha, shown = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
    begin = random.uniform(left - 0.1 * width, right + 0.1 * width)
    spread, count = random.choice([0.03, 0.12, 0.5]) * width, int(random.integers(3, 70))
    reach, lean, wave = random.uniform(0.1, 1.2) * height, random.normal(0, 0.35), random.normal(0, 0.06) * width
    steps = np.linspace(0, 1, 12)
    for _ in range(count):
        own = begin + random.normal(0, spread)
        long = reach * random.uniform(0.6, 1.1)
        x = (
            own
            + lean * long * steps**2
            + wave * np.sin(steps * 5 + random.normal(0, 0.3))
            + random.normal(0, 2) * steps
        )
        y = top - 0.18 * height + (long + 0.18 * height) * steps
        path, thick = fixed(np.column_stack([x, y])), int(random.choice([1, 1, 1, 2, 2, 3]))
        strength = random.uniform(0.5, 1.0)
        cv2.polylines(alpha, [path], False, strength, thick, cv2.LINE_AA, 4)
        cv2.polylines(shown, [path], False, float(random.uniform(0.6, 1.35)), thick, cv2.LINE_AA, 4)
    light = np.where(alpha > 0, shown / np.maximum(alpha, 0.3), 1.0)
    return Layer(np.clip(colour * np.clip(light, 0.4, 1.6)[..., None], 0, 255).astype(np.float32), alpha)


def own_fringe(picture: RGBImage, landmarks: NDArray[np.float32], size: int, random: Random) -> Layer | None:
    """Return a person's own hair, drawn down over the forehead; None where there is no hair above it.

    Args:
        picture: (S, S, 3) uint8, the portrait.
        landmarks: (468, 2) in its pixels.
        size: Side of the picture in pixels.
        random: Decides how.
    """
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    height, width = high[1] - low[1], high[0] - low[0]
    hairline, crown = low[1] - 0.1 * height, low[1] - 0.22 * height
    band = picture[max(0, int(crown)) : max(1, int(hairline)), int(low[0] + 0.2 * width) : int(high[0] - 0.2 * width)]
    cheeks = picture[int(low[1] + 0.55 * height) : int(low[1] + 0.65 * height), int(low[0]) + 8 : int(high[0]) - 8]
    if not band.size or np.abs(band.mean(axis=(0, 1)) - cheeks.mean(axis=(0, 1))).max() < _HAIR_UNLIKE_SKIN:
        return None
    x = np.linspace(-1, 1, size, dtype=np.float32)
    uneven = cv2.resize(random.normal(0, 1, (1, int(random.integers(5, 60)))).astype(np.float32), (size, 1))[0]
    # As long as from the hairline to a little below the brows, straight or swept to one side, parted now and then.
    long = height * (random.uniform(0.05, 0.45) + random.normal(0, 0.15) * x + random.uniform(0, 0.05) * uneven)
    if random.random() < 0.4:
        long -= (
            height
            * random.uniform(0.2, 0.6)
            * np.exp(-np.square((x - random.normal(0, 0.3)) / random.uniform(0.1, 0.3)))
        )
    long = np.clip(long, 1, 0.5 * height).astype(np.float32)
    rows = np.arange(size, dtype=np.float32)[:, None]
    # Hair between crown and hairline is stretched down: strands run that way anyhow.
    stretch = (hairline - crown) / (hairline - crown + long)
    above = crown + (rows - crown) * stretch
    columns = np.broadcast_to(np.arange(size, dtype=np.float32), (size, size))
    drawn = cv2.remap(
        picture, columns, np.where(rows > crown, above, rows), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    soft = random.uniform(1, 6)
    alpha = np.clip((hairline + long - rows) / soft, 0, 1) * np.clip((rows - crown) / 2, 0, 1)
    beyond = np.clip((columns - low[0] + 0.06 * width) / 4, 0, 1) * np.clip(
        (high[0] + 0.06 * width - columns) / 4, 0, 1
    )
    return Layer(drawn.astype(np.float32), (alpha * beyond).astype(np.float32))


def _strands(colour: NDArray[np.float32], size: int, random: Random) -> NDArray[np.float32]:
    """Return hair that hangs down, (size, size, 3) float32, in the light."""
    tall = int(random.integers(2, 7))
    strands = cv2.resize(random.normal(0, 1, (tall, size)).astype(np.float32), (size, size))
    strands = cv2.GaussianBlur(strands, (0, 0), random.uniform(0.4, 1.5), sigmaY=3)
    strands *= random.uniform(0.05, 0.35) / (strands.std() + 1e-6)
    shine = cv2.resize(random.normal(0, random.uniform(0, 0.3), (3, 3)).astype(np.float32), (size, size))
    lean, columns = random.normal(0, 0.5), np.broadcast_to(np.arange(size, dtype=np.float32), (size, size))
    leaning = columns + lean * columns.T
    strands = cv2.remap(strands, leaning, columns.T.copy(), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(np.clip(colour * np.clip(1 + strands + shine, 0.2, 2.0)[..., None], 0, 255), np.float32)
