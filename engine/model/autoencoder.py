"""The network: one encoder that both people share, and a decoder for each of them.

The encoder reduces a face to a short latent vector and expands that to a coarse picture. From it, each decoder predicts
its own person, face and mask together. Feeding the target's latents to the source's decoder is the swap.

The source's decoder also sees a reference: a photograph of the source, bent to what the face should do. It says for
each pixel how far that photograph is to be trusted, and paints the rest: skin, lashes and teeth are real ones, and what
the photograph lacks or bending has spoilt comes from the latents.

Most of the arithmetic is done at low resolution with many filters, where a processor is most efficient; resolution is
changed by moving pixels between space and depth (Shi et al. 2016, "Real-time single image super-resolution using an
efficient sub-pixel convolutional neural network"), which costs none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from engine.model import backend
from engine.project.network import ModelSpec

CHANNELS = 4
"""Numbers that a decoder predicts for a pixel: red, green, blue, and the logit of the mask."""

LUMA = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in what the eye calls brightness (ITU-R BT.601)."""
_SLOPE = 0.1
"""Slope of the leaky rectifier below zero."""
_TRUSTED = 3.0
"""Logit of the trust in a reference before anything is learnt."""
_MOST_TRUST = 4.0
"""Greatest logit of the trust: of a reference that is trusted entirely nothing more could be learnt."""


@dataclass(frozen=True)
class Autoencoder:
    """The three networks, which are built, trained and stored together."""

    spec: ModelSpec
    encoder: keras.Model
    """(N, S, S, 3) uint8 RGB to (N, S/8, S/8, F) for the decoders, and the latents, (N, C) of mean 0 and std 1."""
    source_decoder: keras.Model
    """(N, S/8, S/8, F) and references, (N, S, S, 3) uint8, to what `as_source` returns: the person who will appear."""
    target_decoder: keras.Model
    """(N, S/8, S/8, F) to (N, S, S, 4): the person who is replaced."""

    def as_source(self, coarse: Any, references: Any, training: bool = False) -> tuple[Any, Any]:
        """Return what the source's decoder predicts from (N, S/8, S/8, F) and (N, S, S, 3) uint8 references.

        Returns:
            (N, S, S, 4), and the colours that it painted before it mixed the references in, (N, S, S, 3).
        """
        if self.spec.reference:
            predicted, painted = self.source_decoder([coarse, references], training=training)
            return predicted, painted
        predicted = self.source_decoder(coarse, training=training)
        return predicted, predicted[..., :3]

    @property
    def variables(self) -> list[Any]:
        """Every trained variable, in an order that depends on the spec alone."""
        networks = (self.encoder, self.source_decoder, self.target_decoder)
        return [variable for network in networks for variable in network.trainable_variables]

    def shapes(self) -> list[tuple[int, ...]]:
        """Return the shapes of the variables."""
        return [tuple(variable.shape) for variable in self.variables]

    def weights(self) -> tuple[NDArray[np.float32], ...]:
        """Return a copy of the weights."""
        return tuple(np.array(variable.numpy(), np.float32) for variable in self.variables)

    def assign(self, weights: tuple[NDArray[np.float32], ...]) -> None:
        """Take over weights; their number and shapes must be this network's."""
        for variable, value in zip(self.variables, weights, strict=True):
            variable.assign(value)


def build(spec: ModelSpec, seed: int) -> Autoencoder:
    """Return a new network; its weights depend on the spec and the seed alone."""
    backend.share_cards()
    draw = keras.random.SeedGenerator(seed)
    encoder = _encoder(spec, draw)
    coarse = encoder.output[0].shape[1:]
    plain = spec if not spec.reference else replace(spec, reference=())
    return Autoencoder(
        spec, encoder, _decoder(spec, coarse, draw, "source_decoder"), _decoder(plain, coarse, draw, "target_decoder")
    )


