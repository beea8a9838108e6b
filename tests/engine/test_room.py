"""Room is asked for by what will be written, and not by the size of what is read."""

import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import OutOfDisk
from engine.media.probe import VideoInfo, read_video_info
from engine.stages.room import require_room_for_all, require_room_for_result

_Usage = namedtuple("_Usage", "total used free")
_MINUTE = 60 * 24


@pytest.fixture
def film(man_clip: Path) -> VideoInfo:
    """Two hours of full HD at 24 frames a second: faces take 8.6 GB, a video of this size about 11."""
    return replace(read_video_info(man_clip), width=1920, height=1080, frame_count=120 * _MINUTE)


@pytest.mark.parametrize(("free_gigabytes", "fits"), [(25, False), (32, True)])
def test_a_video_is_refused_whose_faces_and_result_have_no_room(
    film: VideoInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_gigabytes: int, fits: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(10**13, 0, free_gigabytes * 10**9))
    if fits:
        require_room_for_all(film, "target/a.mp4", tmp_path)
        return
    with pytest.raises(OutOfDisk, match=r"target/a.mp4: its 172,800 frames need about 30.1 GB and 25.0 GB are free"):
        require_room_for_all(film, "target/a.mp4", tmp_path)


def test_converting_asks_for_the_segments_that_are_left_the_joined_video_and_the_signed_one(
    film: VideoInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(10**13, 0, 25 * 10**9))
    with pytest.raises(OutOfDisk, match=r"need about 32.2 GB"):
        require_room_for_result(film, film.frame_count, "target/a.mp4", tmp_path)
    require_room_for_result(film, 20 * _MINUTE, "target/a.mp4", tmp_path)
