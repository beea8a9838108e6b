from __future__ import annotations

import numpy as np
import pytest

from engine.model.losses import FaceLoss, LossWeights, unit

SIZE = 32
LOSS = FaceLoss(SIZE, LossWeights())


def pictures(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((2, SIZE, SIZE, 3), np.float32)


def maps(mask: float = 1.0, features: float = 0.0, seen: float = 1.0) -> np.ndarray:
    return np.stack([np.full((2, SIZE, SIZE), value, np.float32) for value in (mask, features, seen)], -1)


def test_a_perfect_picture_costs_nothing() -> None:
    assert float(LOSS.face(pictures(), pictures(), maps())) == pytest.approx(0.0, abs=1e-5)


def test_a_blurred_picture_costs_more_than_its_pixels_alone() -> None:
    real = pictures()
    soft = np.full_like(real, real.mean())
    only_pixels = FaceLoss(SIZE, LossWeights(structure=0.0, edges=0.0))
    assert float(LOSS.face(soft, real, maps())) > 1.5 * float(only_pixels.face(soft, real, maps()))


def test_an_error_outside_the_face_costs_little_and_at_the_eyes_much() -> None:
    real = np.full((2, SIZE, SIZE, 3), 0.5, np.float32)
    shown = maps(0.0)
    shown[:, 8:24, 8:24, 0] = 1.0
    shown[:, 12:14, 12:20, 1] = 1.0

    def cost(rows: slice, columns: slice) -> float:
        predicted = real.copy()
        predicted[:, rows, columns] += 0.1
        return float(FaceLoss(SIZE, LossWeights(structure=0.0, edges=0.0)).face(predicted, real, shown))

    outside, skin, eyes = (cost(slice(*rows), slice(12, 20)) for rows in ((2, 4), (20, 22), (12, 14)))
    assert skin == pytest.approx(10 * outside, rel=1e-3)
    assert eyes == pytest.approx(4 * skin, rel=1e-3)


def test_what_is_covered_costs_nothing() -> None:
    real = np.full((2, SIZE, SIZE, 3), 0.5, np.float32)
    shown = maps()
    shown[:, 16:, :, 2] = 0.0
    predicted = real.copy()
    predicted[:, 20:] = 0.9
    assert float(LOSS.face(predicted, real, shown)) == pytest.approx(0.0, abs=1e-5)
    predicted[:, 10] = 0.9
    assert float(LOSS.face(predicted, real, shown)) > 0.01


def test_structure_is_that_of_wang_et_al() -> None:
    real, predicted = pictures(1), pictures(2)
    loss = FaceLoss(SIZE, LossWeights(pixels=0.0, structure=1.0, edges=0.0))
    grey = [each @ np.array([0.299, 0.587, 0.114], np.float32) for each in (predicted, real)]
    offsets = np.arange(5) - 2
    kernel = np.exp(-0.5 * (offsets / (5 / 4.5)) ** 2)
    kernel = np.outer(kernel, kernel) / kernel.sum() ** 2
    total = []
    for first, second in zip(*grey, strict=True):
        for row in range(SIZE - 4):
            for column in range(SIZE - 4):
                one, other = (each[row : row + 5, column : column + 5] for each in (first, second))
                mean_one, mean_other = (one * kernel).sum(), (other * kernel).sum()
                both = (one**2 + other**2).__mul__(kernel).sum() - mean_one**2 - mean_other**2
                shared = (one * other * kernel).sum() - mean_one * mean_other
                top = (2 * mean_one * mean_other + 1e-4) * (2 * shared + 9e-4)
                total.append((1 - top / ((mean_one**2 + mean_other**2 + 1e-4) * (both + 9e-4))) / 2)
    assert float(loss.face(predicted, real, maps())) == pytest.approx(np.mean(total), rel=1e-3)


def test_a_mask_that_is_sure_and_right_costs_nothing() -> None:
    logits = np.full((2, SIZE, SIZE), 30.0, np.float32)
    assert float(LOSS.mask(logits, maps(1.0))) == pytest.approx(0.0, abs=1e-5)
    assert float(LOSS.mask(-logits, maps(1.0))) == pytest.approx(LossWeights().mask, rel=1e-3)


def test_codes_of_like_faces_cost_their_distance_and_others_nothing() -> None:
    latents = np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32)
    matched = np.array([1, 1, 0, 1], np.float32)
    same = np.concatenate([latents, latents])
    assert float(LOSS.latents(same, matched)) == pytest.approx(0.0, abs=1e-6)
    moved = np.concatenate([latents, latents + 1])
    assert float(LOSS.latents(moved, matched)) == pytest.approx(1.0, rel=1e-4)
    elsewhere = same.copy()
    elsewhere[2] += 5
    assert float(LOSS.latents(elsewhere, matched)) == pytest.approx(0.0, abs=1e-6)
    assert np.isfinite(float(LOSS.latents(moved, np.zeros(4, np.float32))))


def test_bytes_become_numbers_from_0_to_1() -> None:
    assert np.asarray(unit(np.array([0, 255], np.uint8))).tolist() == [0.0, 1.0]
