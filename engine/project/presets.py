"""The presets: how much detail the model learns."""

from __future__ import annotations

from enum import StrEnum


class Preset(StrEnum):
    """How much detail the model learns, and so how long it takes."""

    QUICK = "quick"
    """96 pixels; made for a machine without a graphics card."""
    STANDARD = "standard"
    """160 pixels."""
    HIGH = "high"
    """256 pixels; wants a graphics card."""
