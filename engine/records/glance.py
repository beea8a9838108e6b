"""A photo or video at a glance, as one line of JSON."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Glance(BaseModel):
    """What a file shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    picture: Path
    """A small JPEG: the photo, or a frame of the video."""
    width: int
    """Width of the upright picture in pixels."""
    height: int
    seconds: float | None = None
    """How long the video is; None of a photo."""
