"""Pose and expression of faces in numbers that mean the same for every person, so that alike faces can be paired."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.faces.expression import COEFFICIENTS, Coefficients
from engine.faces.faceset_rows import FaceMeasures

_DEGREES = 8.0
"""Turn of the head that one notices."""
_REST_PERCENTILE = 5.0
"""Of a coefficient of one person's faces: what it reads when the person does nothing."""

# Each a sum of coefficients, less another sum, divided by a difference that one notices.
_GAZE = (
    (("eyeLookOutLeft", "eyeLookInRight"), ("eyeLookInLeft", "eyeLookOutRight"), 0.24),
    (("eyeLookUpLeft", "eyeLookUpRight"), ("eyeLookDownLeft", "eyeLookDownRight"), 0.24),
)
_SIDEWAYS = ((("mouthLeft",), ("mouthRight",), 0.25), (("jawLeft",), ("jawRight",), 0.25))
_MOVES = (
    (("jawOpen",), 0.1),
    (("eyeBlinkLeft", "eyeBlinkRight"), 0.3),
    (("eyeSquintLeft", "eyeSquintRight"), 0.6),
    (("browDownLeft", "browDownRight"), 0.4),
    (("browInnerUp",), 0.25),
    (("browOuterUpLeft", "browOuterUpRight"), 0.5),
    (("mouthSmileLeft", "mouthSmileRight"), 0.4),
    (("mouthFrownLeft", "mouthFrownRight"), 0.5),
    (("mouthPucker",), 0.25),
    (("mouthFunnel",), 0.25),
    (("mouthUpperUpLeft", "mouthUpperUpRight"), 0.5),
    (("mouthLowerDownLeft", "mouthLowerDownRight"), 0.5),
    (("mouthStretchLeft", "mouthStretchRight"), 0.6),
    (("mouthPressLeft", "mouthPressRight"), 0.6),
)


def traits_of(faces: Sequence[FaceMeasures], coefficients: Sequence[Coefficients]) -> NDArray[np.float32]:
    """Return pose and expression of one person's faces, (N, K) float32.

    Turn of the head, gaze, and which way mouth and jaw are drawn count as they are. All else counts from what it reads
    at rest: faces differ in how far their brows seem raised, and their corners of the mouth, when they do nothing.

    Args:
        faces: All N faces of the person.
        coefficients: N times (52,).
    """
    read = np.stack(coefficients)
    turned = [np.array([getattr(face, name) for face in faces]) / _DEGREES for name in ("yaw", "pitch")]
    absolute = [(_sum(read, plus) - _sum(read, minus)) / noticed for plus, minus, noticed in (*_GAZE, *_SIDEWAYS)]
    moves = [_sum(read, names) / noticed for names, noticed in _MOVES]
    from_rest = [move - np.percentile(move, _REST_PERCENTILE) for move in moves]
    return np.stack([*turned, *absolute, *from_rest], axis=1).astype(np.float32)


def _sum(read: NDArray[np.float32], names: tuple[str, ...]) -> NDArray[np.float32]:
    return np.asarray(read[:, [COEFFICIENTS.index(name) for name in names]].sum(axis=1), np.float32)
