"""What becomes of each sound track of a video, found out by trying: before training, and not when all else is done."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.error import FFmpegError
from av.packet import Packet

from engine.media.clock import RunningClock
from engine.media.file_cache import cached_by_file
from engine.media.frame_index import frame_table
from engine.media.nowhere import Nowhere
from engine.media.open import open_container
from engine.media.packets import readable_tracks
from engine.media.tracks import Carriage, SoundTracks, TrackPlan

_STEPS_BACK = "its clock does not go on steadily"
_HAS_CUTS = "parts of it are cut out"
_DOES_NOT_FIT = "the result cannot hold it as it is"
_UNREADABLE = "it cannot be decoded"


@cached_by_file
def plan_sound(path: Path, container: str) -> tuple[TrackPlan, ...]:
    """Return what becomes of each track: it is copied if that works, else coded anew, else left out.

    Reads the file once, and decodes only tracks that cannot be copied. Quick the second time, as long as the file stays
    the same.

    Args:
        path: A video.
        container: ffmpeg's name of the result's format.

    Raises:
        MediaError: It cannot be opened, or not even one frame can be read.
    """
    restarts = frame_table(path).restarts
    with open_container(path) as source:
        trials = {track.index: _Trial(track, container, restarts) for track in source.streams.audio}
        tracks = tuple(track for track in source.streams.audio if trials[track.index].may_be_read)
        for packet in readable_tracks(source, tracks):
            trials[packet.stream.index].take(packet)
    plans = [trial.plan() for trial in trials.values()]
    return tuple(plan if _is_written(path, container, plan, restarts) else _left_out(plan) for plan in plans)


class _Trial:
    """Copies one track to nowhere."""

    def __init__(self, track: AudioStream, container: str, restarts: Sequence[Fraction]) -> None:
        self.may_be_read = track.codec_context is not None
        """Whether ffmpeg knows the coding."""
        self._index = track.index
        self._codec = track.codec_context.codec.canonical_name if self.may_be_read else "unknown"
        self._clock = RunningClock(restarts, may_leap=bool(restarts))
        self._reason = "" if self.may_be_read else _UNREADABLE
        self._last_dts: int | None = None
        self._has_begun = False
        self._is_cut = False
        """Whether the last packets are to be left out."""
        self._result = av.open(Nowhere(), "w", format=container, options={"avoid_negative_ts": "disabled"})
        if self.may_be_read:
            try:
                self._stream = self._result.add_stream_from_template(track)
            except ValueError:
                self._reason = _DOES_NOT_FIT

    def take(self, packet: Packet[AudioStream]) -> None:
        if self._reason or packet.size == 0 or packet.dts is None or packet.pts is None:
            return
        self._reason = self._reason_against(packet, packet.dts, packet.pts)
        self._last_dts = packet.dts
        if not self._reason:
            packet.stream = self._stream
            try:
                self._result.mux(packet)
            except FFmpegError:
                self._reason = _DOES_NOT_FIT

    def plan(self) -> TrackPlan:
        try:
            self._result.close()
        except FFmpegError:
            self._reason = self._reason or _DOES_NOT_FIT
        if not self.may_be_read:
            return TrackPlan(self._index, self._codec, Carriage.LEFT_OUT, _UNREADABLE)
        return TrackPlan(self._index, self._codec, Carriage.RECODED if self._reason else Carriage.COPIED, self._reason)

    def _reason_against(self, packet: Packet[AudioStream], dts: int, pts: int) -> str:
        """Return why the track cannot be copied with this packet in it; empty where it can."""
        # What is left out at the beginning only warms the decoder up, and at the end fills the last frame.
        if not packet.is_discard and self._is_cut:
            return _HAS_CUTS
        self._is_cut = packet.is_discard and self._has_begun
        self._has_begun = self._has_begun or not packet.is_discard
        step = (packet.duration or 0) * packet.time_base
        self._clock.time_of(pts * packet.time_base, step)
        steps_back = self._last_dts is not None and dts <= self._last_dts
        if steps_back or self._clock.has_restarted:
            return _HAS_CUTS if self._is_cut else _STEPS_BACK
        return ""


def _is_written(path: Path, container: str, plan: TrackPlan, restarts: Sequence[Fraction]) -> bool:
    """Return whether a track that is coded anew gives any sound; of the others, that is known already."""
    if plan.carriage is not Carriage.RECODED:
        return True
    written = 0
    with (
        suppress(FFmpegError, ValueError),
        open_container(path) as source,
        av.open(Nowhere(), "w", format=container) as result,
    ):
        for packet in SoundTracks(source, result, [plan], restarts).packets(Fraction(0)):
            result.mux(packet)
            written += 1
    return written > 0


def _left_out(plan: TrackPlan) -> TrackPlan:
    return TrackPlan(plan.index, plan.codec, Carriage.LEFT_OUT, _UNREADABLE)
