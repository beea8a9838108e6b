"""Pose and expression in numbers that mean the same for two people."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.faces.facesets.stored_face import FaceMeasures
from engine.faces.reenactment.expression import COEFFICIENTS, Coefficients
from engine.faces.reenactment.traits import MOUTH, traits_of

FACE = FaceMeasures(
    face_id=1,
    media="source/a.mp4",
    frame_index=0,
    track=1,
    person=1,
    presence=1,
    sharpness=30,
    brightness=120,
    yaw=0,
    pitch=0,
    roll=0,
    width_px=200,
    is_plausible=True,
    rejected="",
    picture=Path("a.jpg"),
)


def doing(**coefficients: float) -> Coefficients:
    found = np.full(52, 0.05, np.float32)
    for name, value in coefficients.items():
        found[COEFFICIENTS.index(name)] = value
    return found


def at_rest(count: int) -> NDArray[np.float32]:
    return np.stack([doing()] * count)


def traits(faces: list[FaceMeasures], coefficients: NDArray[np.float32]) -> NDArray[np.float32]:
    return traits_of(faces, coefficients, np.zeros(len(faces), np.float32))


def test_a_person_whose_brows_always_seem_raised_is_paired_with_one_whose_do_not() -> None:
    rest = at_rest(20)
    raised = np.stack([doing(browInnerUp=0.4)] * 20)
    assert traits([FACE] * 20, rest) == pytest.approx(traits([FACE] * 20, raised), abs=1e-5)


@pytest.mark.parametrize("name", ["jawOpen", "browInnerUp", "mouthPucker"])
def test_what_a_person_does_now_and_then_is_far_from_rest(name: str) -> None:
    found = traits([FACE] * 21, np.stack([*at_rest(20), doing(**{name: 0.5})]))
    assert np.linalg.norm(found[-1] - found[0]) > 1


def test_gaze_counts_as_it_is_even_of_a_person_who_always_looks_aside() -> None:
    aside = np.stack([doing(eyeLookOutLeft=0.6, eyeLookInRight=0.6)] * 20)
    ahead = traits([FACE] * 20, at_rest(20))
    assert np.linalg.norm(traits([FACE] * 20, aside) - ahead, axis=1).min() > 1


def test_a_turn_of_the_head_tells_faces_apart() -> None:
    turned = traits([FACE, replace(FACE, yaw=20)], at_rest(2))
    assert np.linalg.norm(turned[1] - turned[0]) == pytest.approx(2.5, abs=0.01)


def test_lips_that_are_parted_tell_faces_apart_for_whoever_has_them() -> None:
    found = traits_of([FACE] * 2, at_rest(2), np.array([0.0, 0.06], np.float32))
    assert np.linalg.norm(found[1] - found[0]) > 1.5


@pytest.mark.parametrize(("name", "says_something"), [("jawOpen", True), ("mouthPucker", True), ("browInnerUp", False)])
def test_of_a_mouth_only_what_moves_it_says_something(name: str, says_something: bool) -> None:
    found = traits([FACE] * 21, np.stack([*at_rest(20), doing(eyeLookUpLeft=0.5, **{name: 0.5})])) * MOUTH
    assert (np.linalg.norm(found[-1] - found[0]) > 1) == says_something
    apart = traits_of([FACE] * 2, at_rest(2), np.array([0.0, 0.06], np.float32)) * MOUTH
    assert np.linalg.norm(apart[1] - apart[0]) > 1.5
