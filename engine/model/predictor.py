"""Faces predicted by a network, as pictures of 8 bits."""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBBatch
from engine.model import backend
from engine.model.autoencoder import Autoencoder

_SURELY_NOT = np.float32(-60.0)
"""Logit of a mask that is 0 in float32; of lower ones the exponential is no number."""


class Predictor:
    """Runs faces through the encoder and one of the decoders, with the weights that the network has at that moment."""

    def __init__(self, network: Autoencoder) -> None:
        faces, (coarse, _) = network.encoder.input, network.encoder.output
        size = network.spec.size
        references = keras.Input((size, size, 3), dtype="uint8")
        predicted, _ = network.as_source(coarse, references)
        self._source = keras.Model([faces, references], predicted, name="predict_source")
        self._target = keras.Model(faces, network.target_decoder(coarse), name="predict_target")

    def as_source(self, faces: RGBBatch, references: RGBBatch) -> tuple[RGBBatch, NDArray[np.float32]]:
        """Predict faces as the person who will appear.

        Args:
            faces: (N, S, S, 3) uint8.
            references: (N, S, S, 3) uint8, the source bent to do what each face does.

        Returns:
            (N, S, S, 3) uint8 RGB and the masks, (N, S, S) float32 in 0..1.
        """
        return _predict(self._source, faces, [faces, references])

    def as_target(self, faces: RGBBatch) -> tuple[RGBBatch, NDArray[np.float32]]:
        """Predict (N, S, S, 3) uint8 faces as the person who is replaced; otherwise like `as_source`."""
        return _predict(self._target, faces, faces)


def _predict(
    model: keras.Model, faces: RGBBatch, seen: RGBBatch | list[RGBBatch]
) -> tuple[RGBBatch, NDArray[np.float32]]:
    if not len(faces):
        return faces, np.zeros(faces.shape[:3], np.float32)
    with backend.translated_memory_errors():
        predicted = np.asarray(model.predict_on_batch(seen), np.float32)
    colours = np.rint(np.clip(predicted[..., :3], 0.0, 1.0) * 255.0).astype(np.uint8)
    logits = np.maximum(predicted[..., 3], _SURELY_NOT)
    return colours, np.float32(1.0) / (np.float32(1.0) + np.exp(-logits))
