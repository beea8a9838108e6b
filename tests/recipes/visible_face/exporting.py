"""From the trained network to the file that the product reads."""

from __future__ import annotations

import tempfile

import keras
import tensorflow as tf

from engine.faces.occlusion import SIZE
from tests.recipes.visible_face.network import build


def exported(trained: keras.Model) -> bytes:
    """Return the network as a LiteRT file: pictures in 0..1 in, how far they show the face out, weights of 16 bits."""
    network = build(SIZE)
    network.set_weights(trained.get_weights())
    whole = keras.Model(network.input, keras.ops.sigmoid(network.output))
    with tempfile.TemporaryDirectory() as place:
        whole.export(place, verbose=False, input_signature=[tf.TensorSpec((1, SIZE, SIZE, 3), tf.float32)])
        converter = tf.lite.TFLiteConverter.from_saved_model(place)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())
