"""Whether a disk has room for what a stage is about to write: asked by what that will be, before the work."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.errors import OutOfDisk
from engine.media.probe import VideoInfo
from engine.text import printable

_BYTES_PER_FACE = 50_000
"""Bytes of a face's stored picture and row; measured: 30 to 60 kB."""
_BYTES_PER_PIXEL = 0.03
"""Bytes for each pixel of a converted segment, and as many again of the result, at the usual quality."""
_GIGABYTE = 1e9


def require_room_for_all(video: VideoInfo, name: str, disk: Path) -> None:
    """Refuse a video whose faces and result have no room on a disk.

    A small file may hold days of a picture that never changes, so its own size tells little.

    Args:
        video: The video to change.
        name: Its path relative to the project folder.
        disk: A folder on the disk.

    Raises:
        OutOfDisk: There is not enough.
    """
    _require(video.frame_count * _BYTES_PER_FACE + 2 * _written(video, video.frame_count), video, name, disk)


def require_room_for_result(video: VideoInfo, frames_left: int, name: str, disk: Path) -> None:
    """Refuse to convert where the segments that are left, the joined video and the signed one have no room.

    Args:
        video: The video to change.
        frames_left: How many of its frames are in no segment yet.
        name: Its path relative to the project folder.
        disk: A folder on the disk.

    Raises:
        OutOfDisk: There is not enough.
    """
    _require(_written(video, frames_left) + 2 * _written(video, video.frame_count), video, name, disk)


def _written(video: VideoInfo, frames: int) -> float:
    return frames * video.width * video.height * _BYTES_PER_PIXEL


def _require(needed: float, video: VideoInfo, name: str, disk: Path) -> None:
    free = shutil.disk_usage(disk).free
    if needed > free:
        raise OutOfDisk(
            f"There is no room for what is made of {printable(name)}: its {video.frame_count:,} frames need about "
            f"{needed / _GIGABYTE:,.1f} GB and {free / _GIGABYTE:,.1f} GB are free.",
            "Free some space, move the project to a larger disk, or cut the video. Nothing is lost.",
        )
