"""How far one face does what another does: slope and correlation of their coefficients of expression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.faces.reenactment.expression import coefficients_of
from engine.records.report import FacePart

_LEAST_DEVIATION = 0.03
"""Standard deviation of a coefficient below which a face hardly moves what it stands for."""


@dataclass(frozen=True)
class Follow:
    """How a part of a face follows."""

    slope: float
    """1 moves as far as the other one, 0 not at all."""
    correlation: float


def moved_places(part: FacePart, wanted: NDArray[np.floating]) -> list[int]:
    """Return the places of a part's coefficients that (N, 52) of them move."""
    return [place for place in coefficients_of(part) if wanted[:, place].std() > _LEAST_DEVIATION]


def follow(part: FacePart, wanted: NDArray[np.floating], shown: NDArray[np.floating]) -> Follow | None:
    """Return how far a part does what is wanted of it; None where next to nothing is.

    Over all coefficients of the part together, each less its own mean: what counts is whether it moves along, and not
    whether both people look alike at rest.

    Args:
        part: Which part.
        wanted: (N, 52) coefficients.
        shown: (N, 52) of the face that should do the same.
    """
    moved = moved_places(part, wanted)
    if not moved:
        return None
    before, after = (each[:, moved].astype(np.float64) for each in (wanted, shown))
    before, after = before - before.mean(axis=0), after - after.mean(axis=0)
    product, power = float((before * after).sum()), float(np.square(before).sum())
    return Follow(product / power, product / max(float(np.sqrt(power * np.square(after).sum())), 1e-12))
