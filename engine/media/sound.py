"""Check whether two files carry the same sound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from av.audio.stream import AudioStream

from engine.media.open import open_container
from engine.media.packets import readable_tracks

_TOLERANCE_SECONDS = 0.001
"""Containers count time in ticks of up to a millisecond."""
_ADTS_HEADER_BYTES = (9, 7)


def is_same_sound(before: Path, after: Path) -> bool:
    """Return whether two files have the same sound tracks: equal packets, at equal distances in time.

    Nothing is decoded: equal tracks were copied, not coded anew.
    The first packet's time is left out, since containers differ in where they begin to count.

    Raises:
        MediaError: One of the files cannot be opened.
    """
    pairs = _tracks(before), _tracks(after)
    return len(pairs[0]) == len(pairs[1]) and all(_is_same(was, now) for was, now in zip(*pairs, strict=True))


@dataclass
class _Track:
    codec: str
    hash: hashlib._Hash = field(default_factory=hashlib.sha256)
    times: list[float] = field(default_factory=list)
    """Seconds; empty where packets are cut as the container likes."""

    @property
    def digest(self) -> str:
        return self.hash.hexdigest()


def _is_same(was: _Track, now: _Track) -> bool:
    if was.digest != now.digest or len(was.times) != len(now.times):
        return False
    apart = (np.array(was.times) - was.times[:1]) - (np.array(now.times) - now.times[:1])
    return bool(np.all(np.abs(apart) <= _TOLERANCE_SECONDS))


def _tracks(path: Path) -> list[_Track]:
    with open_container(path) as container:
        streams = tuple(track for track in container.streams.audio if track.codec_context is not None)
        tracks = {stream.index: _Track(_codec(stream)) for stream in streams}
        for packet in readable_tracks(container, streams):
            if packet.size == 0 or packet.pts is None or packet.dts is None:
                continue
            track = tracks[packet.stream_index]
            track.hash.update(_content(bytes(packet), track.codec))
            if not track.codec.startswith("pcm_"):
                track.times.append(float(packet.pts * packet.time_base))
    return list(tracks.values())


def _codec(stream: AudioStream) -> str:
    return stream.codec_context.codec.canonical_name


def _content(packet: bytes, codec: str) -> bytes:
    """Return a packet without the header that AAC has in transport streams only (ISO/IEC 13818-7, 6.2)."""
    has_header = codec == "aac" and packet[:1] == b"\xff" and packet[1] & 0xF6 == 0xF0
    return packet[_ADTS_HEADER_BYTES[packet[1] & 1] :] if has_header else packet
