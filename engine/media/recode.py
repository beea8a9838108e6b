"""Code a sound track anew, as AAC, each sample at its own time: gaps become silence, and what overlaps is left out."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from numpy.typing import NDArray

from engine.media.clock import RunningClock
from engine.media.extras import copy_names
from engine.media.timeouts import call_with_timeout

_BIT_RATE = 192_000
_FRAME = 1024
_RATES = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 11_025, 8_000)
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
"""Layouts by number of channels; old codecs do not say more."""
_TOLERANCE_SECONDS = Fraction(1, 200)
"""Sound that is off by less is joined as it is: some containers count in milliseconds."""
_LONGEST_SILENCE = 1 << 16
"""Samples of silence made at a time."""

Samples = NDArray[np.float32]
"""(C, N) float32 in -1..1, a row a channel."""


class Recoder:
    """Codes one track anew."""

    def __init__(self, track: AudioStream, result: OutputContainer, clock: RunningClock) -> None:
        """Add a track to the result, whose header must not be written yet.

        Args:
            track: The original's.
            result: Where it goes.
            clock: Turns the track's stamps into times that go on.
        """
        self._rate = track.rate if track.rate in _RATES else _RATES[0]
        self._layout = _LAYOUTS.get(track.channels, "stereo")
        self._stream: AudioStream = result.add_stream("aac", rate=self._rate, layout=self._layout, bit_rate=_BIT_RATE)
        copy_names(track, self._stream)
        self._clock = clock
        self._resampler: AudioResampler | None = None
        self._resampled_from: tuple[str, str, int] | None = None
        self._held: Samples = np.zeros((len(self._stream.layout.channels), 0), np.float32)
        self._held_at: int | None = None
        """When the first sample that is held back is heard, in samples; None before there is any."""

    def recoded(self, packet: Packet[AudioStream], origin: Fraction) -> Iterator[Packet[AudioStream]]:
        """Yield what a packet becomes; the empty one, which comes last, gives what is still held back.

        Args:
            packet: Of the track, in order.
            origin: Seconds on the original's clock that become 0.
        """
        is_last = packet.size == 0
        try:
            frames = call_with_timeout("The sound of the video", packet.decode)
        except FFmpegError:
            frames = []
        for frame in frames:
            time = self._time_of(frame)
            for samples in self._resample(frame):
                yield from self._put(samples, None if time is None else round((time - origin) * self._rate))
                time = None
        if is_last:
            for samples in self._flush_resampler():
                yield from self._put(samples, None)
            yield from self._coded(is_last=True)
            yield from self._stream.encode(None)

    def _time_of(self, frame: AudioFrame) -> Fraction | None:
        if frame.pts is None or not frame.time_base:
            return None
        return self._clock.time_of(frame.pts * frame.time_base, Fraction(frame.samples, frame.sample_rate))

    def _resample(self, frame: AudioFrame) -> Iterator[Samples]:
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._resampled_from:
            # Recordings that were put one behind the other may differ in all of it.
            yield from self._flush_resampler()
            self._resampler, self._resampled_from = AudioResampler("fltp", self._layout, self._rate), kind
        assert self._resampler is not None
        # Times are kept here; the resampler's would step back with those of the file.
        frame.pts = None
        yield from (np.asarray(out.to_ndarray(), np.float32) for out in self._resampler.resample(frame))

    def _flush_resampler(self) -> Iterator[Samples]:
        if self._resampler is not None:
            yield from (np.asarray(out.to_ndarray(), np.float32) for out in self._resampler.resample(None))
            self._resampler = None

    def _put(self, samples: Samples, at: int | None) -> Iterator[Packet[AudioStream]]:
        """Take samples that are heard from `at` on, or right after those before; yield what is complete."""
        if self._held_at is None:
            self._held_at = at or 0
        end = self._held_at + self._held.shape[1]
        gap = 0 if at is None else at - end
        if abs(gap) < _TOLERANCE_SECONDS * self._rate:
            gap = 0
        while gap > 0:
            silence = min(gap, _LONGEST_SILENCE)
            self._held = np.hstack([self._held, np.zeros((len(self._held), silence), np.float32)])
            gap -= silence
            yield from self._coded()
        self._held = np.hstack([self._held, samples[:, max(0, -gap) :]])
        yield from self._coded()

    def _coded(self, is_last: bool = False) -> Iterator[Packet[AudioStream]]:
        while (length := min(_FRAME, self._held.shape[1])) == _FRAME or (is_last and length):
            assert self._held_at is not None
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(self._held[:, :length]), "fltp", self._layout)
            frame.sample_rate, frame.time_base, frame.pts = self._rate, Fraction(1, self._rate), self._held_at
            self._held, self._held_at = self._held[:, length:], self._held_at + length
            yield from self._stream.encode(frame)
