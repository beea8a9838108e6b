"""How a picture is changed at random before the encoder sees it, so that it cannot simply be copied.

OpenCV does the work: a square is cut out a little turned, shifted and scaled; what the encoder sees of it is bent,
blurred and recoloured as well.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import MODEL_SHARE, RGBImage

Square = NDArray[np.float64]
"""(2, 3): from pixels of the model's square to a training picture of side 1."""

_TURN_DEGREES = 4.0
"""Largest turn to either side."""
_SCALE = 0.04
"""Largest change of scale, as a share."""
_SHIFT = 0.02
"""Largest shift, as a share of the square's side."""
_WARP_GRID = 5
"""Points along each side of the grid that is bent."""
_WARP = 0.04
"""Largest standard deviation of the bending, as a share of the square's side; each face draws its own below that."""
_BLUR = 2.0
"""Largest standard deviation, in pixels of a 96-pixel square, of the blur that hides how sharp a person's camera is."""
_COLOUR_BOUNDS = (0.4, 2.5)
"""Least and greatest factor on red, green, blue of a reference, to give it the colours of the face."""
_GAIN, _TINT, _OFFSET = 0.2, 0.07, 20.0
"""Brightness and tint, as shares, and offset, in grey levels of 255."""


def square_of(pictures: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return the model's square of training pictures: (N, P, P, C) to (N, S, S, C) uint8."""
    straight = _square_to_picture(size, 0.0, 1.0, (0.0, 0.0))
    return np.stack([sample(picture, straight, size) for picture in pictures])


def random_square(size: int, random: np.random.Generator) -> Square:
    """Return a square a little turned, shifted and scaled."""
    return _square_to_picture(
        size,
        np.deg2rad(random.uniform(-_TURN_DEGREES, _TURN_DEGREES)),
        1.0 + random.uniform(-_SCALE, _SCALE),
        tuple(random.uniform(-_SHIFT, _SHIFT, 2)),
    )


def distorted(picture: RGBImage, square: Square, size: int, random: np.random.Generator) -> RGBImage:
    """Return a square with its grid points moved, blurred and recoloured at random: (size, size, 3) uint8."""
    bend = random.normal(0.0, random.uniform(0.0, _WARP) * size, (_WARP_GRID, _WARP_GRID, 2))
    return _recolour(_blur(_warp(picture, square, bend.astype(np.float32), size), random), random)


def _square_to_picture(size: int, angle: float, scale: float, shift: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the (2, 3) transform from pixels of the model's square to a training picture of side 1."""
    step = MODEL_SHARE / size * scale
    cosine, sine = np.cos(angle) * step, np.sin(angle) * step
    turn = np.array([[cosine, -sine], [sine, cosine]])
    middle = 0.5 + np.asarray(shift) * MODEL_SHARE
    return np.column_stack([turn, middle - turn @ np.full(2, (size - 1) / 2)])


def _in_pixels(matrix: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Return a transform to a picture of side 1 as one to its pixels, whose centres lie at whole numbers."""
    scaled = matrix * side
    scaled[:, 2] -= 0.5
    return scaled


def sample(picture: NDArray[np.uint8], matrix: Square, size: int) -> NDArray[np.uint8]:
    """Return the square that a matrix cuts out of a training picture, (P, P, C) to (size, size, C) uint8."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    inside = _in_pixels(matrix, len(picture))
    return np.asarray(
        cv2.warpAffine(picture, inside, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _warp(picture: RGBImage, matrix: NDArray[np.float64], bend: NDArray[np.float32], size: int) -> RGBImage:
    """Return the square that `matrix` cuts out, its grid points moved by `bend`, (G, G, 2) in pixels of the square."""
    places = cv2.resize(bend, (size, size), interpolation=cv2.INTER_CUBIC) + _grid(size)
    x, y = cv2.split(cv2.transform(places, _in_pixels(matrix, len(picture))))
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


@lru_cache
def _grid(size: int) -> NDArray[np.float32]:
    """(S, S, 2): x and y of every pixel."""
    return np.stack(np.meshgrid(np.arange(size), np.arange(size)), -1).astype(np.float32)


def _blur(face: RGBImage, random: np.random.Generator) -> RGBImage:
    strength = random.uniform(0.0, _BLUR) * len(face) / 96
    return face if strength < 0.3 else np.asarray(cv2.GaussianBlur(face, (0, 0), strength), np.uint8)


def in_colours_of(reference: RGBImage, face: RGBImage, maps: NDArray[np.uint8]) -> RGBImage:
    """Return a reference with the mean colour of the face, inside its mask.

    The person may have been filmed in another light. What to do about light is decided after the swap, so the decoder
    need not learn it, and may trust the reference.
    """
    inside = np.ascontiguousarray(maps[..., 0])
    have, want = (np.array(cv2.mean(each, inside)[:3]) for each in (reference, face))
    gain = np.clip(want / np.maximum(have, 1.0), *_COLOUR_BOUNDS)
    table = np.clip(np.rint(np.arange(256)[:, None, None] * gain), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(reference, table), np.uint8)


def _recolour(face: RGBImage, random: np.random.Generator) -> RGBImage:
    gain = random.uniform(1 - _GAIN, 1 + _GAIN) * random.uniform(1 - _TINT, 1 + _TINT, 3)
    offset = random.uniform(-_OFFSET, _OFFSET)
    recoloured = np.clip(np.arange(256)[:, None, None] * gain + offset, 0.0, 255.0)
    return np.asarray(cv2.LUT(face, recoloured.astype(np.uint8)), np.uint8)
