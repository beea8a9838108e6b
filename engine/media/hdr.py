"""HDR metadata of a video: mastering display (SMPTE ST 2086) and content light level (CTA-861.3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction

from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from engine.media.orientation import side_data_of

_MASTERING = struct.Struct("20i2i")
"""AVMasteringDisplayMetadata of ffmpeg: ten fractions, then whether the first eight and the last two are there."""
_LIGHT = struct.Struct("2I")
_CHROMATICITY_STEPS = 50_000
_LUMINANCE_STEPS = 10_000


@dataclass(frozen=True)
class HdrMetadata:
    """The metadata in whole numbers, as in HEVC; empty where the video has none."""

    mastering: tuple[int, ...] = ()
    """x and y of red, green, blue, white in steps of 0.00002, then least and greatest luminance of 0.0001 cd/m²."""
    light: tuple[int, ...] = ()
    """Greatest luminance of a pixel and of a frame's average, in cd/m²."""

    def x265_options(self) -> str:
        """Return the settings by which x265 writes the metadata, each with a colon before it."""
        options = ""
        if self.mastering:
            rx, ry, gx, gy, bx, by, wx, wy, least, most = self.mastering
            points = f"G({gx},{gy})B({bx},{by})R({rx},{ry})WP({wx},{wy})L({most},{least})"
            options += f":master-display={points}"
        return options + (f":max-cll={self.light[0]},{self.light[1]}" if self.light else "")


def hdr_metadata_of(frame: VideoFrame) -> HdrMetadata:
    """Return the metadata of a decoded frame."""
    mastering = side_data_of(frame, Type.MASTERING_DISPLAY_METADATA)
    light = side_data_of(frame, Type.CONTENT_LIGHT_LEVEL)
    return HdrMetadata(
        _mastering(_MASTERING.unpack(mastering[: _MASTERING.size])) if len(mastering) >= _MASTERING.size else (),
        _LIGHT.unpack(light[: _LIGHT.size]) if len(light) >= _LIGHT.size else (),
    )


def _mastering(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Return the mastering display in whole steps, or nothing where a part of it is missing."""
    terms, has_points, has_luminance = numbers[:20], numbers[20], numbers[21]
    if not (has_points and has_luminance) or 0 in terms[1::2]:
        return ()
    steps = [_CHROMATICITY_STEPS] * 8 + [_LUMINANCE_STEPS] * 2
    fractions = (Fraction(top, bottom) for top, bottom in zip(terms[::2], terms[1::2], strict=True))
    return tuple(round(value * step) for value, step in zip(fractions, steps, strict=True))
