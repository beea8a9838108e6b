"""What is before a face is told from the face, on frames that were marked by hand, and steadily over time."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.arrays import Landmarks, Mask
from engine.demo import TARGET_CLIP
from engine.faces.face_quality import pose_of
from engine.faces.head import fit_head
from engine.faces.occlusion import SIZE, OcclusionReader, believed, covers, has_fringe, seen_of_both, steady, swap_mask
from tests.learning import mesh
from tests.real_faces import MAN, WOMAN
from tests.recipes.visible_face.marks import Marked, agreement, marked_frames

BUNDLED = {
    "videos/woman_a_pexels_expressions.mp4": WOMAN,
    "videos/man_c_webcam_cap12.mp4": MAN,
    "videos/man_d_handheld_audio_320x192.mp4": TARGET_CLIP,
}


@pytest.fixture(scope="module")
def marked() -> list[Marked]:
    return list(marked_frames(BUNDLED.get))


@pytest.mark.slow
def test_a_hand_before_a_face_is_told_from_it(marked: list[Marked]) -> None:
    hands = [each for each in marked if each.kind == "hand"]
    assert len(hands) > 20
    found = agreement(hands, OcclusionReader().seen)
    assert found.iou > 0.85
    assert found.painted_over < 0.3
    assert found.left_out < 0.1


def test_faces_with_nothing_before_them_are_seen_nearly_whole(marked: list[Marked]) -> None:
    clear = [each for each in marked if each.kind == "clear"]
    found = agreement(clear, OcclusionReader().seen)
    assert found.iou > 0.9
    assert found.left_out < 0.1


def test_between_two_fingers_no_pattern_is_left(marked: list[Marked]) -> None:
    reader = OcclusionReader()
    for each in (each for each in marked if each.kind == "hand"):
        seen = reader.seen(each.square)
        neighbours = (np.roll(seen, 1, 0) + np.roll(seen, -1, 0) + np.roll(seen, 1, 1) + np.roll(seen, -1, 1)) / 4
        hull = cv2.resize((each.seen | each.covered).astype(np.uint8), (SIZE, SIZE), interpolation=cv2.INTER_NEAREST)
        assert np.abs(seen - neighbours)[cv2.erode(hull, np.ones((5, 5), np.uint8)) > 0].max() < 0.2


def _seen(rows: slice | None = None) -> np.ndarray:
    seen = np.full((SIZE, SIZE), 255, np.uint8)
    if rows is not None:
        seen[rows] = 0
    return seen


def test_a_hand_that_comes_and_goes_covers_the_face_and_a_fringe_that_stays_does_not() -> None:
    fringe, hand = slice(0, SIZE // 4), slice(2 * SIZE // 3, SIZE)
    usual = [_seen(fringe) for _ in range(8)]
    with_hand = _seen(fringe)
    with_hand[hand] = 0
    covered = covers(np.stack([*usual, with_hand]), [mesh()] * 9)
    assert not covered[:8].any()
    assert covered[8, hand].any()
    assert not covered[8, fringe].any()


def test_hair_over_the_forehead_of_most_pictures_is_how_a_person_looks() -> None:
    fringe, bare = _seen(slice(0, SIZE // 3)), _seen()
    assert has_fringe(np.stack([fringe, fringe, bare]), [mesh()] * 3)
    assert not has_fringe(np.stack([fringe, bare, bare]), [mesh()] * 3)


def test_pictures_of_heads_turned_far_away_say_nothing_of_a_fringe() -> None:
    seen = np.stack([_seen(slice(0, SIZE // 3)), _seen(slice(0, SIZE // 3)), _seen()])
    assert not has_fringe(seen, [_turned(40), _turned(40), mesh()])
    assert not has_fringe(seen[:2], [_turned(40)] * 2)


def _turned(degrees: float) -> Landmarks:
    """Return a face that turns to the side."""
    points, angle = mesh(), np.radians(degrees)
    middle = points.mean(axis=0)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    return np.asarray((points - middle) @ turn + middle, np.float32)


def test_of_a_head_that_is_turned_far_away_the_network_is_not_believed() -> None:
    nothing = np.zeros((SIZE, SIZE), np.float32)
    shares = [float(believed(nothing, _turned(degrees)).max()) for degrees in (0, 10, 22, 40)]
    assert shares == pytest.approx([0, 0, 0.5, 1], abs=0.15)
    usual = [_seen() for _ in range(3)]
    assert covers(np.stack([*usual, _seen(slice(0, SIZE))]), [mesh()] * 4)[3].any()
    assert not covers(np.stack([*usual, _seen(slice(0, SIZE))]), [*[mesh()] * 3, _turned(40)])[3].any()


def _nodding(degrees: float) -> Landmarks:
    """Return a face that looks down, or up where negative."""
    points, angle = mesh(), np.radians(degrees)
    middle = points.mean(axis=0)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    return np.asarray((points - middle) @ turn.T + middle, np.float32)


def test_of_one_who_looks_down_the_network_is_believed_farther_than_of_one_who_looks_up() -> None:
    nothing = np.zeros((SIZE, SIZE), np.float32)
    pitches = [pose_of(fit_head(_nodding(degrees))).pitch for degrees in (-22, 22)]
    up, down = (float(believed(nothing, _nodding(degrees)).max()) for degrees in (-22, 22))
    assert pitches[0] < -15 < 15 < pitches[1]
    assert down == pytest.approx(0, abs=0.05)
    assert up > 0.3


def test_what_a_photograph_hardly_shows_is_not_laid_in_and_of_turned_heads_for_longer() -> None:
    whole, doubted, hair = (np.full((SIZE, SIZE), value, np.float32) for value in (1.0, 0.6, 0.0))
    ahead, aside, far = mesh(), _turned(22), _turned(45)
    assert swap_mask(seen_of_both(whole, whole, ahead)).min() == 1
    assert swap_mask(seen_of_both(doubted, whole, ahead)).min() > 0.7
    assert swap_mask(seen_of_both(whole, doubted, ahead)).max() < 0.3
    assert swap_mask(seen_of_both(whole, hair, aside)).max() < 0.1
    assert swap_mask(seen_of_both(hair, whole, aside)).max() > 0.3
    assert swap_mask(seen_of_both(whole, hair, far)).min() == 1


def _left_half(end: int, value: float = 0.0) -> Mask:
    seen = np.ones((SIZE, SIZE), np.float32)
    seen[:, :end] = value
    return seen


def test_a_mask_that_trembles_is_steadied_by_its_neighbours() -> None:
    random = np.random.default_rng(0)
    frames = [
        np.clip(_left_half(0) * 0.5 + random.normal(0, 0.08, (SIZE, SIZE)), 0, 1).astype(np.float32) for _ in range(9)
    ]
    alone = [steady(each, [each], [0]) for each in frames[3:6]]
    together = [steady(frames[at], frames[at - 3 : at + 4], list(range(-3, 4))) for at in range(3, 6)]
    assert np.abs(np.diff(together, axis=0)).mean() < 0.6 * np.abs(np.diff(alone, axis=0)).mean()


def test_a_hand_that_moves_stays_as_sharp_as_it_is() -> None:
    frames = [_left_half(10 * at) for at in range(7)]
    here = steady(frames[3], frames, list(range(-3, 4)))
    assert not here[:, :30].any()
    assert (here[:, 30:] == 1).all()
