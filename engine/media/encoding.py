"""How a result is encoded: as near to the original as widely supported encoders allow.

Decisions, with their reasons:

- More than 8 bits, and HDR, become HEVC with 10 bits whatever was asked for: hardly any player decodes H.264 of 10
  bits. Of 12 bits, two are lost: hardly any player decodes those either.
- Interlaced video becomes interlaced H.264 whatever was asked for: the HEVC encoder here has no interlaced mode.
- Colour resolution stays as it was (4:2:0, 4:2:2, 4:4:4). RGB becomes 4:4:4, grey 4:2:0.
- Pictures of odd width or height get one more column or row, a copy of the last, unless they are 4:4:4: the others hold
  even ones only, can be cut by even numbers only (ITU-T H.264, 7.4.2.1.1), and hardly any phone or browser decodes
  4:4:4.
- HDR metadata is kept where it is static (HDR10, HLG); that which changes from frame to frame (HDR10+, Dolby Vision) is
  not, and such videos are shown as plain HDR10 or HLG.
- Transparency is not kept: neither encoder has it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from av.codec.context import Flags
from av.video.format import VideoFormat

from engine.media.colourspace import BT709_MATRIX, LIMITED_RANGE, RGB_MATRIX, ColourTags
from engine.media.orientation import Rectangle
from engine.media.probe import VideoInfo
from engine.project.settings import Codec

_THREADS = 4
"""Always the same number, since x264's choices depend on it: a result must not depend on the machine."""
_PROCESSORS = Path("/proc/cpuinfo")
_PRESET = "fast"
_LOOKAHEAD_PIXELS = 60_000_000
"""The encoder looks ahead over about this many pixels: 29 frames of 1080p, 8 of 4K, some 200 MB."""
_COLOUR_COMPONENTS = 3
_LOOKAHEAD_FRAMES = (8, 30)


@dataclass(frozen=True)
class Encoding:
    """The settings of an encoder."""

    encoder: str
    """Its name in ffmpeg."""
    pixel_format: str
    """ffmpeg's name of the pixel format."""
    size: tuple[int, int]
    """Width and height as stored."""
    colour: ColourTags
    """The tags to write."""
    flags: int
    """`av.codec.context.Flags`."""
    options: tuple[tuple[str, str], ...]
    """Further settings, by ffmpeg's names."""


def choose_encoding(info: VideoInfo, codec: Codec, quality: int) -> Encoding:
    """Return how to code the result of a video.

    Args:
        info: The original.
        codec: What is wanted; see the top of this module for when it is overruled.
        quality: Constant rate factor, 0 to 51; lower is better and larger.
    """
    has_depth = info.bit_depth > 8 or info.is_hdr
    is_hevc = not info.is_interlaced and (has_depth or codec is Codec.HEVC)
    size = _stored_size(info)
    pixels = size[0] * size[1]
    lookahead = min(max(_LOOKAHEAD_PIXELS // pixels, _LOOKAHEAD_FRAMES[0]), _LOOKAHEAD_FRAMES[1])
    return Encoding(
        encoder="libx265" if is_hevc else "libx264",
        pixel_format=_subsampling(info) + ("10le" if has_depth else ""),
        size=size,
        colour=_written_colour(info.colour, info.pixel_format),
        flags=int(Flags.interlaced_dct | Flags.interlaced_me) if info.is_interlaced else 0,
        options=(
            ("preset", _PRESET),
            ("crf", str(quality)),
            _hevc_options(info, lookahead) if is_hevc else _h264_options(lookahead),
        ),
    )


def result_size(info: VideoInfo) -> tuple[int, int]:
    """Return width and height of the upright pictures of a video's result."""
    width, height = _stored_size(info)
    return (height, width) if info.orientation.is_transposed else (width, height)


def plays_everywhere(info: VideoInfo) -> bool:
    """Return whether phones and browsers play the result: they know pictures with a quarter of the colour only."""
    return _subsampling(info) == "yuv420p"


def original_window(info: VideoInfo) -> tuple[slice, slice]:
    """Return where the original's picture lies in its result's, as an index into rows and columns; mostly all of it."""
    stored = Rectangle(0, info.coded_height, 0, info.coded_width)
    return info.orientation.upright_rectangle(stored, *result_size(info)).window


def _stored_size(info: VideoInfo) -> tuple[int, int]:
    size = info.coded_width, info.coded_height
    return size if _subsampling(info) == "yuv444p" else (size[0] + size[0] % 2, size[1] + size[1] % 2)


def _h264_options(lookahead: int) -> tuple[str, str]:
    return "x264-params", f"threads={_THREADS}:rc-lookahead={lookahead}{_instructions()}"


@cache
def _instructions() -> str:
    """Return which of this processor's instructions x264 must not use.

    With AVX-512 it codes small pictures differently each time (x264 in PyAV 18.1); with AVX2 it is as quick.
    """
    return ":asm=avx2" if _PROCESSORS.exists() and "avx512f" in _PROCESSORS.read_text() else ""


def _hevc_options(info: VideoInfo, lookahead: int) -> tuple[str, str]:
    # An open group of pictures refers across the joint of two segments.
    options = f"log-level=none:pools={_THREADS}:frame-threads=2:open-gop=0:rc-lookahead={lookahead}"
    return "x265-params", options + (
        ":hdr10-opt=1:repeat-headers=1" if info.is_hdr else ""
    ) + info.hdr_metadata.x265_options()


def _subsampling(info: VideoInfo) -> str:
    """Return the pixel format of 8 bits that holds the original's colour resolution."""
    side = 64
    kind = VideoFormat(info.pixel_format, side, side)
    if _is_rgb(kind):
        return "yuv444p"
    if len(kind.components) < _COLOUR_COMPONENTS:
        return "yuv420p"
    if kind.chroma_width() == side:
        return "yuv444p"
    return "yuv422p" if kind.chroma_height() == side else "yuv420p"


def _written_colour(colour: ColourTags, pixel_format: str) -> ColourTags:
    """Return the tags of the result: the original's, unless its pictures are no YUV and so had no formula to tag."""
    if colour.matrix == RGB_MATRIX or _is_rgb(VideoFormat(pixel_format)):
        return replace(colour, matrix=BT709_MATRIX, range=LIMITED_RANGE)
    return colour


def _is_rgb(kind: VideoFormat) -> bool:
    return kind.is_rgb or kind.has_palette
