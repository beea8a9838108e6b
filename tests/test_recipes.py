"""The examples that the network for what is before a face learns from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.faces.align import hull_mask
from engine.faces.face_quality import pose_of
from engine.faces.head import fit_head
from engine.faces.occlusion import SIZE
from tests.real_faces import WOMAN, frames_of
from tests.recipes.visible_face.hair import curtain, fringe
from tests.recipes.visible_face.hand_mesh import HandMesh
from tests.recipes.visible_face.hands import SIDE, HandPicture, hand_pictures
from tests.recipes.visible_face.labels import label_of
from tests.recipes.visible_face.mixing import STORED, Portraits, examples_of_one
from tests.recipes.visible_face.occluders import Layer
from tests.recipes.visible_face.pictures import HAND, Portrait, portrait_in, stacked, turned_aside
from tests.recipes.visible_face.relief import side_light, turned


@pytest.fixture(scope="module")
def hands() -> list[HandPicture]:
    return hand_pictures(HandMesh(HAND), 3, np.random.default_rng(0))


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    (frame,) = frames_of(WOMAN, range(300, 301))
    found = portrait_in(frame)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def portraits(portrait: Portrait) -> Portraits:
    return stacked([portrait])


def test_a_portrait_has_the_same_label_each_time(portrait: Portrait) -> None:
    labels = [label_of(portrait.picture, portrait.landmarks) for _ in range(8)]
    assert all(np.array_equal(each.face, portrait.label.face) for each in labels)
    assert all(np.array_equal(each.known, portrait.label.known) for each in labels)


def test_hair_over_the_rim_of_a_portrait_is_no_face_or_left_out(portraits: Portraits) -> None:
    hull = hull_mask(portraits.landmarks[0], STORED) > 0.5
    face, known = portraits.face[0] > 0, portraits.known[0] > 0
    brightness = portraits.pictures[0].mean(axis=2)
    assert brightness[hull & face & known].mean() > brightness[hull & ~face].mean() + 40
    dark_at_the_sides = hull & (brightness < 60)
    dark_at_the_sides[:, STORED // 3 : 2 * STORED // 3] = False
    assert dark_at_the_sides.sum() > 50
    assert (face & known)[dark_at_the_sides].mean() < 0.1
    assert known[hull].mean() > 0.75


def test_a_head_is_turned_with_its_label_and_what_it_hides_is_gone(portrait: Portrait) -> None:
    places, points = turned(portrait.landmarks, portrait.depth, 30.0, 0.0)
    assert 0 <= places.min() < places.max() <= STORED
    pose, before = (pose_of(fit_head(each)) for each in (points, portrait.landmarks))
    # The relief is softer than the mesh that it is made of.
    assert 15 < abs(pose.yaw - before.yaw) < 35
    assert abs(pose.pitch - before.pitch) < 8
    aside = turned_aside(portrait, (0, 0))
    assert np.array_equal(aside.picture, turned_aside(portrait, (0, 0)).picture)
    assert aside.label.face.sum() < 0.97 * portrait.label.face.sum()
    # What is said to be the face lies within the mesh as it is now.
    hull = hull_mask(aside.landmarks, STORED) > 0.5
    assert hull[(aside.label.face & aside.label.known) > 0].mean() > 0.97


def test_light_from_a_side_leaves_the_other_in_shadow(portrait: Portrait) -> None:
    lights = [side_light(portrait.depth, np.random.default_rng(seed)) for seed in range(6)]
    third = STORED // 3
    for light in lights:
        left, right = light[third:-third, third : STORED // 2].mean(), light[third:-third, STORED // 2 : -third].mean()
        assert abs(left - right) > 0.03 * (left + right)
        assert 0 <= light.min() < light.max() < 2.5


@pytest.mark.parametrize("drawn", [fringe, curtain])
def test_drawn_hair_covers_a_part_of_the_face_from_its_edge(portrait: Portrait, drawn: Callable[..., Layer]) -> None:
    hull = hull_mask(portrait.landmarks, STORED) > 0.5
    nose = portrait.landmarks[1, :2].astype(int)
    layers = [
        drawn(np.full(3, 60, np.float32), portrait.landmarks[:, :2], STORED, np.random.default_rng(seed))
        for seed in range(12)
    ]
    assert all(layer.alpha.min() >= 0 and layer.alpha.max() <= 1 for layer in layers)
    shares = [float(layer.alpha[hull].mean()) for layer in layers]
    assert 0.1 < max(shares) < 0.6
    assert np.mean([layer.alpha[nose[1], nose[0]] for layer in layers]) < 0.1


def test_a_rendered_hand_has_fingers_up_and_a_forearm_down(hands: list[HandPicture]) -> None:
    for hand in hands:
        assert hand.alpha[-1].any()
        assert not hand.alpha[0].any()
        assert 0.05 < (hand.alpha > 127).mean() < 0.6
        assert 0.4 < float(hand.light[SIDE // 2][hand.alpha[SIDE // 2] > 127].mean()) < 1.6


def test_examples_depend_on_the_seed_alone_and_have_something_before_the_face(
    portraits: Portraits, hands: list[HandPicture]
) -> None:
    drawn = [examples_of_one(portraits, 0, hands, np.random.default_rng(seed))[0] for seed in (*range(12), 5)]
    assert np.array_equal(drawn[5].picture, drawn[-1].picture)
    assert all(each.picture.shape == (SIZE, SIZE, 3) for each in drawn)
    shares = [float(each.face[each.weight > 0].mean()) for each in drawn]
    assert max(shares) > 1.1 * min(shares)
