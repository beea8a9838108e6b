"""From a video's own colours to RGB and back.

A video stores brightness and two colour differences. Which formula leads back to RGB depends on the video (ITU-R BT.601
for old and small ones, BT.709 for HD, BT.2020 for HDR; full or limited range), and taking the wrong one shifts every
colour. The transfer curve is left as it is: HDR pictures come out in their own PQ or HLG code values, not tone-mapped,
so that the way back loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.filter import Graph
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from engine.arrays import RGBImage

UNSPECIFIED = 2
"""The tag for primaries, transfer and matrix that a file leaves open (ITU-T H.273)."""
LIMITED_RANGE = 1
FULL_RANGE = 2
RGB_MATRIX = 0
BT709_MATRIX = 1
_PQ_TRANSFER = 16
_HLG_TRANSFER = 18
_NEARLY_EQUAL = 1.02
"""By how much width and height may be scaled differently before it shows."""
_HD_HEIGHT = 576
_HD_WIDTH = 1280

# From the numbers of H.273 to those of libswscale.
_COLOURSPACES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_FORMULAS = {
    Colorspace.ITU709: "bt709",
    Colorspace.FCC: "fcc",
    Colorspace.ITU601: "bt601",
    Colorspace.SMPTE240M: "smpte240m",
    Colorspace.BT2020: "bt2020",
}
_RANGES = {LIMITED_RANGE: "tv", FULL_RANGE: "pc"}
# For 4:2:0 and 4:2:2 of 8 bits this picks libswscale's quick way, 12 times quicker and one level of 255 too dark; for
# all others the exact one. `engine.media.compose` writes differences, so the level is not lost on the way back.
_RGB_FLAGS = "bilinear+full_chroma_int"
_FROM_RGB = Interpolation.BILINEAR | Interpolation.FULL_CHR_H_INP | Interpolation.ACCURATE_RND


@dataclass(frozen=True)
class ColourTags:
    """What a video says about its colours, in the numbers of ITU-T H.273."""

    primaries: int
    transfer: int
    matrix: int
    range: int
    """1 limited (16 to 235), which is also what a file means that does not say, 2 full (0 to 255)."""

    @property
    def is_hdr(self) -> bool:
        """Whether brightness goes beyond what ordinary screens show (PQ or HLG)."""
        return self.transfer in (_PQ_TRANSFER, _HLG_TRANSFER)


def colour_of(context: VideoCodecContext) -> ColourTags:
    """Return the tags of a video."""
    tags = (context.color_primaries, context.color_trc, context.colorspace)
    return ColourTags(*tags, context.color_range or LIMITED_RANGE)


class ColourConverter:
    """Converts the frames of one video; keeps its tables from frame to frame, so each thread needs its own."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._rgb_recipe: tuple[object, ...] = ()
        self._rgb_graph = Graph()

    def to_size(self, frame: VideoFrame, width: int, height: int) -> VideoFrame:
        """Return a frame in another size; the same frame where it has that one already.

        A picture of another shape gets black bars.
        """
        if (frame.width, frame.height) == (width, height):
            return frame
        inner = _fitting((frame.width, frame.height), (width, height))
        scaled = self._reformatter.reformat(frame, width=inner[0], height=inner[1], interpolation=_FROM_RGB, threads=1)
        if inner == (width, height):
            return scaled
        graph = _padding_graph(scaled, width, height)
        graph.push(scaled)
        padded = graph.pull()
        assert isinstance(padded, VideoFrame)
        return padded

    def to_rgb(self, frame: VideoFrame) -> RGBImage:
        """Return a decoded frame, as it is stored, in RGB: (H, W, 3) uint8; rows may have gaps between them.

        A filter graph does it, since that takes up again the memory of pictures that nobody holds any more, whatever
        else was kept in between.
        """
        formula = _FORMULAS[_colourspace(frame.colorspace, frame.width, frame.height)]
        recipe = (frame.width, frame.height, frame.format.name, formula, frame.color_range)
        if recipe != self._rgb_recipe:
            self._rgb_graph, self._rgb_recipe = _rgb_graph(frame, formula), recipe
        self._rgb_graph.push(frame)
        converted = self._rgb_graph.pull()
        assert isinstance(converted, VideoFrame)
        return _pixels(converted)

    def to_format(self, frame: VideoFrame, pixel_format: str, colour: ColourTags) -> VideoFrame:
        """Return a frame in another pixel format; the same frame where it has that one already."""
        if frame.format.name == pixel_format:
            return frame
        own = _colourspace(frame.colorspace, frame.width, frame.height)
        is_rgb = frame.format.is_rgb or frame.format.has_palette
        return self._reformatter.reformat(
            frame,
            format=pixel_format,
            src_colorspace=own,
            dst_colorspace=_colourspace(colour.matrix, frame.width, frame.height),
            src_color_range=ColorRange.JPEG if is_rgb else frame.color_range,
            dst_color_range=colour.range if is_rgb else frame.color_range,
            interpolation=_FROM_RGB,
            threads=1,
        )

    def from_rgb(self, image: RGBImage, pixel_format: str, colour: ColourTags, size: tuple[int, int]) -> VideoFrame:
        """Return a picture, (H, W, 3) uint8 RGB, in a video's colours.

        Args:
            image: The picture, or a part of one.
            pixel_format: By ffmpeg's name.
            colour: The video's tags.
            size: Width and height of the whole video, which decide the formula where the tags leave it open.
        """
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(image), "rgb24")
        return self._reformatter.reformat(
            frame,
            format=pixel_format,
            src_color_range=ColorRange.JPEG,
            dst_colorspace=_colourspace(colour.matrix, *size),
            dst_color_range=colour.range,
            interpolation=_FROM_RGB,
            threads=1,
        )


