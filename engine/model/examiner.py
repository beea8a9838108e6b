"""How good the model is at some step: its error on held-out faces, and a preview picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBBatch, RGBImage
from engine.model.autoencoder import build
from engine.model.batches import TrainingFaces, view
from engine.model.checkpoint import Arrays
from engine.model.predictor import Predictor
from engine.model.preview import preview_grid
from engine.model.schedule import HeldOut
from engine.project.network import ModelSpec

_ROWS = 6
"""Rows of a preview."""
_ENOUGH = 8
"""Number of held-out faces of each person from which their errors are meaningful."""


class Examiner:
    """A second network beside the one that learns: it is given the averaged weights, and only predicts."""

    def __init__(self, spec: ModelSpec, source: TrainingFaces, target: TrainingFaces) -> None:
        """Make the network and cut out the faces.

        Args:
            spec: Shape of the network.
            source: The source's faces that are held out of training.
            target: The target's.
        """
        self._network = build(spec, seed=0)
        self._predictor = Predictor(self._network)
        self._source, self._source_maps = view(source, np.arange(len(source)), spec.size)
        self._target, self._target_maps = view(target, np.arange(len(target)), spec.size)

    @property
    def has_enough(self) -> bool:
        """Whether there are enough held-out faces for their errors to end the training."""
        return min(len(self._source), len(self._target)) >= _ENOUGH

    def test(self, weights: Arrays, step: int) -> HeldOut:
        """Return how well both people are reconstructed, and the step."""
        self._network.assign(weights)
        source = _error(self._predictor.as_source(self._source)[0], self._source, self._source_maps)
        target = _error(self._predictor.as_target(self._target)[0], self._target, self._target_maps)
        return HeldOut(step, source, target)

    def preview(self, weights: Arrays) -> RGBImage:
        """Return a picture: source, its reconstruction, target, its reconstruction, and the swap, row by row."""
        self._network.assign(weights)
        rows = min(_ROWS, len(self._source), len(self._target))
        return preview_grid(self._predictor, _evenly(self._source, rows), _evenly(self._target, rows))


def _evenly(faces: RGBBatch, count: int) -> RGBBatch:
    return np.asarray(faces[np.linspace(0, len(faces) - 1, count).astype(int)])


def _error(predicted: RGBBatch, real: RGBBatch, maps: NDArray[np.uint8]) -> float:
    weight = maps[..., :1].astype(np.float32)
    difference = np.abs(predicted.astype(np.float32) - real.astype(np.float32)) / 255
    return float((difference * weight).sum() / np.maximum(3 * weight.sum(), 1.0))
