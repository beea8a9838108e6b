"""Carry the sound of a video over to its result: every track, packet by packet, at its own times.

A few codings from long ago (Windows Media, some cameras' telephone codecs) fit into no container beside H.264. Their
tracks, and only theirs, are re-encoded, as AAC.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet

from engine.media.timeouts import call_with_timeout, with_timeout

_AAC_BIT_RATE = 192_000
_AAC_FRAME = 1024
_AAC_RATES = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 11_025, 8_000)
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
"""Layouts by number of channels; old codecs do not say more."""


class SoundTracks:
    """The sound tracks of an open video, set up in an open result."""

    def __init__(self, source: InputContainer, result: OutputContainer) -> None:
        """Add the tracks to the result, whose header must not be written yet."""
        self._source = source
        self._copied: dict[int, AudioStream] = {}
        self._recoded: dict[int, _Recoder] = {}
        for track in source.streams.audio:
            # Without a context, not even ffmpeg knows the coding.
            if track.codec_context is not None:
                self._add(track, result)

    def packets(self, origin: Fraction) -> Iterator[Packet[AudioStream]]:
        """Yield the packets for the result, in order within each track.

        Args:
            origin: Seconds on the original's clock that become 0.
        """
        tracks = tuple(track for track in self._source.streams.audio if track.index in self._copied | self._recoded)
        for packet in readable_sound(self._source, tracks):
            recoder = self._recoded.get(packet.stream_index)
            if recoder is not None:
                yield from recoder.recoded(packet, origin)
            elif packet.size and packet.dts is not None and packet.pts is not None:
                shift = round(origin / packet.time_base)
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = self._copied[packet.stream_index]
                yield packet

    def _add(self, track: AudioStream, result: OutputContainer) -> None:
        try:
            self._copied[track.index] = result.add_stream_from_template(track)
        except ValueError:
            self._recoded[track.index] = _Recoder(track, result)


class _Recoder:
    """Re-encodes one track."""

    def __init__(self, track: AudioStream, result: OutputContainer) -> None:
        rate = track.rate if track.rate in _AAC_RATES else _AAC_RATES[0]
        layout = _LAYOUTS.get(track.channels, "stereo")
        self._stream: AudioStream = result.add_stream("aac", rate=rate, layout=layout, bit_rate=_AAC_BIT_RATE)
        self._stream.metadata.update(track.metadata)
        self._resampler = AudioResampler("fltp", layout, rate, frame_size=_AAC_FRAME)

    def recoded(self, packet: Packet[AudioStream], origin: Fraction) -> Iterator[Packet[AudioStream]]:
        """Yield what a packet becomes; the empty one, which comes last, gives what is still held back."""
        is_last = packet.size == 0
        try:
            frames = call_with_timeout("The sound of the video", packet.decode)
        except FFmpegError:
            frames = []
        resampled = [out for frame in frames for out in self._resampler.resample(frame)]
        for frame in (*resampled, *(self._resampler.resample(None) if is_last else ())):
            if frame.pts is not None and frame.time_base:
                frame.pts -= round(origin / frame.time_base)
            yield from self._stream.encode(frame)
        if is_last:
            yield from self._stream.encode(None)


def readable_sound(source: InputContainer, tracks: tuple[AudioStream, ...]) -> Iterator[Packet[AudioStream]]:
    """Yield the packets of the tracks up to where the file ends or is cut off.

    Raises:
        MediaError: The next packet takes for ever.
    """
    return with_timeout(Path(source.name).name, _packets(source, tracks))


def _packets(source: InputContainer, tracks: tuple[AudioStream, ...]) -> Iterator[Packet[AudioStream]]:
    packets = source.demux(tracks) if tracks else iter(())
    while True:
        try:
            packet = next(packets, None)
        except (FFmpegError, OSError):
            packet = None
        if packet is None:
            return
        yield packet
