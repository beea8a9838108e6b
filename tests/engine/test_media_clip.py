"""Clips for looking at."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import MediaError
from engine.media.clip import write_comparison
from engine.media.frames import frame_times, read_frames
from engine.media.probe import read_video_info
from tests import media
from tests.media import Shape, Tone


def test_before_and_after_stand_side_by_side_with_the_sound_of_the_result(tmp_path: Path) -> None:
    size = (320, 240)
    dark, bright = (np.full((240, 320, 3), level, np.uint8) for level in (40, 200))
    rate = Fraction(30_000, 1001)
    before = media.write_video(tmp_path / "before.mp4", Shape(size=size, rate=rate), [dark] * 20)
    after = media.write_video(tmp_path / "after.mp4", Shape(size=size, rate=rate, sound=(Tone(),)), [bright] * 20)
    write_comparison(before, after, tmp_path / "compare.mp4")
    info = read_video_info(tmp_path / "compare.mp4")
    assert (info.width, info.height, info.frame_count, info.frame_rate) == (640, 240, 20, rate)
    assert [sound.codec for sound in info.sound] == ["aac"]
    frames = list(read_frames(tmp_path / "compare.mp4"))
    assert frames[7].image[60, 160].mean() == pytest.approx(40, abs=4)
    assert frames[7].image[60, 480].mean() == pytest.approx(200, abs=4)
    for left in (0, 320):
        assert frames[7].image[200:, left : left + 160].max() > 230, "the label is white"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["after.mp4", "before.mp4", "compare.mp4"]


def test_a_clip_follows_the_clock_of_a_video_of_varying_rate(tmp_path: Path) -> None:
    pictures = [np.full((64, 96, 3), 20 * index, np.uint8) for index in range(12)]
    stamps = [0, 3003, 6006, 12_012, 15_010, 24_000, 27_003, 60_000, 63_003, 90_000, 93_004, 96_001]
    shape = Shape(frames=12, time_base=Fraction(1, 90_000), stamps=stamps)
    video = media.write_video(tmp_path / "vfr.mp4", shape, pictures)
    write_comparison(video, video, tmp_path / "compare.mp4")
    times = frame_times(video)
    for frame in read_frames(tmp_path / "compare.mp4"):
        shown = max(index for index, time in enumerate(times) if time <= Fraction(frame.index, 30) + Fraction(1, 1000))
        assert frame.image[5:30, 5:90].mean() == pytest.approx(20 * shown, abs=4)


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        (Shape(frames=3, size=(1920, 800)), (1280, 266)),
        (Shape(frames=3, rotation=90), (128, 96)),
        (Shape(frames=3, aspect=Fraction(2)), (384, 64)),
        (Shape(frames=3, size=(95, 63), pixel_format="yuv444p"), (192, 64)),
    ],
)
def test_pictures_have_their_true_shape_and_a_clip_is_no_wider_than_1280(
    tmp_path: Path, shape: Shape, size: tuple[int, int]
) -> None:
    video = media.write_video(tmp_path / "a.mp4", shape)
    write_comparison(video, video, tmp_path / "compare.mp4")
    info = read_video_info(tmp_path / "compare.mp4")
    assert (info.width, info.height) == size


def test_of_a_long_video_only_the_beginning_is_shown(tmp_path: Path) -> None:
    video = media.write_video(tmp_path / "a.mp4", Shape(frames=50, sound=(Tone(seconds=2),)))
    write_comparison(video, video, tmp_path / "compare.mp4", longest_seconds=1)
    assert read_video_info(tmp_path / "compare.mp4").frame_count == 25


def test_a_clip_of_something_broken_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    video = media.write_video(tmp_path / "a.mp4", Shape(frames=3))
    broken = media.without_contents(tmp_path / "b.mp4")
    with pytest.raises(MediaError, match=r"b\.mp4"):
        write_comparison(broken, video, tmp_path / "compare.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4"]
