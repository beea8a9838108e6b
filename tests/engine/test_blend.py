"""A swap is laid into the frame where the mask says so, and nowhere else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.arrays import Mask, Matrix, RGBImage
from engine.faces.compositing.blend import face_mask, paste, touched_region, without_covered
from engine.faces.compositing.colour_match import (
    NO_TRANSFER,
    apply_colour_transfer,
    mean_colour_transfer,
    measure_colour_transfer,
)
from engine.faces.compositing.sharpen import sharpen
from engine.project.settings import ColourMatch

SIZE = 96


def _noise(height: int, width: int, seed: int = 0) -> RGBImage:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def _smooth_picture(size: int = SIZE, seed: int = 0) -> RGBImage:
    coarse = np.random.default_rng(seed).integers(60, 190, (6, 6, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), np.uint8)


def _blurred(image: RGBImage, sigma: float) -> RGBImage:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def _disc(radius: float = 30, size: int = SIZE) -> Mask:
    y, x = np.mgrid[:size, :size]
    return np.asarray(np.hypot(x - size / 2, y - size / 2) < radius, np.float32)


def _matrix(scale: float, degrees: float, left: float, top: float) -> Matrix:
    """From a frame to aligned pixels: the square's corner lies at (left, top)."""
    angle = np.deg2rad(degrees)
    turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, -turn @ (left, top)])


@settings(max_examples=25, deadline=None)
@given(
    scale=st.floats(0.2, 3),
    degrees=st.floats(-180, 180),
    left=st.floats(-200, 300),
    top=st.floats(-200, 300),
    sharpening=st.sampled_from([0.0, 1.0]),
)
def test_a_mask_of_zeros_leaves_the_frame_identical_byte_for_byte(
    scale: float, degrees: float, left: float, top: float, sharpening: float
) -> None:
    frame = _noise(120, 160)
    zeros = np.zeros((SIZE, SIZE), np.float32)
    pasted = paste(frame, _noise(SIZE, SIZE, 1), zeros, _matrix(scale, degrees, left, top), sharpening)
    assert pasted.tobytes() == frame.tobytes()


@settings(max_examples=25, deadline=None)
@given(scale=st.floats(0.3, 3), degrees=st.floats(-180, 180), left=st.floats(-100, 300), top=st.floats(-100, 300))
def test_nothing_outside_the_touched_rectangle_changes(scale: float, degrees: float, left: float, top: float) -> None:
    frame, mask, matrix = _noise(200, 260), face_mask(_disc(), _disc(), 0, 0.1), _matrix(scale, degrees, left, top)
    pasted = paste(frame, _noise(SIZE, SIZE, 1), mask, matrix, 1.0)
    region = touched_region(mask, matrix, frame.shape)
    outside = np.ones(frame.shape[:2], bool)
    if region is not None:
        outside[region.top : region.bottom, region.left : region.right] = False
    assert (pasted[outside] == frame[outside]).all()


def test_a_face_has_the_same_mask_wherever_it_lies_in_the_memory() -> None:
    sizes = np.random.default_rng(0).integers(1, 30_000, 60).tolist()
    found, kept = set(), []
    for size in sizes:
        # What is allocated in between moves what is allocated next.
        kept.append(np.ones(size))
        found.add(face_mask(_disc(), _disc(), 0.2, 0.3).tobytes())
    assert len(found) == 1


def test_the_frame_handed_in_stays_as_it_was() -> None:
    frame = _noise(200, 200)
    before = frame.copy()
    paste(frame, _noise(SIZE, SIZE, 1), _disc(), _matrix(1, 0, 50, 50))
    assert (frame == before).all()


def test_a_full_mask_shows_the_swap_itself() -> None:
    frame, swap = _noise(200, 200), _smooth_picture()
    pasted = paste(frame, swap, np.ones((SIZE, SIZE), np.float32), _matrix(1, 0, 40, 60))
    np.testing.assert_array_equal(pasted[62:154, 42:134], swap[2:-2, 2:-2])


def test_a_face_outside_the_frame_changes_nothing() -> None:
    frame = _noise(100, 100)
    assert touched_region(_disc(), _matrix(1, 0, 500, 500), frame.shape) is None
    assert (paste(frame, _noise(SIZE, SIZE), _disc(), _matrix(1, 0, 500, 500)) == frame).all()


def test_a_small_face_is_pasted_without_aliasing() -> None:
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    pasted = paste(np.zeros((100, 100, 3), np.uint8), stripes, np.ones((256, 256), np.float32), _matrix(4, 3, 15, 15))
    inner = pasted[30:60, 30:60].astype(float)
    assert inner.std() < 12
    assert abs(inner.mean() - 127) < 6


