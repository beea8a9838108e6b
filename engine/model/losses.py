"""How far a predicted face is from the real one.

Pixels (L1), structure (DSSIM: Wang et al. 2004, "Image quality assessment: from error visibility to structural
similarity") and edges are compared where the mask is; eyes and mouth count more, what lies outside counts little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from engine.model.autoencoder import LUMA

_WINDOW = 7
"""Side, in pixels, of the window in which structure is compared, for a picture of 96 pixels."""
_C1, _C2 = 0.01**2, 0.03**2
"""Constants of the structural similarity, for pixels in 0..1."""


@dataclass(frozen=True)
class LossWeights:
    """How much each part of the loss counts."""

    pixels: float = 1.0
    structure: float = 1.0
    edges: float = 1.0
    """Weight of the difference of neighbouring pixels, which makes a face sharp."""
    outside: float = 0.1
    """Weight of a pixel outside the face; inside it is 1."""
    features: float = 3.0
    """Weight added to a pixel of eyes or mouth."""
    painted: float = 0.5
    """Weight of what is painted without the reference."""
    mask: float = 0.3
    latents: float = 1.0
    """Weight of the distance between the distributions of the two people's latents."""


class FaceLoss:
    """The loss of a batch of one person's faces of a given size."""

    def __init__(self, size: int, weights: LossWeights) -> None:
        self.weights = weights
        self._blur = _blur_matrix(size, max(5, round(_WINDOW * size / 96) | 1))
        self._change = np.eye(size - 1, size, 1, np.float32) - np.eye(size - 1, size, dtype=np.float32)

    def face(self, predicted: Any, real: Any, maps: Any) -> Any:
        """Return the loss of the colours.

        Args:
            predicted: (N, S, S, 3) float32, meant to be 0..1.
            real: (N, S, S, 3) float32 in 0..1.
            maps: (N, S, S, 3) float32 in 0..1: the face's mask; eyes and mouth; which pixels are learnt from.
        """
        outside = self.weights.outside
        mask, features, seen = maps[..., 0], maps[..., 1], maps[..., 2]
        weight = seen * (outside + (1.0 - outside) * mask + self.weights.features * features * mask)
        difference = predicted - real
        grey_real, grey_difference = _grey(real), _grey(difference)
        loss = self.weights.pixels * _mean(ops.mean(ops.abs(difference), -1), weight)
        loss += self.weights.structure * self._structure(grey_real + grey_difference, grey_real, weight)
        return loss + self.weights.edges * self._edges(grey_difference, weight)

    def mask(self, logits: Any, maps: Any) -> Any:
        """Return the loss of the mask: L1 of (N, S, S) logits' sigmoid against the first of the maps."""
        return self.weights.mask * ops.mean(ops.abs(ops.sigmoid(logits) - maps[..., 0]))

    def latents(self, latents: Any, matched: Any) -> Any:
        """Return how differently the latents of two people are distributed where their faces look alike.

        An encoder is free to keep the two apart, and then the source's decoder predicts noise from the target's
        latents. Mean and standard deviation of each latent are brought together instead (as in Sun & Saenko 2016,
        "Deep CORAL"). This takes faces of like pose and expression: otherwise a person who often smiles would pass the
        smile on.

        Args:
            latents: (2N, C), the source's first.
            matched: (N,) 1 where a face of the source looks like the one of the target at its place, else 0.
        """
        weight = (matched / ops.maximum(ops.sum(matched), 1.0))[:, None]
        (first_mean, first_std), (second_mean, second_std) = (
            _moments(half, weight) for half in ops.split(ops.cast(latents, "float32"), 2)
        )
        apart = ops.mean(ops.square(first_mean - second_mean)) + ops.mean(ops.square(first_std - second_std))
        return self.weights.latents * apart

    def _structure(self, predicted: Any, real: Any, weight: Any) -> Any:
        """Return the weighted mean of DSSIM of (N, S, S) pictures.

        The Gaussian window is applied as two matrix products: many times as fast as pooling, both ways.
        """
        blur = ops.convert_to_tensor(self._blur)
        mean_predicted, mean_real = _window(predicted, blur), _window(real, blur)
        product, squares = mean_predicted * mean_real, ops.square(mean_predicted) + ops.square(mean_real)
        variances = _window(ops.square(predicted) + ops.square(real), blur) - squares
        covariance = _window(predicted * real, blur) - product
        similarity = (2 * product + _C1) * (2 * covariance + _C2) / ((squares + _C1) * (variances + _C2))
        border = (weight.shape[1] - self._blur.shape[0]) // 2
        return _mean((1.0 - similarity) / 2, weight[:, border:-border, border:-border])

    def _edges(self, difference: Any, weight: Any) -> Any:
        """Return the mean change of the (N, S, S) difference from a pixel to its right and lower neighbour.

        As matrix products, since TensorFlow takes long for the gradient of a slice.
        """
        change = ops.convert_to_tensor(self._change)
        across = _mean(ops.abs(ops.matmul(difference, ops.transpose(change))), weight[:, :, 1:])
        return across + _mean(ops.abs(ops.matmul(change, difference)), weight[:, 1:])


def _moments(latents: Any, weight: Any) -> tuple[Any, Any]:
    """Return mean and standard deviation, each (C,), of (N, C) latents under (N, 1) weights that sum to 1."""
    mean = ops.sum(latents * weight, 0)
    return mean, ops.sqrt(ops.sum(ops.square(latents - mean) * weight, 0) + 1e-4)


def _blur_matrix(size: int, window: int) -> NDArray[np.float32]:
    """Return the (size - window + 1, size) matrix that blurs a column with a Gaussian window."""
    offsets = np.arange(window) - (window - 1) / 2
    kernel = np.exp(-0.5 * (offsets / (window / 4.5)) ** 2)
    matrix = np.zeros((size - window + 1, size), np.float32)
    for row in range(len(matrix)):
        matrix[row, row : row + window] = kernel / kernel.sum()
    return matrix


def _window(pictures: Any, blur: Any) -> Any:
    """(N, S, S) blurred along both axes."""
    return ops.matmul(ops.matmul(blur, pictures), ops.transpose(blur))


def _grey(pictures: Any) -> Any:
    return ops.sum(pictures * ops.convert_to_tensor(LUMA, "float32"), -1)


def _mean(values: Any, weight: Any) -> Any:
    return ops.sum(values * weight) / ops.sum(weight)


def unit(pictures: Any) -> Any:
    """Return uint8 pictures or maps as float32 in 0..1."""
    return ops.cast(pictures, "float32") / 255.0
