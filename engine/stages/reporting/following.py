"""Does the result do what its target does? Coefficients of expression of both, frame by frame, compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.faces.facesets.expression_store import ExpressionStore
from engine.faces.facesets.faceset import FaceSet
from engine.faces.reenactment.expression import Coefficients
from engine.faces.reenactment.follow import follow, moved_places
from engine.records.report import FacePart, Following

_LEAST_FRAMES = 12
"""With fewer frames than this, nothing is said."""
_WITHIN = 0.05
"""By how much the target's usual range of a coefficient may lie outside that of the source's pictures."""
_REST_PERCENTILE = 5.0
"""Percentile of a coefficient that stands for what a face reads when it does nothing."""
_COVERED = 0.5
"""Share of a part's coefficients that have to lie within for the part to count as shown."""


def following(
    target: Sequence[Coefficients], result: Sequence[Coefficients], source: Sequence[Coefficients] = ()
) -> tuple[Following, ...]:
    """Return how far each part of the face follows, of those that the target moves.

    Args:
        target: N times (52,) coefficients, of the original's face.
        result: The same of the result's face in the same frames.
        source: Those of the source's pictures; empty where they were not read.
    """
    if len(target) < _LEAST_FRAMES:
        return ()
    before, after = np.stack(target).astype(np.float64), np.stack(result).astype(np.float64)
    shown = np.stack(source).astype(np.float64) if len(source) else None
    found = (_follows(part, before, after, shown) for part in FacePart)
    return tuple(each for each in found if each is not None)


def _follows(
    part: FacePart, before: NDArray[np.float64], after: NDArray[np.float64], source: NDArray[np.float64] | None
) -> Following | None:
    found = follow(part, before, after)
    if found is None:
        return None
    moved = moved_places(part, before)
    return Following(
        part=part,
        slope=round(found.slope, 3),
        correlation=round(found.correlation, 3),
        is_shown_by_source=None if source is None else _is_shown(part, before[:, moved], source[:, moved]),
    )


def _is_shown(part: FacePart, target: NDArray[np.float64], source: NDArray[np.float64]) -> bool:
    """Return whether the source's pictures reach over what the target mostly does."""
    if part is not FacePart.GAZE:
        # Faces differ in what they read at rest; where somebody looks is the same for all.
        target, source = (each - np.percentile(each, _REST_PERCENTILE, axis=0) for each in (target, source))
    low, high = np.percentile(target, (10, 90), axis=0)
    least, most = np.percentile(source, (2, 98), axis=0)
    return bool(((low >= least - _WITHIN) & (high <= most + _WITHIN)).mean() >= _COVERED)


def source_expressions(sources: FaceSet, person: int) -> list[Coefficients]:
    """Return the coefficients of the source's pictures; of a face set that an earlier version made, there are none."""
    read = ExpressionStore(sources).read(sources.measures(person, usable_only=True))
    return [each.coefficients for each in read.values()]
