from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.media.frames import read_frames
from engine.provenance.label import Label, label_frames
from engine.provenance.label_detection import shows_label

SIZES = [(426, 240), (640, 360), (1280, 720), (1920, 1080), (3840, 2160), (240, 426), (1080, 1920)]


def scene(width: int, height: int) -> np.ndarray:
    across = np.linspace(30, 220, width)[None, :, None]
    down = np.linspace(0, 35, height)[:, None, None]
    return np.broadcast_to(across + down, (height, width, 3)).astype(np.uint8).copy()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_label_touches_its_box_at_the_top_right_and_nothing_else(width: int, height: int) -> None:
    label, image = Label(width, height), scene(width, height)
    marked = label.draw(image)
    box = label.box
    changed = (marked != image).any(axis=2)
    inside = changed[box.top : box.bottom, box.left : box.right].copy()
    changed[box.top : box.bottom, box.left : box.right] = False
    assert not changed.any()
    assert inside.mean() > 0.9
    assert box.left > width * 0.3
    assert box.bottom < height / 4


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_label_is_large_enough_to_read_and_small_enough_to_bear(width: int, height: int) -> None:
    box = Label(width, height).box
    assert box.bottom - box.top >= 20
    assert (box.right - box.left) * (box.bottom - box.top) < 0.04 * width * height


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (16, 16), (64, 64), (2000, 20)])
def test_a_picture_too_small_for_the_label_bears_what_fits(size: tuple[int, int]) -> None:
    image = scene(*size)
    assert Label(*size).draw(image).shape == image.shape


def test_drawing_leaves_the_picture_it_was_given_alone() -> None:
    image = scene(640, 360)
    before = image.copy()
    Label(640, 360).draw(image)
    assert np.array_equal(image, before)


@pytest.mark.parametrize("ground", [0, 128, 255])
def test_the_words_stand_out_from_any_ground(ground: int) -> None:
    image = np.full((360, 640, 3), ground, np.uint8)
    label = Label(640, 360)
    box = label.box
    patch = label.draw(image)[box.top : box.bottom, box.left : box.right].astype(int)
    # WCAG 2.2 asks for 4.5 to 1 between the luminances of text and its ground.
    light, dark = (((np.percentile(patch, share) / 255) ** 2.2) + 0.05 for share in (99, 5))
    assert light / dark > 4.5


def test_the_label_shows_at_the_start_and_after_each_cut_for_four_seconds() -> None:
    times = [Fraction(index, 25) for index in range(1000)]
    shown = label_frames([500, 520], times)
    assert [index for index in range(1000) if shown(index)] == [*range(100), *range(500, 620)]


def test_the_label_goes_by_time_and_not_by_frames_where_frames_are_uneven() -> None:
    times = [Fraction(index**2, 10) for index in range(20)]
    shown = label_frames([], times)
    assert [index for index in range(20) if shown(index)] == [0, 1, 2, 3, 4, 5, 6]


def test_a_video_without_frames_has_no_labelled_ones() -> None:
    assert not label_frames([], [])(0)


@pytest.mark.parametrize("scale", [1.0, 0.5, 1.4])
def test_the_label_is_found_again_after_coding_and_scaling(woman_clip: Path, scale: float) -> None:
    image = next(read_frames(woman_clip)).image
    marked = Label(640, 360).draw(image)
    scaled = cv2.resize(marked, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, coded = cv2.imencode(".jpg", scaled, [cv2.IMWRITE_JPEG_QUALITY, 30])
    seen = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert seen is not None
    assert shows_label(np.asarray(seen, np.uint8))
    assert not shows_label(image)
