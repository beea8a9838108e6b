"""From a network to the file that the product reads."""

from __future__ import annotations

import tempfile

import keras
import tensorflow as tf


def lite_file(network: keras.Model, side: int) -> bytes:
    """Return a network as a LiteRT file with weights of 16 bits.

    Args:
        network: Takes pictures (N, side, side, 3) float32.
        side: Their side in pixels; the file's network takes one at a time.
    """
    with tempfile.TemporaryDirectory() as place:
        network.export(place, verbose=False, input_signature=[tf.TensorSpec((1, side, side, 3), tf.float32)])
        converter = tf.lite.TFLiteConverter.from_saved_model(place)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())
