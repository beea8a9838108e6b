"""Whether a video is whole and within the limit of pixels: checked before days of work."""

from __future__ import annotations

import os

from engine.errors import CutShort, MediaError
from engine.media.probe import VideoInfo
from engine.media.wholeness import Shortage
from engine.project.limits import MOST_GIGAPIXELS, MOST_GIGAPIXELS_VARIABLE
from engine.text import printable


def require_within_limit(video: VideoInfo, name: str) -> None:
    """Refuse a video of more pixels, over all of its frames, than the limit of this installation.

    Args:
        video: The video.
        name: Its path relative to the project folder.

    Raises:
        MediaError: It is too much; says how much it is, what the limit is, and how to raise it.
    """
    size, most = video.frame_count * video.width * video.height / 1e9, _most_gigapixels()
    if size > most:
        raise MediaError(
            f"{printable(name)} is too long or too large: {video.frame_count:,} frames of {video.width} by "
            f"{video.height} pixels are {size:,.0f} gigapixels, and the limit is {most:,.0f}.",
            "Cut it or save it smaller; or raise max_video_gigapixels in understudio.toml of the workspace "
            f"({MOST_GIGAPIXELS_VARIABLE} where there is none). Nothing is lost.",
        )


def require_whole(shortage: Shortage | None, name: str) -> None:
    """Refuse a video that was not copied whole: whoever copies it again wants what was learnt from all of it.

    Args:
        shortage: How much of it is there; None where all is.
        name: Its path relative to the project folder.

    Raises:
        CutShort: It was not; says how much is there, and how to go on with that.
    """
    if shortage is not None:
        raise CutShort(
            f"{printable(name)} {shortage.words}.",
            "Copy it again from where it came from and put it in its place (`understudio add FOLDER --target VIDEO`). "
            "Or take what is there: `understudio run FOLDER --take-what-is-there`, or take_what_is_there = true in the "
            "[target] part of project.toml. Nothing is lost.",
        )


def _most_gigapixels() -> float:
    try:
        return float(os.environ.get(MOST_GIGAPIXELS_VARIABLE, MOST_GIGAPIXELS))
    except ValueError:
        return MOST_GIGAPIXELS
