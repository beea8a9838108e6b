"""What a video is, without decoding more than its beginning."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from engine.media.colourspace import ColourTags, colour_of
from engine.media.frame_index import frame_table
from engine.media.frame_table import FrameTable
from engine.media.hdr import HdrMetadata, hdr_metadata_of
from engine.media.open import open_video
from engine.media.orientation import Orientation
from engine.media.packets import decoded_frames

_VFR_TOLERANCE = 0.02
"""Share of the usual step by which steps may differ in a video of constant rate; some cameras' clocks jitter."""
_MILLISECOND = Fraction(1, 1000)
_FRAMES_TO_TELL = 3
_MAX_FRAME_RATE = 1000
# AVFieldOrder of ffmpeg: 2 and 3 are coded and shown alike, top or bottom first; 4 and 5 are coded the other way round.
_INTERLACED_ORDERS = (2, 3, 4, 5)


@dataclass(frozen=True)
class SoundInfo:
    """One sound track."""

    codec: str
    sample_rate: int
    channels: int
    language: str


@dataclass(frozen=True)
class VideoInfo:
    """What a video is. The same file gives the same answer."""

    path: Path
    width: int
    """Width of the upright picture, in stored pixels: a pixel may be wider than high, see `pixel_aspect`."""
    height: int
    """Height of the upright picture, in stored pixels."""
    coded_width: int
    """Width of the picture as stored, before it is turned."""
    coded_height: int
    """Height of the picture as stored."""
    changes_size: bool
    """Whether some frames are smaller, and shown as large as the others."""
    orientation: Orientation
    pixel_aspect: Fraction
    """Width over height of a stored pixel; 1 nearly always."""
    frame_rate: Fraction
    """Frames a second, on average."""
    frame_count: int
    duration_seconds: float
    time_base: Fraction
    """Seconds in a tick of the frames' time stamps."""
    is_vfr: bool
    """Whether the time between frames varies."""
    codec: str
    pixel_format: str
    bit_depth: int
    colour: ColourTags
    hdr_metadata: HdrMetadata
    is_interlaced: bool
    sound: tuple[SoundInfo, ...]
    subtitles: tuple[str, ...]
    """The coding of each subtitle track, by ffmpeg's name."""
    container: str
    """The format's name or names in ffmpeg."""

    @property
    def rotation(self) -> int:
        """Degrees counter-clockwise by which a stored picture is turned to stand upright: 0, 90, 180 or 270."""
        return self.orientation.rotation

    @property
    def display_stretch(self) -> tuple[float, float]:
        """By how much the upright picture is shown wider and higher than it has pixels."""
        aspect = float(self.pixel_aspect)
        return (1.0, aspect) if self.orientation.is_transposed else (aspect, 1.0)

    @property
    def is_hdr(self) -> bool:
        """Whether the video is made for screens of high brightness (PQ or HLG)."""
        return self.colour.is_hdr


def read_video_info(path: Path) -> VideoInfo:
    """Find out what a video is.

    Raises:
        MediaError: It is absent, empty, cut off, no video, or not even one frame of it can be read.
    """
    table = frame_table(path)
    with open_video(path) as (container, stream):
        sound = tuple(_sound_info(each) for each in container.streams.audio)
        # Some facts are known only once a frame is decoded.
        frame = next(decoded_frames(container, stream))
        return _video_info(path, container, stream, frame, table, sound)


def _video_info(
    path: Path,
    container: InputContainer,
    stream: VideoStream,
    frame: VideoFrame,
    table: FrameTable,
    sound: tuple[SoundInfo, ...],
) -> VideoInfo:
    context = stream.codec_context
    width, height = table.width, table.height
    if table.orientation.is_transposed:
        width, height = height, width
    seconds = float((int(table.pts[-1]) - int(table.pts[0]) + table.last_duration) * table.time_base)
    return VideoInfo(
        path=path,
        width=width,
        height=height,
        coded_width=table.width,
        coded_height=table.height,
        changes_size=len(table.sizes) > 1,
        orientation=table.orientation,
        pixel_aspect=_pixel_aspect(stream),
        frame_rate=_frame_rate(stream, table),
        frame_count=len(table),
        duration_seconds=seconds,
        time_base=table.time_base,
        is_vfr=_is_vfr(table),
        codec=context.codec.canonical_name,
        pixel_format=frame.format.name,
        bit_depth=max((component.bits for component in frame.format.components), default=8),
        colour=colour_of(context),
        hdr_metadata=hdr_metadata_of(frame),
        is_interlaced=frame.interlaced_frame or context.field_order in _INTERLACED_ORDERS,
        sound=sound,
        subtitles=tuple(each.codec_context.name for each in container.streams.subtitles if each.codec_context),
        container=container.format.name,
    )


def _pixel_aspect(stream: VideoStream) -> Fraction:
    aspect = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    return aspect if aspect is not None and aspect > 0 else Fraction(1)


def _frame_rate(stream: VideoStream, table: FrameTable) -> Fraction:
    """Return the average rate, as the file says it or, where it does not, as the stamps do."""
    said = stream.average_rate or stream.guessed_rate
    if said and 0 < said <= _MAX_FRAME_RATE:
        return Fraction(said)
    ticks = int(table.pts[-1]) - int(table.pts[0]) + table.last_duration
    measured = len(table) / (max(1, ticks) * table.time_base)
    return min(measured.limit_denominator(1001), Fraction(_MAX_FRAME_RATE))


def _is_vfr(table: FrameTable) -> bool:
    """Return whether steps differ by more than rounding, to the time base or to milliseconds once, explains."""
    if len(table) < _FRAMES_TO_TELL:
        return False
    steps = np.diff(table.pts)
    rounding = max(1.0, float(_MILLISECOND / table.time_base))
    return float(steps.max() - steps.min()) > max(rounding, _VFR_TOLERANCE * float(np.median(steps)))


def _sound_info(stream: AudioStream) -> SoundInfo:
    context = stream.codec_context
    return SoundInfo(
        codec=context.codec.canonical_name if context is not None else "unknown",
        sample_rate=stream.sample_rate if context is not None else 0,
        channels=stream.channels if context is not None else 0,
        language=stream.language or "",
    )
