"""Tell whether two files carry the same sound."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

from av.error import FFmpegError

from engine.media.opening import open_container


def sound_digests(path: Path) -> tuple[str, ...]:
    """Return a SHA-256 for each sound track, over its coded packets and the times between them.

    Nothing is decoded: tracks with equal digests were copied, not coded anew. The first packet's time is left out,
    since containers differ in where they begin to count.

    Raises:
        MediaError: The file cannot be opened.
    """
    with open_container(path) as container:
        tracks = {track.index: hashlib.sha256() for track in container.streams.audio if track.codec_context is not None}
        starts: dict[int, Fraction] = {}
        if not tracks:
            return ()
        packets = container.demux(tuple(track for track in container.streams.audio if track.index in tracks))
        while True:
            try:
                packet = next(packets, None)
            except (FFmpegError, OSError):
                # Cut off here: what came before counts.
                packet = None
            if packet is None:
                return tuple(digest.hexdigest() for digest in tracks.values())
            if packet.size == 0 or packet.pts is None or packet.dts is None:
                continue
            at = packet.pts * packet.time_base
            since = at - starts.setdefault(packet.stream_index, at)
            tracks[packet.stream_index].update(bytes(packet) + b"%d" % round(since * 1000))