def test_the_mask_fades_softly_from_within_to_nothing_at_the_rim_of_the_hull() -> None:
    hull = _disc(34)
    mask = face_mask(np.ones_like(hull), hull, 0.0, 0.12)
    assert mask[hull == 0].max() == 0
    assert mask[48, 48] == 1
    assert np.abs(np.diff(mask, axis=1)).max() < 0.25


def test_the_mask_leaves_out_a_hand_that_the_learned_mask_leaves_out() -> None:
    learned = _disc(40)
    learned[50:, 40:70] = 0.05
    mask = face_mask(learned, _disc(34), 0.0, 0.08)
    assert mask[60, 55] < 0.05
    assert mask[35, 48] > 0.95


@pytest.mark.parametrize(("grow", "larger"), [(0.1, True), (-0.1, False)])
def test_growing_the_mask_moves_its_rim(grow: float, larger: bool) -> None:
    learned = np.ones((SIZE, SIZE), np.float32)
    plain, moved = face_mask(learned, _disc(30), 0, 0.08), face_mask(learned, _disc(30), grow, 0.08)
    assert bool(moved.sum() > 1.1 * plain.sum()) is larger


def test_the_mask_ends_before_the_edge_of_the_square_where_the_face_reaches_past_it() -> None:
    full = np.ones((SIZE, SIZE), np.float32)
    mask = face_mask(full, full, 0.3, 0.08)
    assert max(mask[0].max(), mask[-1].max(), mask[:, 0].max(), mask[:, -1].max()) == 0


def test_no_hull_gives_no_mask() -> None:
    zeros = np.zeros((SIZE, SIZE), np.float32)
    assert not face_mask(np.ones_like(zeros), zeros, 0.1, 0.1).any()


def test_the_swap_takes_on_the_colours_of_the_target() -> None:
    target = _smooth_picture(seed=1)
    tinted = np.clip(_smooth_picture(seed=1) * np.array([1.0, 0.75, 0.6]) + 20, 0, 255).astype(np.uint8)
    mask = face_mask(_disc(40), _disc(36), 0, 0.1)
    matched = apply_colour_transfer(tinted, measure_colour_transfer(tinted, target, mask, ColourMatch.LAB))
    inner = mask > 0.5
    off_before = np.abs(tinted[inner].mean(axis=0) - target[inner].mean(axis=0)).max()
    off_after = np.abs(matched[inner].mean(axis=0) - target[inner].mean(axis=0)).max()
    assert off_before > 30
    assert off_after < 6


def test_a_shadow_on_one_side_of_the_target_falls_on_the_rim_of_the_swap() -> None:
    swap = np.full((SIZE, SIZE, 3), (180, 140, 120), np.uint8)
    light = np.linspace(0.8, 1.1, SIZE)[None, :, None]
    target = np.clip(swap * light, 0, 255).astype(np.uint8)
    mask = face_mask(_disc(40), _disc(36), 0, 0.1)
    rim = (mask > 0.2) & (mask < 0.8)
    flat = measure_colour_transfer(swap, target, mask, ColourMatch.LAB)
    matched = apply_colour_transfer(swap, flat)
    before = np.abs(swap[rim].astype(float) - target[rim]).mean()
    assert np.abs(matched[rim].astype(float) - target[rim]).mean() < 0.35 * before


def test_the_light_of_the_target_falls_on_the_whole_swap_and_its_features_stay() -> None:
    light = np.linspace(0.7, 1.2, SIZE)[None, :, None]
    face = np.full((SIZE, SIZE, 3), (170, 130, 110), np.uint8)
    swap, target = (face * light[:, ::-1]).astype(np.uint8), (face * light).astype(np.uint8)
    swap[30:36, 30:66] = (60, 40, 30)
    mask = face_mask(_disc(40), _disc(36), 0, 0.1)
    matched = apply_colour_transfer(swap, measure_colour_transfer(swap, target, mask, ColourMatch.LAB))
    skin = (mask > 0.5) & (np.abs(np.arange(SIZE) - 33)[:, None] > 8)
    assert (
        np.abs(matched[skin].astype(int) - target[skin]).mean()
        < 8
        < np.abs(swap[skin].astype(int) - target[skin]).mean()
    )
    assert (matched[33, 34:62].mean(axis=-1) < 0.65 * target[33, 34:62].mean(axis=-1)).all()


