"""Film without colours of its own gets a face without colours of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.arrays import Mask, RGBImage
from engine.faces.compositing.blend import paste
from engine.faces.compositing.colour_match import apply_colour_transfer, mean_colour_transfer, measure_colour_transfer
from engine.faces.compositing.tone import NO_TONE, measure_tone
from engine.media.images import read_image, write_image
from engine.project.settings import ColourMatch
from tests.real_faces import MAN, WOMAN, frames_of

SIZE = 160


def face(clip_frame: RGBImage) -> RGBImage:
    """Return the middle of a frame as a square."""
    height, width = clip_frame.shape[:2]
    left = (width - height) // 2
    square = clip_frame[:, left : left + height]
    return np.asarray(cv2.resize(square, (SIZE, SIZE), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def woman() -> RGBImage:
    return face(frames_of(WOMAN, range(60, 61))[0])


@pytest.fixture(scope="module")
def man() -> RGBImage:
    return face(frames_of(MAN, range(60, 61))[0])


def grey(image: RGBImage) -> RGBImage:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def sepia(image: RGBImage) -> RGBImage:
    return np.asarray(np.clip(np.rint(grey(image) * np.array([1.07, 1.0, 0.82])), 0, 255), np.uint8)


def blue(image: RGBImage) -> RGBImage:
    """Return a picture in the blue in which silent films have their nights: shadows are blue, lights are white."""
    levels = grey(image).astype(np.float32)
    return np.asarray(np.clip(np.rint(levels + (1 - levels / 255) * np.array([-20, -4, 40])), 0, 255), np.uint8)


def disc() -> Mask:
    y, x = np.mgrid[:SIZE, :SIZE]
    inside = (np.hypot(x - SIZE / 2, y - SIZE / 2) < SIZE / 3).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(inside, (0, 0), 3), np.float32)


def swapped_into(target: RGBImage, swap: RGBImage) -> RGBImage:
    """Return the target with another face in it, as conversion puts it there, sharpened and all."""
    transfer = measure_colour_transfer(swap, target, disc(), ColourMatch.LAB)
    matched = apply_colour_transfer(swap, transfer)
    return paste(target, matched, disc(), np.eye(2, 3), 1.0, tone=transfer.tone)


def test_a_face_put_into_a_black_and_white_picture_has_no_colour_at_all(woman: RGBImage, man: RGBImage) -> None:
    result = swapped_into(grey(woman), man)
    assert (result == result[..., :1]).all()
    assert not (result == grey(woman)).all()


@pytest.mark.parametrize("tint", [sepia, blue])
def test_a_face_put_into_tinted_film_has_the_tint_of_its_lightness(
    tint: Callable[[RGBImage], RGBImage], woman: RGBImage, man: RGBImage
) -> None:
    result = swapped_into(tint(woman), man)
    shades = tint(np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2))[:, 0].astype(int)
    off = np.abs(result[:, :, None].astype(int) - shades).max(axis=3).min(axis=2)
    assert np.quantile(off, 0.99) <= 3
    assert off.mean() < 0.5


def test_pictures_with_colours_of_their_own_keep_them(woman: RGBImage, man: RGBImage) -> None:
    assert measure_tone(man) is NO_TONE
    assert measure_tone(woman) is NO_TONE
    dull = np.asarray(cv2.addWeighted(man, 0.5, grey(man), 0.5, 0), np.uint8)
    assert measure_tone(dull) is NO_TONE


def test_noise_and_compression_do_not_give_film_colours(woman: RGBImage, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 6, (SIZE, SIZE, 1))
    noisy = np.clip(sepia(woman) + noise, 0, 255).astype(np.uint8)
    write_image(tmp_path / "film.jpg", noisy, 75)
    assert measure_tone(read_image(tmp_path / "film.jpg")).share == 1


def test_between_frames_with_and_without_colours_the_tone_fades(woman: RGBImage, man: RGBImage) -> None:
    with_colours = measure_colour_transfer(man, woman, disc(), ColourMatch.LAB)
    without = measure_colour_transfer(man, grey(woman), disc(), ColourMatch.LAB)
    assert mean_colour_transfer([with_colours, without], [3.0, 1.0]).tone.share == pytest.approx(0.25)
