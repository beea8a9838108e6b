"""Histograms of oriented gradients, as dlib's face detector computes them.

Dalal & Triggs (2005, "Histograms of oriented gradients for human detection") describe a picture by the directions of
its edges, counted cell by cell and freed from how strong the light is. Felzenszwalb et al. (2010, "Object detection
with discriminatively trained part based models", section 6) made 31 numbers of each cell: 18 directions that tell
light-to-dark from dark-to-light, 9 that do not, and 4 that say how much texture there is towards each corner. dlib's
detector (King 2009; 2015, arXiv:1502.00046) uses these on cells of 8 x 8 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.faces.detection.filters import CELL, CHANNELS

DIRECTIONS = 9
"""Number of directions into which half a turn is divided."""
ANGLES = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
"""Directions of the gradients, in radians; y points down."""

_TRUNCATION = 0.2
"""No direction counts for more than this in a cell, so that one hard edge does not outweigh all others."""
_TEXTURE = 0.2357
"""1 / sqrt(18): scales the four sums over directions."""
_EPSILON = 1e-4

Grey = NDArray[np.uint8]
"""(H, W) uint8."""
Cells = NDArray[np.float64]
"""(R, C, 31): cell r, c begins at pixel 8 (r + 1), 8 (c + 1). The outermost cells lack neighbours, and are left out."""


@dataclass(frozen=True, eq=False)
class Gradients:
    """How a picture changes at each pixel, pointing to where it gets lighter; 0 along its edges."""

    x: NDArray[np.float32]
    """(H, W)"""
    y: NDArray[np.float32]
    """(H, W)"""

    @property
    def strength(self) -> NDArray[np.float32]:
        """(H, W)."""
        return np.hypot(self.x, self.y)


def gradients(grey: Grey) -> Gradients:
    """Return the difference between the right and the left neighbour of each pixel, and the lower and the upper."""
    values = grey.astype(np.float32)
    x, y = np.zeros_like(values), np.zeros_like(values)
    x[1:-1, 1:-1] = values[1:-1, 2:] - values[1:-1, :-2]
    y[1:-1, 1:-1] = values[2:, 1:-1] - values[:-2, 1:-1]
    return Gradients(x, y)


def cells(grey: Grey) -> Cells:
    """Return the HOG cells of a grey picture, as the detector computes them."""
    histograms = _histograms(gradients(grey))
    if min(histograms.shape[:2]) < 3:
        return np.zeros((0, 0, CHANNELS))
    return _normalised(histograms)


def _histograms(slopes: Gradients) -> NDArray[np.float64]:
    """Return how much gradient there is in each of 18 directions, (rows, columns, 18) of all cells.

    Each pixel gives to the four cells whose middles are around it, to the nearer ones more.
    """
    height, width = slopes.x.shape
    rows, columns = int(height / CELL + 0.5), int(width / CELL + 0.5)
    bottom, right = min(rows * CELL, height) - 1, min(columns * CELL, width) - 1
    x, y = slopes.x[1:bottom, 1:right], slopes.y[1:bottom, 1:right]
    along = x[..., None] * np.cos(ANGLES) + y[..., None] * np.sin(ANGLES)
    direction = np.concatenate([along, -along], axis=-1).argmax(axis=-1)
    strength = np.sqrt(x.astype(np.float64) ** 2 + y.astype(np.float64) ** 2)
    (row, row_share), (column, column_share) = _places(bottom), _places(right)
    around = np.zeros((rows + 2, columns + 2, 2 * DIRECTIONS))
    for down in (0, 1):
        for across in (0, 1):
            weight = strength * np.abs(1 - down - row_share)[:, None] * np.abs(1 - across - column_share)
            place = ((row + down)[:, None] * (columns + 2) + column + across) * 2 * DIRECTIONS + direction
            around += np.bincount(place.ravel(), weight.ravel(), around.size).reshape(around.shape)
    return around[1:-1, 1:-1]


def _places(stop: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return for pixels 1 to `stop` - 1 the cell whose middle is before each, counted from -1 as 0, and how far on."""
    middle = (np.arange(1, stop) + 0.5) / CELL - 0.5
    before = np.floor(middle)
    return before.astype(np.intp) + 1, middle - before


def _normalised(histograms: NDArray[np.float64]) -> Cells:
    """Return the 31 numbers of each cell but the outermost, seen against each block of 2 x 2 cells that it is in."""
    undirected = histograms[..., :DIRECTIONS] + histograms[..., DIRECTIONS:]
    energy = np.square(undirected).sum(axis=-1)
    block = energy[:-1, :-1] + energy[1:, :-1] + energy[:-1, 1:] + energy[1:, 1:]
    scale = 1 / np.sqrt(block + _EPSILON)
    corners = (scale[1:, 1:], scale[:-1, 1:], scale[1:, :-1], scale[:-1, :-1])
    inner, inner_undirected = histograms[1:-1, 1:-1], undirected[1:-1, 1:-1]
    directed = [np.minimum(inner * each[..., None], _TRUNCATION) for each in corners]
    undirected_parts = [np.minimum(inner_undirected * each[..., None], _TRUNCATION) for each in corners]
    texture = np.stack([_TEXTURE * each.sum(axis=-1) for each in directed], axis=-1)
    return np.concatenate([0.5 * np.sum(directed, axis=0), 0.5 * np.sum(undirected_parts, axis=0), texture], axis=-1)