def test_a_beard_of_the_target_darkens_no_chin_of_the_source() -> None:
    swap = np.full((SIZE, SIZE, 3), (180, 140, 120), np.uint8)
    target = swap.copy()
    target[60:] = (50, 40, 35)
    mask = face_mask(_disc(40), _disc(36), 0, 0.1)
    matched = apply_colour_transfer(swap, measure_colour_transfer(swap, target, mask, ColourMatch.LAB))
    assert np.abs(matched[70, 40:56].astype(int) - swap[70, 40:56]).max() < 25


@pytest.mark.parametrize("match", list(ColourMatch))
def test_a_face_that_matches_already_keeps_its_colours(match: ColourMatch) -> None:
    face, mask = _smooth_picture(), face_mask(_disc(40), _disc(36), 0, 0.1)
    matched = apply_colour_transfer(face, measure_colour_transfer(face, face, mask, match))
    assert np.abs(matched.astype(int) - face)[mask > 0.1].max() <= 2


def test_an_empty_mask_asks_for_no_colour_transfer() -> None:
    zeros = np.zeros((SIZE, SIZE), np.float32)
    assert measure_colour_transfer(_noise(SIZE, SIZE), _noise(SIZE, SIZE, 1), zeros, ColourMatch.LAB) is NO_TRANSFER


def test_a_colour_transfer_among_its_neighbours_is_their_weighted_mean() -> None:
    mask = face_mask(_disc(40), _disc(36), 0, 0.1)
    one, other = (
        measure_colour_transfer(_smooth_picture(), _smooth_picture(seed=seed), mask, ColourMatch.LAB) for seed in (1, 2)
    )
    np.testing.assert_allclose(
        mean_colour_transfer([one, other], [3, 1]).field, 0.75 * one.field + 0.25 * other.field, atol=1e-3
    )


def _detailed(size: int = 240) -> RGBImage:
    rng = np.random.default_rng(7)
    layers = [
        cv2.resize(rng.normal(0, 14, (n, n, 3)), (size, size), interpolation=cv2.INTER_CUBIC) for n in (8, 30, 120)
    ]
    return np.clip(128 + sum(layers), 0, 255).astype(np.uint8)


def _fine_detail(image: RGBImage) -> float:
    """Return the mean square of the Laplacian."""
    return float(np.square(cv2.Laplacian(image.mean(axis=2, dtype=np.float32), cv2.CV_32F)).mean())


def test_a_soft_swap_gets_much_of_the_targets_sharpness_back() -> None:
    target = _detailed()
    soft = _blurred(target, 1.6)
    mask = np.ones(target.shape[:2], np.float32)
    wanted = _fine_detail(target)
    sharpened = sharpen(soft, target, mask, _matrix(1 / 1.6, 0, 0, 0), 150, 1.0)
    assert _fine_detail(soft) < 0.1 * wanted
    assert 0.3 * wanted < _fine_detail(sharpened) < 1.3 * wanted


def test_sharpening_draws_no_halo_beside_an_edge() -> None:
    edge = np.zeros((120, 120, 3), np.uint8)
    edge[:] = 60
    edge[:, 60:] = 180
    soft = _blurred(edge, 3.0)
    sharpened = sharpen(soft, edge, np.ones((120, 120), np.float32), _matrix(1 / 3, 0, 0, 0), 40, 1.0)
    assert sharpened.min() >= 60 - 8
    assert sharpened.max() <= 180 + 8
    assert (
        np.abs(np.diff(sharpened[60, :, 0].astype(int))).max() > 1.5 * np.abs(np.diff(soft[60, :, 0].astype(int))).max()
    )


def test_a_swap_sharper_than_a_blurred_frame_is_softened() -> None:
    swap = _detailed()
    target = _blurred(swap, 3.0)
    mask = np.ones(swap.shape[:2], np.float32)
    softened = sharpen(swap, target, mask, _matrix(1 / 1.5, 0, 0, 0), 160, 1.0)
    assert _fine_detail(softened) < 0.4 * _fine_detail(swap)


def test_sharpening_switched_off_changes_nothing() -> None:
    swap = _detailed()
    assert sharpen(swap, swap, np.ones(swap.shape[:2], np.float32), _matrix(0.5, 0, 0, 0), 120, 0.0) is swap


