"""A video that is too much is refused before the work, with its size, the limit, and how to raise it."""

from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.settings import SETTINGS_FILE, load_settings
from engine.errors import MediaError
from engine.media.probe import VideoInfo, read_video_info
from engine.project.limits import MOST_GIGAPIXELS_VARIABLE
from engine.stages.extraction.extent import require_within_limit

_Usage = namedtuple("_Usage", "total used free")


@pytest.fixture(scope="module")
def days_of_video(man_clip: Path) -> VideoInfo:
    """Three days of 4K, which a file of a few megabytes may hold where nothing moves."""
    return replace(read_video_info(man_clip), width=3840, height=2160, frame_count=3 * 86_400 * 30)


def test_a_video_beyond_the_limit_is_refused_with_its_size_and_the_limit(days_of_video: VideoInfo) -> None:
    with pytest.raises(MediaError, match=r"target/a\.mp4 .* 64,497 gigapixels, and the limit is 10,000") as refused:
        require_within_limit(days_of_video, "target/a.mp4")
    assert "max_video_gigapixels" in refused.value.hint


def test_the_limit_can_be_raised_by_whoever_runs_the_machine(
    days_of_video: VideoInfo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / SETTINGS_FILE).write_text("max_video_gigapixels = 1e6\n")
    for name, value in load_settings(tmp_path).for_stages().items():
        monkeypatch.setenv(name, value)
    require_within_limit(days_of_video, "target/a.mp4")
    monkeypatch.setenv(MOST_GIGAPIXELS_VARIABLE, "nonsense")
    with pytest.raises(MediaError):
        require_within_limit(days_of_video, "target/a.mp4")
