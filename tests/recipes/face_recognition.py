"""Makes the network that tells people apart from dlib's, which dlib runs twelve times slower.

`python -m tests.recipes.face_recognition DAT`, with `dlib_face_recognition_resnet_model_v1.dat` (King 2017), writes the
weights into `engine/faces/weights`, and what dlib itself says of some faces, which a test holds them against.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path

import dlib
import keras
import numpy as np
from numpy.typing import NDArray

from engine.faces.detection.track import faces_in
from engine.faces.models import detector_and_mesh
from engine.faces.persons.identity import CHIP, RECOGNITION_WEIGHTS, Describer, chip_of, distance
from tests.real_faces import DESCRIBED_BY_DLIB, DLIB_DESCRIPTORS, frames_of
from tests.recipes.lite import lite_file

SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"
"""Of the file that this was written for."""

_TENSOR = b"\x01\x02"
"""With this dlib begins to write a tensor; four sizes follow, and then 32-bit floats."""
_LEAST_VALUES = 64
"""Of a tensor with something learnt in it."""
_MEAN, _SCALE = np.array([122.782, 117.001, 104.298], np.float32), 256.0
"""What dlib subtracts from red, green and blue, and what it divides the rest by."""
_STAGES = ((32, 3, False), (64, 4, True), (128, 3, True), (256, 3, True), (256, 1, True))
"""Channels, residual blocks, and whether the first of them halves the picture."""
_VALUES = 128


def main() -> None:
    """Write both files, and print how far the network's descriptors lie from dlib's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dat", type=Path)
    path = parser.parse_args().dat
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise SystemExit(f"{path} is another file than the one this was written for.")
    RECOGNITION_WEIGHTS.write_bytes(lite_file(_network(_tensors(content)), CHIP))
    theirs, ours = dlib.face_recognition_model_v1(str(path)), Describer()
    said: dict[str, list[list[float]]] = {}
    apart = []
    for name, (clip, indices) in DESCRIBED_BY_DLIB.items():
        said[name] = []
        for image in frames_of(clip, indices):
            detector, mesh = detector_and_mesh()
            (face, *_) = faces_in(mesh, image, detector.find(image))
            wanted = np.array(theirs.compute_face_descriptor(chip_of(image, face.landmarks)), np.float32)
            apart.append(distance(wanted, ours.describe(image, face.landmarks)))
            said[name].append([round(float(value), 5) for value in wanted])
    DLIB_DESCRIPTORS.write_text(json.dumps(said) + "\n")
    print(
        f"sha256 {hashlib.sha256(RECOGNITION_WEIGHTS.read_bytes()).hexdigest()}, at most {max(apart):.4f} from dlib's"
    )


def _tensors(content: bytes) -> Iterator[NDArray[np.float32]]:
    """Yield what was learnt, from the picture on: of each convolution, then of what scales and shifts its output."""
    at = 0
    while (at := content.find(_TENSOR, at)) >= 0:
        sizes, begins = _integers(content, at + len(_TENSOR), 4)
        count = math.prod(sizes)
        # The two bytes occur elsewhere too.
        if sizes[2:] == [1, 1] and _LEAST_VALUES <= count <= (len(content) - begins) // 4:
            yield np.frombuffer(content, "<f4", count, begins)
            at = begins + 4 * count
        else:
            at += 1


def _integers(content: bytes, at: int, count: int) -> tuple[list[int], int]:
    """Return some of dlib's integers, each after a byte that says how many bytes it has, and where they end."""
    found = []
    for _ in range(count):
        length = content[at] & 15
        found.append(int.from_bytes(content[at + 1 : at + 1 + length], "little"))
        at += 1 + length
    return found, at


def _network(learnt: Iterator[NDArray[np.float32]]) -> keras.Model:
    """Return dlib's network of 29 convolutions: (150, 150, 3) in 0..255 to 128 values."""
    picture = keras.Input((CHIP, CHIP, 3))
    at = keras.layers.ReLU()(_convolved((picture - _MEAN) / _SCALE, learnt, 32, 7, 2))
    at = keras.layers.MaxPooling2D(3, 2)(at)
    for channels, blocks, halves in _STAGES:
        for block in range(blocks):
            at = _residual(at, learnt, channels, halves and block == 0)
    dense = keras.layers.Dense(_VALUES, use_bias=False)
    said = dense(keras.layers.GlobalAveragePooling2D()(at))
    dense.set_weights([next(learnt).reshape(-1, _VALUES)])
    return keras.Model(picture, said)


def _residual(
    at: keras.KerasTensor, learnt: Iterator[NDArray[np.float32]], channels: int, halves: bool
) -> keras.KerasTensor:
    """Return a residual block (He et al. 2016); where one of its ways has fewer channels or pixels, dlib adds zeros."""
    first = _convolved(at, learnt, channels, 3, 2) if halves else _convolved(_framed(at), learnt, channels, 3, 1)
    one = _convolved(_framed(keras.layers.ReLU()(first)), learnt, channels, 3, 1)
    other = keras.layers.AveragePooling2D(2, 2)(at) if halves else at
    sizes = [max(pair) for pair in zip(one.shape[1:], other.shape[1:], strict=True)]
    return keras.layers.ReLU()(_filled(one, sizes) + _filled(other, sizes))


def _framed(at: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.ZeroPadding2D(1)(at)


def _filled(at: keras.KerasTensor, sizes: list[int]) -> keras.KerasTensor:
    return keras.ops.pad(at, [(0, 0), *((0, size - now) for now, size in zip(at.shape[1:], sizes, strict=True))])


def _convolved(
    at: keras.KerasTensor, learnt: Iterator[NDArray[np.float32]], channels: int, side: int, stride: int
) -> keras.KerasTensor:
    """Return a convolution with what scales and shifts its output multiplied into it."""
    weights, after = next(learnt), next(learnt)
    scale, shift = after[:channels], after[channels:]
    kernel = weights[:-channels].reshape(channels, at.shape[-1], side, side) * scale[:, None, None, None]
    layer = keras.layers.Conv2D(channels, side, stride)
    found = layer(at)
    layer.set_weights([kernel.transpose(2, 3, 1, 0), weights[-channels:] * scale + shift])
    return found


if __name__ == "__main__":
    main()
