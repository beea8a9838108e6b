"""What a video is, in a few words and pictures, as one line of JSON."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Strip(BaseModel):
    """A video at a glance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int
    """Width of the upright picture in pixels."""
    height: int
    seconds: float
    frames: int
    frame_rate: float
    sound_tracks: int
    is_hdr: bool
    thumbnails: list[Path]
    """JPEG pictures, taken evenly from beginning to end."""
