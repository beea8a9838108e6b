"""Whether a video was copied whole: what its index or its header promises, and how much of that can be read.

Transport and program streams promise nothing, nor does the recording of a camera that lost its power: of these nobody
can tell. A file in fragments promises the fragment that it ends in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.index import IndexEntry
from av.video.stream import VideoStream

from engine.media.frame_index import frame_table
from engine.media.open import moving_pictures, open_container
from engine.media.packets import all_packets

_LEAST_SECONDS = 0.5
_LEAST_SHARE = 0.01
"""A header's length may be off by so much, in seconds and as a share, in a file that is whole."""
_TAIL_BYTES = 1 << 20
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_HEADER_BYTES = 1 << 16
_ASF_DURATION_AT = 64
_ASF_PREROLL_AT = 80


@dataclass(frozen=True)
class Shortage:
    """How much is there of a video that was not copied whole."""

    seconds: float
    """How long what is there lasts."""
    promised_seconds: float
    """How long the whole video lasts, as the file says."""

    @property
    def words(self) -> str:
        """Where it ends, in words that go on from the video's name."""
        there, whole = (f"{seconds:.0f}" for seconds in (self.seconds, self.promised_seconds))
        if there == whole:
            there, whole = f"{self.seconds:.2f}", f"{self.promised_seconds:.2f}"
        return f"ends after {there} of {whole} s: it seems not to be copied whole"


def shortage_of(path: Path) -> Shortage | None:
    """Return how much of a video is there where it promises more than can be read; None where it does not.

    Raises:
        MediaError: It cannot be opened, or not even one frame can be read.
    """
    table = frame_table(path)
    first, end = (float(ticks * table.time_base) for ticks in (table.pts[0], table.pts[-1] + table.last_duration))
    with open_container(path) as container:
        if "mp4" in container.format.name:
            by_index = _by_index(path, container, end - first)
            if by_index is not None or _has_whole_index(container):
                return by_index
        promised = _promised_seconds(path, container)
        if _is_reached(promised, end - first) or _is_reached(promised, end):
            return None
        # Sound, subtitles and other pictures may last longer.
        last = max(_ends(container), default=end)
        is_whole = _is_reached(promised, last) or _is_reached(promised, last - first)
        return None if is_whole else Shortage(min(end - first, promised), promised)


def _is_reached(promised: float, end: float) -> bool:
    return promised - end <= max(_LEAST_SECONDS, _LEAST_SHARE * promised)


def _has_whole_index(container: InputContainer) -> bool:
    """Return whether all samples of an MP4 file are in the index at its front: fragments bring their own."""
    return all(stream.frames for stream, _ in _indexed(container))


def _by_index(path: Path, container: InputContainer, seconds: float) -> Shortage | None:
    """Compare the places of all samples with the file: a header's length may be wrong, the index never is."""
    data_end = _data_end(path)
    first_missing, promised = seconds, seconds
    is_cut = False
    for stream, entries in _indexed(container):
        if not entries or stream.time_base is None:
            continue
        begin = min(entry.timestamp for entry in entries)
        reach = data_end if isinstance(stream, VideoStream) else container.size
        missing = [entry.timestamp - begin for entry in entries if _is_missing(entry, reach, container.size)]
        if missing:
            is_cut = True
            first_missing = min(first_missing, float(min(missing) * stream.time_base))
        promised = max(promised, _length(entries, stream.time_base))
    return Shortage(first_missing, promised) if is_cut else None


def _indexed(container: InputContainer) -> Iterator[tuple[VideoStream | AudioStream, list[IndexEntry]]]:
    video = moving_pictures(container)
    if video is not None:
        yield video, list(video.index_entries)
    for track in container.streams.audio:
        yield track, list(track.index_entries)


def _is_missing(entry: IndexEntry, data_end: int, size: int) -> bool:
    return entry.pos + entry.size > size or (entry.size > 0 and entry.pos >= data_end)


def _length(entries: list[IndexEntry], time_base: Fraction) -> float:
    stamps = sorted(entry.timestamp for entry in entries)
    step = (stamps[-1] - stamps[0]) / max(1, len(stamps) - 1)
    return float((stamps[-1] - stamps[0] + step) * time_base)


def _data_end(path: Path) -> int:
    """Return where the zeros begin with which a file ends: a copy may have got its full size before its content."""
    end = path.stat().st_size
    with path.open("rb") as file:
        while end > 0:
            start = max(0, end - _TAIL_BYTES)
            file.seek(start)
            content = file.read(end - start).rstrip(b"\0")
            if content:
                return start + len(content)
            end = start
    return end


def _promised_seconds(path: Path, container: InputContainer) -> float:
    """Return how long the header says that the video is; 0 where it says nothing."""
    name = container.format.name
    video = moving_pictures(container)
    if "asf" in name:
        return _asf_seconds(path)
    if "avi" in name and video is not None and video.average_rate:
        return float(video.frames / video.average_rate)
    is_written = any(each in name for each in ("mp4", "matroska", "flv"))
    return container.duration / 1e6 if is_written and container.duration else 0.0


def _asf_seconds(path: Path) -> float:
    """Return the length in an ASF header, which ffmpeg does not tell of files whose size is not as the header says."""
    with path.open("rb") as file:
        header = file.read(_ASF_HEADER_BYTES)
    at = header.find(_ASF_FILE_PROPERTIES)
    if at < 0:
        return 0.0
    ticks = int.from_bytes(header[at + _ASF_DURATION_AT :][:8], "little")
    preroll = int.from_bytes(header[at + _ASF_PREROLL_AT :][:8], "little")
    return max(0.0, ticks / 1e7 - preroll / 1e3)


def _ends(container: InputContainer) -> Iterator[float]:
    for packet in all_packets(container):
        if packet.dts is not None:
            yield float((packet.dts + (packet.duration or 0)) * packet.time_base)
