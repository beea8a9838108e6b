"""One frame blended in some way, as a line of JSON: what `python -m engine blend` answers to each line of settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class BlendedFrame(BaseModel):
    """The frame's face before and after."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    picture: Path
    """Both side by side, signed; one of the same name is replaced each time."""
    frame_index: int
    """From 0."""
