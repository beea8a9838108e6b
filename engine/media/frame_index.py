"""The list of a video's frames: which time stamp each has, and where decoding can begin.

A frame's index is its place in this list. The list comes from the packets, without decoding, wherever that is sure to
agree with what the decoder will give; otherwise from decoding everything once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from engine.errors import MediaError
from engine.media.clock import LEAP_SECONDS, RunningClock
from engine.media.file_cache import cached_by_file
from engine.media.frame_table import FrameTable, keep_table, kept_table
from engine.media.open import open_video
from engine.media.orientation import orientation_of
from engine.media.packets import decoded_frames, readable_packets
from engine.media.sizes import SizeWatch, sizes_of_key_frames
from engine.media.waypoints import waypoints_of

_TRIAL_FRAMES = 24
_PROGRAM_STREAM = "mpeg"
BROADCAST = ("mpegts", _PROGRAM_STREAM)
"""Formats whose clock is that of a broadcast: it begins anywhere, and may start again."""
_REORDERED = ("h264", "hevc")
_HOLE_BYTES = 16
"""So many zeros begin no coded picture; pictures that are not coded may, and are looked through the longer way."""


@cached_by_file
def frame_table(path: Path) -> FrameTable:
    """Return the list of a video's frames; quick the second time, as long as the file stays the same.

    A change in how they are listed needs another `VERSION` in `engine.media.frame_table`.

    Raises:
        MediaError: It cannot be opened, or not even one frame can be read.
    """
    facts = path.stat()
    if (kept := kept_table(path, facts)) is not None:
        return kept
    table = _listed(path)
    keep_table(path, facts, table)
    return table


def _listed(path: Path) -> FrameTable:
    with open_video(path, has_threads=False) as (container, stream):
        first = list(islice(decoded_frames(container, stream), _TRIAL_FRAMES))
    if not first:
        raise MediaError(
            f"Not one frame of {path.name} can be read.",
            "Copy it again from where it came from; if it does not play there either, it is broken.",
        )
    table = _table_from_packets(path, first)
    # Hidden frames, fields in packets of their own, and streams without stamps show in the first few frames.
    if table is None or [frame.pts for frame in first] != table.pts[: len(first)].tolist():
        return _table_from_decoding(path, first)
    return table


def _table_from_packets(path: Path, first: Sequence[VideoFrame]) -> FrameTable | None:
    """Return the table by the stamps of the packets, or None where they cannot be trusted.

    Args:
        path: The video.
        first: Its first frames, decoded.
    """
    with open_video(path) as (container, stream):
        if _has_guessed_stamps(container, stream):
            return None
        watch = SizeWatch(stream)
        coded = _trusted(_watched(readable_packets(container, stream), watch))
        promised = stream.frames
        # A program stream stamps few frames and leaves the others to be guessed, after a leap wrongly so.
        has_keys = container.format.name != _PROGRAM_STREAM
        time_base = stream.time_base or Fraction(1, 1000)
        is_broadcast = container.format.name in BROADCAST
    pts = np.unique(np.array([each.pts for each in coded], np.int64))
    if not coded or len(pts) != len(coded) or promised not in (0, len(pts)):
        return None
    if is_broadcast and int(np.diff(pts).max(initial=0)) * time_base > LEAP_SECONDS:
        return None
    keys = [each.pts for each in coded if each.is_key and has_keys]
    key_indices = np.searchsorted(pts, np.unique(np.array(keys, np.int64)))
    last_duration = max(coded, key=lambda each: each.pts).duration or _typical_step(pts)
    others = sizes_of_key_frames(path) if watch.has_seen_changes else frozenset()
    return FrameTable(
        pts=pts,
        key_indices=key_indices,
        time_base=time_base,
        last_duration=last_duration,
        has_own_pts=True,
        sizes=_largest_first({_size_of(first[0]), *others}),
        orientation=orientation_of(first[0]),
        is_damaged=any(frame.is_corrupt for frame in first),
    )


def _watched(packets: Iterator[Packet[VideoStream]], watch: SizeWatch) -> Iterator[Packet[VideoStream]]:
    for packet in packets:
        yield packet
        watch.take(packet)


class _Coded(NamedTuple):
    """What the table takes from a packet."""

    pts: int
    duration: int
    is_key: bool


def _trusted(packets: Iterator[Packet[VideoStream]]) -> list[_Coded]:
    """Return the packets that are shown; none at all where a stamp is missing or steps back, or data is."""
    coded: list[_Coded] = []
    last_dts: int | None = None
    for packet in packets:
        if packet.size == 0 or packet.is_discard:
            continue
        steps_back = last_dts is not None and packet.dts is not None and packet.dts < last_dts
        if packet.pts is None or packet.is_corrupt or steps_back or _is_hole(packet):
            return []
        last_dts = packet.dts if packet.dts is not None else last_dts
        coded.append(_Coded(packet.pts, packet.duration or 0, packet.is_keyframe))
    return coded


def _is_hole(packet: Packet[VideoStream]) -> bool:
    """Return whether a packet is nothing but zeros, as where a copy got its full size before its content."""
    return not any(memoryview(packet)[:_HOLE_BYTES])


def _table_from_decoding(path: Path, first: Sequence[VideoFrame]) -> FrameTable:
    """Return the table of the frames that decode; every one gets its own stamp.

    Args:
        path: The video.
        first: Its first frames, decoded.
    """
    stamps: list[int | None] = []
    keys: list[int] = []
    sizes = {_size_of(first[0])}
    with open_video(path) as (container, stream):
        for index, frame in enumerate(decoded_frames(container, stream)):
            sizes.add(_size_of(frame))
            stamps.append(frame.pts if frame.pts is not None else frame.dts)
            if frame.key_frame:
                keys.append(index)
        time_base = stream.time_base or Fraction(1, 1000)
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        clock = RunningClock(may_leap=container.format.name in BROADCAST)
        is_guessed = _has_guessed_stamps(container, stream)
        kind = container.format.name
    step = max(1, round(1 / (rate * time_base)))
    # Frames are shown in the order of the places that they have in the file, in another order.
    places = _places(path, len(stamps)) if is_guessed else stamps
    pts = _increasing(places, step, time_base, clock)
    has_own_pts = stamps == pts.tolist()
    waypoints = None if has_own_pts else waypoints_of(path, kind, stamps, len(keys))
    may_leap = waypoints is not None or (has_own_pts and kind != _PROGRAM_STREAM)
    return FrameTable(
        pts=pts,
        key_indices=np.array(keys if may_leap else [], np.int64),
        time_base=time_base,
        last_duration=step,
        has_own_pts=has_own_pts,
        sizes=_largest_first(sizes),
        orientation=orientation_of(first[0]),
        is_damaged=any(frame.is_corrupt for frame in first),
        restarts=tuple(clock.offsets[1:]),
        waypoints=waypoints,
    )


def _has_guessed_stamps(container: InputContainer, stream: VideoStream) -> bool:
    """Return whether presentation stamps are ffmpeg's guesses: AVI has none, and of these codings the order is hidden.

    They are increasing and evenly spaced, and belong to other frames.
    """
    context = stream.codec_context
    return container.format.name == "avi" and context.codec.canonical_name in _REORDERED and context.has_b_frames


def _places(path: Path, count: int) -> list[int | None]:
    """Return the stamps of `count` packets that are not empty, in the order of the file, which AVI counts as time."""
    with open_video(path) as (container, stream):
        places = [packet.dts for packet in readable_packets(container, stream) if packet.size]
    return [*places[:count], *[None] * (count - len(places))]


def _increasing(stamps: list[int | None], step: int, time_base: Fraction, clock: RunningClock) -> NDArray[np.int64]:
    """Fill in missing stamps and move those that do not increase, so that every frame has its own."""
    filled: list[int] = []
    for stamp in stamps:
        after = filled[-1] if filled else -step
        moved = None if stamp is None else round(clock.time_of(stamp * time_base, step * time_base) / time_base)
        filled.append(moved if moved is not None and (not filled or moved > after) else after + step)
    return np.array(filled, np.int64)


def _typical_step(pts: NDArray[np.int64]) -> int:
    return int(np.median(np.diff(pts))) if len(pts) > 1 else 1


def _size_of(frame: VideoFrame) -> tuple[int, int]:
    return frame.width, frame.height


def _largest_first(sizes: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(sizes, key=lambda size: (size[0] * size[1], size), reverse=True))
