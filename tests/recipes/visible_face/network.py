"""The network that says how far each pixel of a square shows the face: a small U-Net (Ronneberger et al. 2015)."""

from __future__ import annotations

import keras

_WIDTHS = (16, 32, 64, 96)
"""Channels at a half, a quarter, an eighth and a sixteenth of the picture's side."""
_REPEATED = (0, 1, 2, 3)
"""Further convolutions at each of these sizes: where pictures are large they cost most and see least."""


def build(side: int | None = None) -> keras.Model:
    """Return the untrained network: (side, side, 3) in 0..1 to (side, side, 1) logits.

    Args:
        side: Of the pictures, in pixels; None for any multiple of 16.
    """
    picture = keras.Input((side, side, 3))
    levels, at = [], picture - 0.5
    for width, repeated in zip(_WIDTHS, _REPEATED, strict=True):
        at = _convolved(at, width, strides=2)
        for _ in range(repeated):
            at = keras.layers.add([at, _convolved(at, width)])
        levels.append(at)
    for level in reversed(levels[:-1]):
        width = level.shape[-1]
        at = keras.layers.add([keras.layers.UpSampling2D(2)(_convolved(at, width, 1)), level])
        at = keras.layers.add([at, _convolved(at, width)])
    # Four values for each of the halved picture's pixels are the four pixels that it stands for.
    at = keras.layers.Conv2D(4, 3, padding="same")(at)
    return keras.Model(picture, keras.ops.depth_to_space(at, 2))


def _convolved(at: keras.KerasTensor, width: int, side: int = 3, strides: int = 1) -> keras.KerasTensor:
    at = keras.layers.Conv2D(width, side, strides, padding="same", use_bias=False)(at)
    return keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.98)(at))