@keras.saving.register_keras_serializable("understudio")
class Luminance(layers.Layer):  # type: ignore[misc]
    """Colour picture of 8 bits to grey, its middle brought to mean 0 and standard deviation 1.

    Neither expression nor gaze needs colour, and an encoder that cannot see complexion or white balance cannot tell
    the two people apart by them: what it learns of one serves the other.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Compute where the face is expected: a soft ellipse, (S, S) summing to 1."""
        size = int(input_shape[1] or 0)
        y, x = (np.mgrid[0:size, 0:size] + 0.5) / size - 0.5
        weight = np.exp(-((((x / 0.28) ** 2) + ((y - 0.03) / 0.33) ** 2) ** 2))
        self.middle = (weight / weight.sum()).astype(np.float32)[None, :, :, None]

    def call(self, faces: Any) -> Any:
        """(N, S, S, 3) uint8 to (N, S, S, 1)."""
        colours = ops.cast(faces, "float32") / 255.0
        grey = ops.sum(colours * ops.convert_to_tensor(LUMA, "float32"), -1, keepdims=True)
        mean = ops.sum(grey * self.middle, (1, 2), keepdims=True)
        variance = ops.sum(ops.square(grey - mean) * self.middle, (1, 2), keepdims=True)
        return ops.cast((grey - mean) * ops.rsqrt(variance + 1e-3), self.compute_dtype)


@keras.saving.register_keras_serializable("understudio")
class SpaceToDepth(layers.Layer):  # type: ignore[misc]
    """Blocks of pixels to channels."""

    def __init__(self, block: int, **options: Any) -> None:
        super().__init__(**options)
        self.block = block

    def call(self, features: Any) -> Any:
        """(N, H, W, C) to (N, H/b, W/b, C b b)."""
        return ops.space_to_depth(features, self.block)


@keras.saving.register_keras_serializable("understudio")
class DepthToSpace(layers.Layer):  # type: ignore[misc]
    """Channels to blocks of pixels."""

    def __init__(self, block: int, **options: Any) -> None:
        super().__init__(**options)
        self.block = block

    def call(self, features: Any) -> Any:
        """(N, H, W, C) to (N, H b, W b, C/b/b)."""
        return ops.depth_to_space(features, self.block)


def _encoder(spec: ModelSpec, draw: keras.random.SeedGenerator) -> keras.Model:
    faces = layers.Input((spec.size, spec.size, 3), dtype="uint8")
    quarter, eighth, sixteenth = spec.encoder
    side = spec.size // 16
    x = SpaceToDepth(4)(Luminance(dtype="float32")(faces))
    x = _convolve(x, quarter, draw)
    x = _convolve(x, eighth, draw, strides=2)
    x = _convolve(x, sixteenth, draw, strides=2)
    x = layers.Dense(spec.code, kernel_initializer=_he(draw))(layers.Flatten()(x))
    # Without a common length for all latents, each person's drift to where the other's decoder was never trained.
    latent = layers.LayerNormalization(center=False, scale=False, dtype="float32")(x)
    x = layers.Dense(side * side * spec.middle, kernel_initializer=_he(draw))(latent)
    x = layers.LeakyReLU(_SLOPE)(layers.Reshape((side, side, spec.middle))(x))
    coarse = DepthToSpace(2)(_convolve(x, 4 * spec.decoder[0], draw, copies=4))
    return keras.Model(faces, [coarse, latent], name="encoder")