def test_smooth_skin_gets_the_grain_of_the_frame_and_the_grain_moves_with_the_face() -> None:
    noise = np.random.default_rng(3).normal(0, 3, (160, 160, 1))
    skin = np.full((160, 160, 3), 150, np.uint8)
    grainy = np.rint(skin + noise).astype(np.uint8)
    mask, still, moved = np.ones((160, 160), np.float32), _matrix(0.5, 0, 0, 0), _matrix(0.5, 0, 7, 0)
    grained = sharpen(skin, grainy, mask, still, 80, 1.0)
    assert 1.0 < float(grained[..., 0].std()) < 4.0
    shifted = sharpen(skin, grainy, mask, moved, 80, 1.0)
    assert np.abs(shifted[20:140, 27:140].astype(int) - grained[20:140, 20:133]).max() <= 1


def test_skin_without_grain_gets_none() -> None:
    skin = np.full((160, 160, 3), 150, np.uint8)
    assert sharpen(skin, skin, np.ones((160, 160), np.float32), _matrix(0.5, 0, 0, 0), 80, 1.0).std() < 0.1


def test_what_is_before_the_face_stays_to_the_last_bit_and_the_rest_is_swapped() -> None:
    frame, swap = _smooth_picture(), np.full((SIZE, SIZE, 3), 200, np.uint8)
    seen = np.ones((SIZE // 2, SIZE // 2), np.float32)
    seen[:, : SIZE // 4] = 0
    mask = without_covered(_disc(), seen)
    pasted = paste(frame, swap, mask, _matrix(1, 0, 0, 0))
    assert np.array_equal(pasted[:, : SIZE // 2 - 4], frame[:, : SIZE // 2 - 4])
    assert (pasted[SIZE // 2, SIZE // 2 + 4 : SIZE // 2 + 20] == 200).all()


def test_hair_beside_the_swap_does_not_darken_its_border() -> None:
    swap = np.full((SIZE, SIZE, 3), (190, 150, 130), np.uint8)
    target = swap.copy()
    target[:, :24] = (25, 20, 15)
    mask = face_mask(np.ones((SIZE, SIZE), np.float32), _disc(32), 0, 0.08)
    matched = apply_colour_transfer(swap, measure_colour_transfer(swap, target, mask, ColourMatch.LAB))
    assert np.abs(matched[40:56, 26:70].astype(int) - swap[40:56, 26:70]).max() < 8


def _skin(lightness: float = 150.0) -> RGBImage:
    """Return skin with the unevenness of skin."""
    uneven = np.random.default_rng(0).normal(0, 6, (SIZE, SIZE, 1))
    return np.clip(np.array([1.0, 0.8, 0.7]) * lightness + uneven, 0, 255).astype(np.uint8)


def test_a_cheek_that_the_sun_burnt_white_gets_light_and_colour_of_the_frames_skin() -> None:
    burnt, mask = _skin(), face_mask(_disc(), _disc(), 0, 0.1)
    burnt[30:70, 62:72] = 255
    transfer = measure_colour_transfer(burnt, _skin(), mask, ColourMatch.LAB)
    cheek = apply_colour_transfer(burnt, transfer)[40:60, 65:69].mean(axis=(0, 1))
    usual = apply_colour_transfer(_skin(), transfer)[40:60, 30:60].mean(axis=(0, 1))
    assert np.abs(cheek - usual).max() < 30, "it is a little brighter than the rest"
    assert cheek[0] - cheek[2] > 20, "and not grey"


def test_a_burnt_cheek_does_not_glitter_as_if_it_was_wet() -> None:
    burnt, mask = _skin(), face_mask(_disc(), _disc(), 0, 0.1)
    glittering = np.random.default_rng(1).integers(190, 256, (40, 10, 1), dtype=np.uint8)
    burnt[30:70, 62:72] = glittering
    transfer = measure_colour_transfer(burnt, _skin(), mask, ColourMatch.LAB)
    cheek = apply_colour_transfer(burnt, transfer)[40:60, 65:69]
    assert cheek.mean(axis=2).std() < 0.6 * burnt[40:60, 65:69].std()


def test_teeth_are_as_bright_as_those_that_the_frame_shows() -> None:
    smiling, mask = _skin(), face_mask(_disc(), _disc(), 0, 0.1)
    smiling[58:64, 38:58] = 240
    transfer = measure_colour_transfer(smiling, smiling, mask, ColourMatch.LAB)
    assert apply_colour_transfer(smiling, transfer)[58:64, 38:58].mean() > 234


def test_the_light_in_an_eye_stays() -> None:
    lit, mask = _skin(), face_mask(_disc(), _disc(), 0, 0.1)
    lit[48, 40] = 255
    transfer = measure_colour_transfer(lit, _skin(), mask, ColourMatch.LAB)
    assert apply_colour_transfer(lit, transfer)[48, 40].min() > 220
