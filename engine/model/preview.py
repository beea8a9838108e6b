"""A picture of what the model can do at some step, for people to look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.arrays import RGBBatch, RGBImage
from engine.model.predictor import Predictor

_GAP = 4
"""White pixels between the pictures."""


@dataclass(frozen=True, eq=False)
class Examples:
    """One person's faces, and the source bent to do what they do."""

    faces: RGBBatch
    """(N, S, S, 3) uint8."""
    references: RGBBatch
    """(N, S, S, 3) uint8."""


def preview_grid(predictor: Predictor, source: Examples, target: Examples) -> RGBImage:
    """Return a picture with a row for each of N faces.

    From left to right: source, source as reconstructed, target, target as reconstructed, and the swap.
    """
    own_source = predictor.as_source(source.faces, source.references)[0]
    swap = predictor.as_source(target.faces, target.references)[0]
    columns = (source.faces, own_source, target.faces, predictor.as_target(target.faces)[0], swap)
    rows = [np.concatenate([_framed(column[row]) for column in columns], axis=1) for row in range(len(source.faces))]
    return np.concatenate(rows, axis=0)


def _framed(face: RGBImage) -> RGBImage:
    return np.pad(face, ((0, _GAP), (0, _GAP), (0, 0)), constant_values=255)
