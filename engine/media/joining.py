"""Join coded pieces to a video: pictures and sound are copied as they are, and every time stamp is the original's."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.subtitles.stream import SubtitleStream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from engine.errors import MediaError
from engine.files import atomic
from engine.media.extras import Extras, copy_names, copy_tags, plan_extras
from engine.media.frame_index import BROADCAST, frame_table
from engine.media.open import moving_pictures, open_container, open_video, translated_write_errors
from engine.media.packets import readable_packets
from engine.media.probe import VideoInfo, read_video_info
from engine.media.sound_plan import plan_sound
from engine.media.tracks import SoundTracks

STAMP_OFFSET = 1 << 32
"""Added to the time stamps in a piece, whose format holds no negative ones."""

_MP4_SOUND = frozenset(["aac", "mp3", "mp2", "ac3", "eac3", "opus", "flac", "alac", "dts"])
_MOV_SOUND = _MP4_SOUND | {"amr_nb", "amr_wb", "adpcm_ima_qt", "pcm_mulaw", "pcm_alaw", "pcm_u8", "pcm_s8"}
_MKV_SOUND = _MP4_SOUND | {"vorbis", "wavpack", "truehd", "cook", "pcm_u8"}
_PLAIN_SOUND = ("pcm_s16", "pcm_s24", "pcm_s32", "pcm_f32", "pcm_f64")
"""Beginnings of the names of codings that QuickTime and Matroska hold."""
_MP4_SUBTITLES = frozenset(["mov_text"])
_MKV_SUBTITLES = frozenset(
    ["subrip", "srt", "ass", "ssa", "webvtt", "hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"]
)
CONTAINERS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""ffmpeg's name of a result's container, by its suffix."""
_LEAST_TIMESCALE = 10_000


def result_suffix(info: VideoInfo) -> str:
    """Return the suffix of a container that holds the original's sound and subtitles as they are.

    The first of .mp4, .mov, .mkv that holds both, else the first that holds the sound; subtitles that do not fit are
    then left out. Where none does, it is .mp4, and the tracks that do not fit are re-encoded.
    """
    fitting = _fitting(info)
    subtitles = set(info.subtitles)
    both = (suffix for suffix in fitting if subtitles <= _held_subtitles(suffix))
    return next(both, next(iter(fitting), ".mp4"))


def _fitting(info: VideoInfo) -> list[str]:
    """Return the suffixes of the containers that hold the sound, the most widely played first."""
    codecs = {sound.codec for sound in info.sound if not sound.codec.startswith(_PLAIN_SOUND)}
    has_plain = len(codecs) < len({sound.codec for sound in info.sound})
    held = {".mp4": codecs <= _MP4_SOUND and not has_plain, ".mov": codecs <= _MOV_SOUND, ".mkv": codecs <= _MKV_SOUND}
    return [suffix for suffix, is_held in held.items() if is_held]


def _held_subtitles(suffix: str) -> frozenset[str]:
    return _MKV_SUBTITLES if suffix == ".mkv" else _MP4_SUBTITLES


def join_segments(segments: Sequence[Path], original: Path, out: Path, tags: Mapping[str, str] | None = None) -> None:
    """Make a video of coded pieces and the original's sound; the file is complete or absent.

    Pictures are copied, and so is sound wherever it can be (`engine.media.sound_plan`). Frames keep the original's time
    stamps to the tick, and sound its own, every track of it, also where it begins later or lasts longer than the
    pictures. Where the original's clock has an arbitrary origin, as broadcast streams have, all begin together at 0,
    even where that clock wraps. `engine.media.extras` says what else is carried over. Matroska, taken only where sound
    or subtitles leave no choice, counts in milliseconds, so there stamps are rounded to them.

    Args:
        segments: What `write_segment` wrote, in order.
        original: The video that they were made from.
        out: The result; its suffix is that of `result_suffix`, which names the container.
        tags: Metadata of the container; Matroska takes any name, the others few.

    Raises:
        MediaError: The original has gone, or the pieces hold not one frame.
        OutOfDisk: There is no room.
    """
    info = read_video_info(original)
    plan = _plan(segments, info)
    options = _options(info, out.suffix)
    with (
        open_container(original) as source,
        open_container(original) as beside,
        av.open(f"file:{plan.segments[0].absolute()}", "r", format="nut") as first,
        atomic.new_file(out) as partial,
        translated_write_errors(out),
        av.open(f"file:{partial.absolute()}", "w", format=CONTAINERS[out.suffix], options=options) as result,
    ):
        origin = _origin(source, original)
        copy_tags(source, result, origin)
        result.metadata.update(tags or {})
        stream = _add_pictures(result, first.streams.video[0], info)
        if (shown := moving_pictures(source)) is not None:
            copy_names(shown, stream)
        plans = plan_sound(original, CONTAINERS[out.suffix])
        tracks = SoundTracks(source, result, plans, frame_table(original).restarts)
        extras = Extras(beside, result, plan_extras(original, CONTAINERS[out.suffix]))
        pictures = _picture_packets(plan, stream, info, origin)
        for packet in _interleaved(pictures, tracks.packets(origin), extras.packets(origin)):
            result.mux(packet)


