"""Write the finished frames of a video in pieces, and join the pieces to a video with the original's sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from engine.files import atomic
from engine.media.compose import Composer
from engine.media.encoding import Encoding, choose_encoding
from engine.media.frames import Frame
from engine.media.joining import STAMP_OFFSET, join_segments, result_suffix
from engine.media.open import translated_write_errors
from engine.media.probe import VideoInfo
from engine.project.settings import Codec

__all__ = ["join_segments", "result_suffix", "write_segment"]


def write_segment(path: Path, info: VideoInfo, frames: Iterable[Frame], codec: Codec, quality: int) -> None:
    """Code frames into one piece of a result; the file is complete or absent.

    The same frames give the same bytes on every machine. Frames as `read_frames` gave them, with or without another
    picture, keep the original's own samples wherever the picture was not changed; the writer takes them over.

    Args:
        path: A name of any suffix; only `join_segments` reads it.
        info: The original video.
        frames: In the order in which they are shown, pictures upright and of the original's size.
        codec: What is wanted; `engine.media.encoding` says when it is overruled.
        quality: Constant rate factor, 0 to 51; lower is better and larger.

    Raises:
        OutOfDisk: There is no room.
    """
    encoding = choose_encoding(info, codec, quality)
    composer = Composer(encoding, info.orientation, (info.coded_width, info.coded_height))
    with atomic.new_file(path) as partial, translated_write_errors(path):
        # A piece whose frames were all unreadable is an empty file.
        partial.touch()
        with av.open(f"file:{partial.absolute()}", "w", format="nut", options=_CONTAINER_OPTIONS) as container:
            stream = _add_pictures(container, info, encoding)
            coded = _coded(stream, frames, composer, info.time_base)
            for count, packet in enumerate(coded):
                # x265 gives frames of uneven times decoding stamps after their presentation. Here any order will do.
                packet.dts = count
                container.mux(packet)


def _coded(
    stream: VideoStream, frames: Iterable[Frame], composer: Composer, time_base: Fraction
) -> Iterator[Packet[VideoStream]]:
    for frame in frames:
        picture = composer.compose(frame)
        picture.pts = frame.pts + STAMP_OFFSET
        picture.time_base = time_base
        yield from stream.encode(picture)
    yield from stream.encode(None)


_CONTAINER_OPTIONS = {"avoid_negative_ts": "disabled"}


def _add_pictures(container: OutputContainer, info: VideoInfo, encoding: Encoding) -> VideoStream:
    stream = container.add_stream(encoding.encoder, rate=info.frame_rate, options=dict(encoding.options))
    assert isinstance(stream, VideoStream)
    context = stream.codec_context
    context.width, context.height = encoding.size
    context.pix_fmt = encoding.pixel_format
    context.time_base = info.time_base
    context.flags |= encoding.flags
    context.sample_aspect_ratio = info.pixel_aspect
    context.color_primaries = encoding.colour.primaries
    context.color_trc = encoding.colour.transfer
    context.colorspace = encoding.colour.matrix
    context.color_range = encoding.colour.range
    return stream
