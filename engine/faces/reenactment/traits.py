"""Pose and expression of faces in numbers that mean the same for every person, so that alike faces can be paired."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.faces.face_quality import Pose
from engine.faces.reenactment.expression import COEFFICIENTS

POSE = 2
"""How many of the traits, the first ones, are the pose."""

_DEGREES = 8.0
"""Turn of the head that one notices."""
_LIPS_APART = 0.03
"""Distance between the lips that one notices, as a share of the model's square."""
_REST_PERCENTILE = 5.0
"""Of a coefficient of one person's faces: what it reads when the person does nothing."""

# Each a sum of coefficients, less another sum, divided by a difference that one notices.
_GAZE = (
    (("eyeLookOutLeft", "eyeLookInRight"), ("eyeLookInLeft", "eyeLookOutRight"), 0.15),
    (("eyeLookUpLeft", "eyeLookUpRight"), ("eyeLookDownLeft", "eyeLookDownRight"), 0.15),
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

_OF_A_MOUTH = ("jaw", "mouth")
_POSE_OF_A_MOUTH = 0.35
"""How much the pose counts where mouths are compared: bent to another turn of the head they look right for longer."""


def _of_mouth() -> NDArray[np.float32]:
    read = (plus[0].startswith(_OF_A_MOUTH) for plus, *_ in (*_GAZE, *_SIDEWAYS))
    moves = (names[0].startswith(_OF_A_MOUTH) for names, _ in _MOVES)
    return np.array([*[_POSE_OF_A_MOUTH] * POSE, *read, True, *moves], np.float32)


MOUTH = _of_mouth()
"""(K,): how much each trait counts where mouths alone are compared."""


def _creasing() -> NDArray[np.float32]:
    moves = ("eyeBlinkLeft" not in names for names, _ in _MOVES)
    return np.array([*[False] * (POSE + len(_GAZE)), *[True] * (len(_SIDEWAYS) + 1), *moves], np.float32)


CREASING = _creasing()
"""(K,): 1 for each trait that moves the skin of cheeks and forehead; a glance and a blink do not."""

AT_REST = np.append(np.ones(POSE, np.float32), CREASING[POSE:])
"""(K,): how much each trait counts where somebody at rest is looked for."""


def at_rest(traits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the traits, (N, K), of somebody who does nothing, the head turned as in N faces; compared by `AT_REST`."""
    resting = np.zeros_like(traits)
    resting[:, :POSE] = traits[:, :POSE]
    return resting


def traits_of(
    faces: Sequence[Pose], coefficients: NDArray[np.float32], lips: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return pose and expression of one person's faces, (N, K) float32.

    Turn of the head, gaze, how far the lips are apart, and which way mouth and jaw are drawn count as they are. All
    else counts from what it reads at rest: faces differ in how far their brows seem raised, and their corners of the
    mouth, when they do nothing.

    Args:
        faces: All N faces of the person.
        coefficients: (N, 52).
        lips: (N,) how far they are apart, as `mouth.lips_apart`.
    """
    turned = [np.array(angles) / _DEGREES for angles in ([face.yaw for face in faces], [face.pitch for face in faces])]
    absolute = [
        (_sum(coefficients, plus) - _sum(coefficients, minus)) / noticed
        for plus, minus, noticed in (*_GAZE, *_SIDEWAYS)
    ]
    moves = [_sum(coefficients, names) / noticed for names, noticed in _MOVES]
    from_rest = [move - np.percentile(move, _REST_PERCENTILE) for move in moves]
    return np.stack([*turned, *absolute, lips / _LIPS_APART, *from_rest], axis=1).astype(np.float32)


def most_alike(
    traits: NDArray[np.float32], others: NDArray[np.float32], may_be_chosen: NDArray[np.bool_], count: int
) -> NDArray[np.intp]:
    """Return for each of some faces the others that are nearest in pose and expression.

    Args:
        traits: (N, K).
        others: (M, K).
        may_be_chosen: (M,) bool; where nobody may, everybody does.
        count: How many.

    Returns:
        (N, C), the nearest first; C is `count`, or how many there are.
    """
    choice = np.flatnonzero(may_be_chosen) if may_be_chosen.any() else np.arange(len(others))
    chosen, most = others[choice], min(count, len(choice))
    nearest = np.empty((len(traits), most), np.intp)
    for row, each in enumerate(traits):
        distances = np.square(chosen - each).sum(axis=1)
        # Sorting all of ten thousand to find four would take most of the time before training.
        near = np.flatnonzero(distances <= np.partition(distances, most - 1)[most - 1])
        nearest[row] = choice[near[np.argsort(distances[near], kind="stable")[:most]]]
    return nearest


def _sum(read: NDArray[np.float32], names: tuple[str, ...]) -> NDArray[np.float32]:
    return np.asarray(read[:, [COEFFICIENTS.index(name) for name in names]].sum(axis=1), np.float32)