def _rgb_graph(frame: VideoFrame, formula: str) -> Graph:
    """Return what turns frames like this one into RGB."""
    graph = Graph()
    graph.threads = 1
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 1000)
    )
    ranges = {"in_range": _RANGES.get(frame.color_range, "auto"), "out_range": "pc"}
    scale = graph.add("scale", flags=_RGB_FLAGS, in_color_matrix=formula, **ranges)
    graph.link_nodes(source, scale, graph.add("format", pix_fmts="rgb24"), graph.add("buffersink"))
    graph.configure()
    return graph


def _padding_graph(frame: VideoFrame, width: int, height: int) -> Graph:
    """Return what puts frames like this one into the middle of a black one."""
    graph = Graph()
    graph.threads = 1
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 1000)
    )
    pad = graph.add("pad", width=str(width), height=str(height), x="(ow-iw)/2", y="(oh-ih)/2")
    graph.link_nodes(source, pad, graph.add("buffersink"))
    graph.configure()
    return graph


def _fitting(size: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
    """Return the largest size of the same shape that fits into the room; all of it where the shapes are nearly equal.

    Sides are even, as most videos' colours need them.
    """
    scales = [there / here for there, here in zip(room, size, strict=True)]
    if max(scales) <= _NEARLY_EQUAL * min(scales):
        return room
    width, height = (max(2, round(side * min(scales) / 2) * 2) for side in size)
    return min(width, room[0]), min(height, room[1])


def _colourspace(matrix: int, width: int, height: int) -> Colorspace:
    """Return the formula of a video's colours; as players do, guess it by the size where the video does not say."""
    is_hd = width >= _HD_WIDTH or height > _HD_HEIGHT
    return _COLOURSPACES.get(matrix, Colorspace.ITU709 if is_hd else Colorspace.ITU601)


def _pixels(frame: VideoFrame) -> RGBImage:
    """Return a view of the pixels of an rgb24 frame without the padding at the end of its rows."""
    plane = frame.planes[0]
    rows: RGBImage = np.frombuffer(memoryview(plane), np.uint8).reshape(frame.height, plane.line_size)
    return rows[:, : frame.width * 3].reshape(frame.height, frame.width, 3)
