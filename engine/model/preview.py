"""A picture of what the model can do at some step, for people to look at."""

from __future__ import annotations

import numpy as np

from engine.arrays import RGBBatch, RGBImage
from engine.model.predictor import Predictor

_GAP = 4
"""White pixels between the pictures."""


def preview_grid(predictor: Predictor, sources: RGBBatch, targets: RGBBatch) -> RGBImage:
    """Return a picture with a row for each face.

    From left to right: source, source as reconstructed, target, target as reconstructed, and the swap.

    Args:
        predictor: Runs the network.
        sources: (N, S, S, 3) uint8.
        targets: (N, S, S, 3) uint8.
    """
    own_source, own_target = predictor.as_source(sources)[0], predictor.as_target(targets)[0]
    columns = (sources, own_source, targets, own_target, predictor.as_source(targets)[0])
    rows = [np.concatenate([_framed(column[row]) for column in columns], axis=1) for row in range(len(sources))]
    return np.concatenate(rows, axis=0)


def _framed(face: RGBImage) -> RGBImage:
    return np.pad(face, ((0, _GAP), (0, _GAP), (0, 0)), constant_values=255)
