"""The examples that the network for what is before a face learns from."""

from __future__ import annotations

import numpy as np
import pytest

from engine.faces.align import hull_mask
from engine.faces.occlusion import SIZE
from tests.real_faces import WOMAN, frames_of
from tests.recipes.visible_face.hand_mesh import HandMesh
from tests.recipes.visible_face.hands import SIDE, HandPicture, hand_pictures
from tests.recipes.visible_face.labels import label_of
from tests.recipes.visible_face.mixing import STORED, Portraits, examples_of_one
from tests.recipes.visible_face.pictures import HAND, Portrait, portrait_in, stacked


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


def test_a_rendered_hand_has_fingers_up_and_a_forearm_down(hands: list[HandPicture]) -> None:
    for hand in hands:
        assert hand.alpha[-1].any()
        assert not hand.alpha[0].any()
        assert 0.05 < (hand.alpha > 127).mean() < 0.6
        assert 0.4 < float(hand.light[SIDE // 2][hand.alpha[SIDE // 2] > 127].mean()) < 1.6


def test_examples_depend_on_the_seed_alone_and_have_something_before_the_face(
    portraits: Portraits, hands: list[HandPicture]
) -> None:
    drawn = [examples_of_one(portraits, 0, hands, 0.2, np.random.default_rng(seed))[0] for seed in (*range(12), 5)]
    assert np.array_equal(drawn[5].picture, drawn[-1].picture)
    assert all(each.picture.shape == (SIZE, SIZE, 3) for each in drawn)
    shares = [float(each.face[each.weight > 0].mean()) for each in drawn]
    assert max(shares) > 1.1 * min(shares)
