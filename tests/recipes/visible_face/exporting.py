"""From the trained network to the file that the product reads."""

from __future__ import annotations

import keras

from engine.faces.occlusion import SIZE
from tests.recipes.lite import lite_file
from tests.recipes.visible_face.network import build


def exported(trained: keras.Model) -> bytes:
    """Return the network as a LiteRT file: pictures in 0..1 in, how far they show the face out, weights of 16 bits."""
    network = build(SIZE)
    network.set_weights(trained.get_weights())
    return lite_file(keras.Model(network.input, keras.ops.sigmoid(network.output)), SIZE)
