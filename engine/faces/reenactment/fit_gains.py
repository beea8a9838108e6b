"""How much further a person's pictures must be bent than the other face moves, so that they show as much.

Found by looking: some pictures are bent to do what the other person does, what they then show is read, and compared
with what was meant. Twice, since twice as far is not twice as much.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.arrays import even_choice
from engine.faces.align import rescaled
from engine.faces.detection.mesh import square_around
from engine.faces.landmarks import POINTS
from engine.faces.reenactment.bend import bend, bend_field
from engine.faces.reenactment.expression import Coefficients, ExpressionReader
from engine.faces.reenactment.follow import follow, moved_places
from engine.faces.reenactment.performer import Performer
from engine.faces.reenactment.retarget import Gains, Retargeting, anchors, widest_opening
from engine.faces.reenactment.traits import most_alike
from engine.records.report import FacePart

LOOKED_AT = 24
"""Faces of the other person, evenly chosen, that are bent to."""
_LEAST_CORRELATION = 0.4
"""Below this a part does not follow at all, and moving it further would only make it restless."""
_MOST = {FacePart.GAZE: 1.5, FacePart.LIDS: 2.0, FacePart.BROWS: 1.3, FacePart.MOUTH: 1.4}
"""The greatest gain of each part: beyond, faces look twisted."""
_FIRST_STEP = 1.5
"""Gain that is tried where a part shows too little."""


def retargeting_between(
    shown: Performer, doing: Performer, triangles: NDArray[np.intp], reader: ExpressionReader
) -> Retargeting:
    """Return how one person does what the other one does: their anchors, and the gains that fit.

    Args:
        shown: Who does it.
        doing: Whose faces say what.
        triangles: (T, 3), to bend pictures with.
        reader: Reads what bent pictures show.
    """
    meant = anchors(shown.shapes, doing.shapes, shown.traits, doing.traits)
    found = Retargeting(*meant, widest=widest_opening(shown.shapes.shapes))
    return fit_gains(found, shown, doing, triangles, reader)


def fit_gains(
    retargeting: Retargeting,
    shown: Performer,
    doing: Performer,
    triangles: NDArray[np.intp],
    reader: ExpressionReader,
) -> Retargeting:
    """Return the retargeting with gains for which bent pictures show about as much as the faces they are bent to.

    Arguments as `retargeting_between`.
    """
    rows = even_choice(len(doing.coefficients), LOOKED_AT)
    wanted = doing.coefficients[rows]
    partners = most_alike(doing.traits[rows], shown.traits, shown.may_be_shown, 1)[:, 0]

    def slopes_with(gains: Gains) -> dict[FacePart, float]:
        trial = replace(retargeting, gains=gains)
        read = [
            _read_bent(shown, int(partner), trial.points(doing.shapes, int(row)), triangles, reader)
            for row, partner in zip(rows, partners, strict=True)
        ]
        return {part: _slope(part, wanted, np.stack(read)) for part in _MOST}

    if not any(moved_places(part, wanted) for part in _MOST):
        return retargeting
    plain = slopes_with(Gains())
    first = {part: _FIRST_STEP if 0.0 < slope < 1.0 else 1.0 for part, slope in plain.items()}
    if not any(gain > 1.0 for gain in first.values()):
        return retargeting
    further = slopes_with(_gains(first))
    return replace(
        retargeting, gains=_gains({part: _secant(part, first[part], plain[part], further[part]) for part in _MOST})
    )


def _gains(parts: dict[FacePart, float]) -> Gains:
    return Gains(**{part.value: gain for part, gain in parts.items()})


def _secant(part: FacePart, tried: float, plain: float, further: float) -> float:
    """Return the gain at which the line through both trials reaches a slope of 1, as far as it may."""
    if further <= plain or tried == 1.0:
        return 1.0
    return float(np.clip(1.0 + (tried - 1.0) * (1.0 - plain) / (further - plain), 1.0, _MOST[part]))


def _read_bent(
    shown: Performer,
    number: int,
    wanted: NDArray[np.float32],
    triangles: NDArray[np.intp],
    reader: ExpressionReader,
) -> Coefficients:
    """Return what a picture shows once its points are bent to where they are wanted."""
    picture = shown.picture(number)
    bent = bend(picture, bend_field(wanted, shown.shapes.points[number], triangles))
    return reader.read(bent, square_around(rescaled(wanted[:POINTS], len(picture)))).coefficients


def _slope(part: FacePart, wanted: NDArray[np.float32], read: NDArray[np.float32]) -> float:
    """Return how far a part follows; 0 where it does not, or nothing is wanted of it."""
    found = follow(part, wanted, read)
    return found.slope if found is not None and found.correlation > _LEAST_CORRELATION else 0.0
