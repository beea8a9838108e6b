"""A picture of what the model can do by now, for people to look at."""

from __future__ import annotations

import numpy as np

from engine.arrays import RGBBatch, RGBImage
from engine.model.painter import Painter

_GAP = 4
"""White pixels between the pictures."""


def preview_grid(painter: Painter, sources: RGBBatch, targets: RGBBatch) -> RGBImage:
    """Return a picture with a row for each face.

    From left to right: source, source painted from its own code, target, target painted from its own, and the swap.

    Args:
        painter: Runs the network.
        sources: (N, S, S, 3) uint8.
        targets: (N, S, S, 3) uint8.
    """
    own_source, own_target = painter.as_source(sources)[0], painter.as_target(targets)[0]
    columns = (sources, own_source, targets, own_target, painter.as_source(targets)[0])
    rows = [np.concatenate([_framed(column[row]) for column in columns], axis=1) for row in range(len(sources))]
    return np.concatenate(rows, axis=0)


def _framed(face: RGBImage) -> RGBImage:
    return np.pad(face, ((0, _GAP), (0, _GAP), (0, 0)), constant_values=255)