def add_sound(pictures: Path, sound: Path, out: Path, until: Fraction) -> None:
    """Write the pictures of one file and the sound of another to an MP4 file, both as they are.

    Tracks that cannot be copied are coded anew.

    Args:
        pictures: A video that this program wrote.
        sound: Any video, with or without sound.
        out: Overwritten, not in one step.
        until: Seconds; sound that begins later is left out.
    """
    with (
        open_video(pictures) as (container, stream),
        open_container(sound) as source,
        av.open(f"file:{out.absolute()}", "w", format="mp4", options={"movflags": "+faststart"}) as result,
    ):
        copied = result.add_stream_from_template(stream)
        tracks = SoundTracks(source, result, plan_sound(sound, "mp4"), frame_table(sound).restarts)
        packets = _addressed(readable_packets(container, stream), copied)
        sound_packets = tracks.packets(_origin(source, sound))
        wanted = (each for each in sound_packets if (each.pts or 0) * each.time_base < until)
        for packet in _interleaved(packets, wanted):
            result.mux(packet)


@dataclass(frozen=True, eq=False)
class _Plan:
    """What the pieces hold, taken together."""

    segments: tuple[Path, ...]
    """Those that are not empty."""
    stamps: NDArray[np.int64]
    """(N,) time stamps of all frames in the original's time base, in the order in which they are shown."""
    delay: int
    """Largest number of frames by which one is encoded later than shown."""
    last_duration: int
    """Ticks for which the last frame is shown."""


def _plan(segments: Sequence[Path], info: VideoInfo) -> _Plan:
    used = tuple(path for path in segments if path.stat().st_size > 0)
    coded = np.array([_ticks(packet, info) for path in used for packet in _packets_of_segment(path)], np.int64)
    if len(coded) == 0:
        raise MediaError(
            f"Not one frame of {info.path.name} could be converted.", "Copy the video again; it is broken."
        )
    ranks = np.argsort(np.argsort(coded))
    last_duration = frame_table(info.path).last_duration
    return _Plan(used, np.sort(coded), int((np.arange(len(coded)) - ranks).max()), last_duration)


def _packets_of_segment(path: Path) -> Iterator[Packet[VideoStream]]:
    with av.open(f"file:{path.absolute()}", "r", format="nut") as container:
        yield from (packet for packet in container.demux(container.streams.video[0]) if packet.size)


def _ticks(packet: Packet[VideoStream], info: VideoInfo) -> int:
    assert packet.pts is not None
    return round(packet.pts * packet.time_base / info.time_base) - STAMP_OFFSET


def _options(info: VideoInfo, suffix: str) -> dict[str, str]:
    options = {"avoid_negative_ts": "disabled"}
    if suffix == ".mkv":
        return options
    # Ticks as fine as the original's, also for the offsets between tracks, which are counted in the movie's own ticks.
    scale = info.time_base.denominator
    scale *= -(-_LEAST_TIMESCALE // scale)
    return options | {"movflags": "+faststart", "video_track_timescale": str(scale), "movie_timescale": str(scale)}


def _add_pictures(result: OutputContainer, template: VideoStream, info: VideoInfo) -> VideoStream:
    stream = result.add_stream_from_template(template)
    stream.time_base = info.time_base
    stream.codec_context.framerate = info.frame_rate
    if template.codec_context.codec.canonical_name == "hevc" and result.format.name != "matroska":
        # Apple's players accept HEVC under this tag only.
        stream.codec_context.codec_tag = "hvc1"
    stream.set_display_matrix(info.orientation.matrix)
    return stream


def _addressed(packets: Iterator[Packet[VideoStream]], stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    for packet in packets:
        if packet.size and packet.dts is not None:
            packet.stream = stream
            yield packet


def _origin(source: InputContainer, video: Path) -> Fraction:
    """Return the time, in seconds, that becomes 0: no picture is shown before it, since players leave that out."""
    table = frame_table(video)
    first_picture = int(table.pts[0]) * table.time_base
    if "mp4" in source.format.name:
        return min(Fraction(0), first_picture)
    starts = [s.start_time * s.time_base for s in source.streams.audio if s.start_time is not None and s.time_base]
    earliest = min([first_picture, *starts])
    # A stream that is broadcast may begin shortly before its clock starts again, which is told as before 0. Elsewhere
    # sound that begins before 0 is what its decoder needs to warm up.
    has_own_clock = source.format.name in BROADCAST
    return earliest if has_own_clock or first_picture < 0 else max(Fraction(0), earliest)


def _picture_packets(
    plan: _Plan, stream: VideoStream, info: VideoInfo, origin: Fraction
) -> Iterator[Packet[VideoStream]]:
    """Yield the coded frames with the original's stamps.

    A frame must be decoded no later than shown, and in order. So the decoding stamps are the presentation stamps in
    order, moved up by as many places as coding runs ahead.
    """
    stamps = plan.stamps - round(origin / info.time_base)
    step = int(stamps[1] - stamps[0]) if len(stamps) > 1 else 1
    before = stamps[0] - step * np.arange(plan.delay, 0, -1)
    decoding = np.concatenate([before, stamps])[: len(stamps)]
    ends = np.append(stamps[1:], stamps[-1] + plan.last_duration)
    packets = (packet for path in plan.segments for packet in _packets_of_segment(path))
    for dts, packet in zip(decoding.tolist(), packets, strict=True):
        pts = _ticks(packet, info) - round(origin / info.time_base)
        packet.stream, packet.time_base = stream, info.time_base
        packet.pts, packet.dts = pts, dts
        packet.duration = int(ends[np.searchsorted(stamps, pts)]) - pts
        yield packet


def _interleaved(
    *sources: Iterator[Packet[VideoStream]] | Iterator[Packet[AudioStream]] | Iterator[Packet[SubtitleStream]],
) -> Iterator[Packet[VideoStream] | Packet[AudioStream] | Packet[SubtitleStream]]:
    """Yield packets in the order of time, so that the muxer need not hold back one kind until the other comes."""
    return heapq.merge(*sources, key=lambda packet: (packet.dts or 0) * packet.time_base)
