"""How good the model is at some step: its error on held-out faces, and a preview picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBBatch, RGBImage
from engine.model.augment import square_of
from engine.model.autoencoder import build
from engine.model.batches import HeldOutFaces, view
from engine.model.checkpoint import Arrays
from engine.model.predictor import Predictor
from engine.model.preview import Examples, preview_grid
from engine.model.schedule import HeldOut
from engine.project.network import ModelSpec

_ROWS = 6
"""Rows of a preview."""
_ENOUGH = 8
"""Number of held-out faces of each person from which their errors are meaningful."""


class Examiner:
    """A second network beside the one that learns: it is given the averaged weights, and only predicts."""

    def __init__(self, spec: ModelSpec, source: HeldOutFaces, target: HeldOutFaces) -> None:
        """Make the network and cut out the faces.

        Args:
            spec: Shape of the network.
            source: The source's faces that are held out of training.
            target: The target's.
        """
        self._network = build(spec, seed=0)
        self._predictor = Predictor(self._network)
        self._source, self._source_maps = _cut_out(source, spec.size)
        self._target, self._target_maps = _cut_out(target, spec.size)

    @property
    def has_enough(self) -> bool:
        """Whether there are enough held-out faces for their errors to end the training."""
        return min(len(self._source.faces), len(self._target.faces)) >= _ENOUGH

    def test(self, weights: Arrays, step: int) -> HeldOut:
        """Return how well both people are reconstructed, and the step."""
        self._network.assign(weights)
        as_source, _ = self._predictor.as_source(self._source.faces, self._source.references)
        as_target, _ = self._predictor.as_target(self._target.faces)
        source = _error(as_source, self._source.faces, self._source_maps)
        return HeldOut(step, source, _error(as_target, self._target.faces, self._target_maps))

    def preview(self, weights: Arrays) -> RGBImage:
        """Return a picture: source, its reconstruction, target, its reconstruction, and the swap, row by row."""
        self._network.assign(weights)
        rows = min(_ROWS, len(self._source.faces), len(self._target.faces))
        return preview_grid(self._predictor, _evenly(self._source, rows), _evenly(self._target, rows))


def _cut_out(held_out: HeldOutFaces, size: int) -> tuple[Examples, NDArray[np.uint8]]:
    faces, maps = view(held_out.faces, np.arange(len(held_out.faces)), size)
    return Examples(faces, square_of(held_out.references, size)), maps


def _evenly(examples: Examples, count: int) -> Examples:
    chosen = np.linspace(0, len(examples.faces) - 1, count).astype(int)
    return Examples(examples.faces[chosen], examples.references[chosen])


def _error(predicted: RGBBatch, real: RGBBatch, maps: NDArray[np.uint8]) -> float:
    weight = maps[..., :1].astype(np.float32)
    difference = np.abs(predicted.astype(np.float32) - real.astype(np.float32)) / 255
    return float((difference * weight).sum() / np.maximum(3 * weight.sum(), 1.0))