def _decoder(spec: ModelSpec, coarse: tuple[int, int, int], draw: keras.random.SeedGenerator, name: str) -> keras.Model:
    features = layers.Input(coarse)
    reference = layers.Input((spec.size, spec.size, 3), dtype="uint8") if spec.reference else None
    seen = [] if reference is None else _looked_at(spec, _unit(reference), draw)
    x = features
    for number, (filters, blocks) in enumerate(zip(spec.decoder, spec.residual, strict=True)):
        copies = 4 if number + 1 < len(spec.decoder) else 1
        if number:
            x = DepthToSpace(2)(x)
        if seen:
            x = layers.Concatenate()([x, seen[number]])
        if number or seen:
            x = _convolve(x, filters, draw, copies=copies)
        for _ in range(blocks):
            x = _residual(x, draw, copies)
    # The head counts in float32: eight bits of mantissa would show as steps in a smooth cheek.
    head = layers.Conv2D(
        (CHANNELS + bool(seen)) * spec.head_block**2,
        3,
        padding="same",
        kernel_initializer=_ICNR(_small(draw), spec.head_block**2),
        dtype="float32",
        name="pixels",
    )
    painted = DepthToSpace(spec.head_block, dtype="float32")(head(x))
    if reference is None:
        return keras.Model(features, painted, name=name)
    outputs = _mixed(painted, _unit(reference, dtype="float32"))
    return keras.Model([features, reference], outputs, name=name)


def _unit(pictures: Any, dtype: str | None = None) -> Any:
    """(N, S, S, 3) uint8 to 0..1, of the policy's type where none is given."""
    return layers.Rescaling(1.0 / 255.0, dtype=dtype)(pictures)


def _mixed(painted: Any, reference: Any) -> list[Any]:
    """Return painted pixels and those of the reference, each as far as the reference is trusted there.

    Args:
        painted: (N, S, S, 5): colours, logit of the mask, logit of the trust.
        reference: (N, S, S, 3) in 0..1.

    Returns:
        (N, S, S, 4): colours, logit of the mask; and the painted colours alone, (N, S, S, 3).
    """
    colours, mask, trust = ops.split(painted, [3, 4], -1)
    share = ops.sigmoid(_MOST_TRUST * ops.tanh((trust + _TRUSTED) / _MOST_TRUST))
    return [ops.concatenate([share * reference + (1.0 - share) * colours, mask], -1), colours]


def _looked_at(spec: ModelSpec, reference: Any, draw: keras.random.SeedGenerator) -> list[Any]:
    """Return features of the reference at each of the decoder's resolutions, from an eighth of the size on."""
    return [
        _convolve(SpaceToDepth(8 >> number)(reference), filters, draw) for number, filters in enumerate(spec.reference)
    ]


def _convolve(x: Any, filters: int, draw: keras.random.SeedGenerator, strides: int = 1, copies: int = 1) -> Any:
    start = _ICNR(_he(draw), copies)
    convolution = layers.Conv2D(filters, 3, strides=strides, padding="same", kernel_initializer=start)
    return layers.LeakyReLU(_SLOPE)(convolution(x))


def _residual(x: Any, draw: keras.random.SeedGenerator, copies: int) -> Any:
    """Two convolutions beside the straight way (He et al. 2016); the second begins near zero, so the block at rest."""
    filters = x.shape[-1]
    start = _ICNR(_small(draw), copies)
    y = layers.Conv2D(filters, 3, padding="same", kernel_initializer=start)(_convolve(x, filters, draw))
    return layers.LeakyReLU(_SLOPE)(layers.Add()([x, y]))


def _he(draw: keras.random.SeedGenerator) -> keras.initializers.Initializer:
    return keras.initializers.HeNormal(seed=draw)


def _small(draw: keras.random.SeedGenerator) -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=0.01, seed=draw)


@keras.saving.register_keras_serializable("understudio")
class _ICNR(keras.initializers.Initializer):  # type: ignore[misc]
    """ICNR: the same weights for all pixels of a block that channels will be moved to.

    A network that starts with other weights shows a pattern in the size of its blocks, which takes long to unlearn
    (Aitken et al. 2017, "Checkerboard artifact free sub-pixel convolution").
    """

    def __init__(self, one: keras.initializers.Initializer, copies: int) -> None:
        self._one = one
        self._copies = copies

    def __call__(self, shape: tuple[int, ...], dtype: Any = None, **_: Any) -> Any:
        copies = self._copies if shape[-1] % self._copies == 0 else 1
        one = self._one((*shape[:-1], shape[-1] // copies), dtype=dtype)
        return ops.concatenate([one] * copies, axis=-1)
