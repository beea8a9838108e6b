"""Read a video packet by packet, or frame by frame, up to where it ends or cannot be read any further."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.subtitles.stream import SubtitleStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from engine.media.timeouts import with_timeout

Kind = TypeVar("Kind", bound=Stream)
Track = TypeVar("Track", AudioStream, SubtitleStream)


def decoded_frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield the frames that decode, in the order in which they are shown; damaged packets are passed over.

    Raises:
        MediaError: The next frame takes for ever.
    """
    return with_timeout(_name(container), _decoded(container, stream))


def readable_packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """Yield the packets of a stream up to the end, or to where the file cannot be read any further.

    The last one is empty and asks the decoder for the frames that it still holds.

    Raises:
        MediaError: The next packet takes for ever.
    """
    return with_timeout(_name(container), _packets(container, stream))


def readable_tracks(container: InputContainer, tracks: tuple[Track, ...]) -> Iterator[Packet[Track]]:
    """Yield the packets of some tracks of one kind up to the end, or to where the file cannot be read any further.

    Raises:
        MediaError: The next packet takes for ever.
    """
    return with_timeout(_name(container), _readable(container.demux(tracks) if tracks else iter(())))


def all_packets(container: InputContainer) -> Iterator[Packet[Stream]]:
    """Yield the packets of all streams up to the end, or to where the file cannot be read any further.

    Raises:
        MediaError: The next packet takes for ever.
    """
    return with_timeout(_name(container), _readable(container.demux()))


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    for packet in _packets(container, stream):
        try:
            yield from packet.decode()
        except FFmpegError:
            continue


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    return _readable(container.demux(stream))


def _readable(packets: Iterator[Packet[Kind]]) -> Iterator[Packet[Kind]]:
    while True:
        try:
            packet = next(packets, None)
        except (FFmpegError, OSError):
            packet = None
        if packet is None:
            return
        yield packet


def _name(container: InputContainer) -> str:
    return Path(container.name).name
