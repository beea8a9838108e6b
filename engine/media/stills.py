"""A single picture: a photo, or one frame of a video."""

from __future__ import annotations

from pathlib import Path

from engine.arrays import RGBImage
from engine.errors import MediaError
from engine.media.frames import read_frames
from engine.media.images import read_image
from engine.project.media_kinds import MediaKind, kind_of


def read_still(path: Path, frame_index: int) -> RGBImage:
    """Return a photo, or a frame of a video, (H, W, 3) uint8 RGB.

    Args:
        path: A photo or a video.
        frame_index: Which frame of a video or animation, counted from 0.

    Raises:
        MediaError: It cannot be read.
    """
    if kind_of(path) is MediaKind.PHOTO:
        return read_image(path, index=frame_index)
    frame = next(read_frames(path, frame_index, frame_index + 1), None)
    if frame is None:
        raise MediaError(f"Frame {frame_index} of {path.name} cannot be read.", "Copy the video again.")
    return frame.image
