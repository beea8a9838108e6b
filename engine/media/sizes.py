"""The sizes of a video's pictures: a broadcast, or the recording of a call, may change them on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from av.bitstream import BitStreamFilterContext
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from engine.media.open import open_video
from engine.media.packets import decoded_frames

_HEADER_CODECS = ("h264", "hevc", "vvc", "av1", "mpeg1video", "mpeg2video", "mpeg4", "vc1")
"""Codings whose headers ffmpeg's filter finds within the pictures."""
_NEW_HEADERS: Final = "new_extradata"
_SIZE_AT = {"vp8": slice(6, 10), "vp9": slice(1, 10)}
"""Where a key frame says its size, among little else (RFC 6386, 9.1; VP9 Bitstream Specification, 6.2)."""


def sizes_of_key_frames(path: Path) -> frozenset[tuple[int, int]]:
    """Return width and height of the key frames as stored; no others are decoded.

    Raises:
        MediaError: It cannot be opened.
    """
    with open_video(path) as (container, stream):
        stream.codec_context.skip_frame = "NONKEY"
        return frozenset((frame.width, frame.height) for frame in decoded_frames(container, stream))


class SizeWatch:
    """Sees from packets, without decoding, whether the size of the pictures may change."""

    def __init__(self, stream: VideoStream) -> None:
        """Begin before the first packet of a stream."""
        codec = stream.codec_context.codec.canonical_name
        self._place = _SIZE_AT.get(codec)
        self._search = BitStreamFilterContext("extract_extradata", stream) if codec in _HEADER_CODECS else None
        self._seen: set[bytes] = set()

    @property
    def has_seen_changes(self) -> bool:
        """Whether headers differed, which may have other reasons as well."""
        return len(self._seen) > 1

    def take(self, packet: Packet[VideoStream]) -> None:
        """Look at the next packet, whose content is gone afterwards."""
        if self.has_seen_changes or packet.size == 0:
            return
        self._note(packet)
        if not packet.is_keyframe:
            return
        if self._place is not None:
            self._seen.add(bytes(memoryview(packet)[self._place]))
        elif self._search is not None:
            try:
                for filtered in self._search.filter(packet):
                    self._note(filtered)
            except FFmpegError:
                # In MP4 and Matroska, headers stand beside the pictures, and a change is told with the packet.
                self._search = None

    def _note(self, packet: Packet[VideoStream]) -> None:
        if packet.has_sidedata(_NEW_HEADERS):
            self._seen.add(bytes(memoryview(packet.get_sidedata(_NEW_HEADERS))))
