"""Which video encoders this installation has."""

from __future__ import annotations

import av

_KNOWN = ("libx264", "libx265", "h264_nvenc", "hevc_nvenc")


def encoders() -> tuple[str, ...]:
    """Return the names of the H.264 and HEVC encoders that are built in, those of graphics cards included."""
    return tuple(name for name in _KNOWN if name in av.codecs_available)
