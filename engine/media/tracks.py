"""Carry the sound of a video over to its result: every track, packet by packet, at its own times.

Some tracks cannot be copied: of codings from long ago (Windows Media, some cameras' telephone codecs) that fit into no
container beside H.264, or put together of parts. These, and only these, are coded anew; `engine.media.sound_plan` says
which.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from engine.media.clock import RunningClock
from engine.media.extras import copy_names
from engine.media.packets import readable_tracks
from engine.media.recode import Recoder


class Carriage(StrEnum):
    """How a sound track gets into the result."""

    COPIED = "copied"
    """Packet by packet."""
    RECODED = "recoded"
    """Decoded, and coded anew."""
    LEFT_OUT = "left out"
    """Not at all: nobody can read it."""


@dataclass(frozen=True)
class TrackPlan:
    """What becomes of one sound track."""

    index: int
    """Of the stream in its file."""
    codec: str
    carriage: Carriage
    reason: str = ""
    """Why it is not copied, in words that go on from "since"; empty where it is."""


class SoundTracks:
    """The sound tracks of an open video, set up in an open result."""

    def __init__(
        self, source: InputContainer, result: OutputContainer, plans: Sequence[TrackPlan], restarts: Sequence[Fraction]
    ) -> None:
        """Add the tracks to the result, whose header must not be written yet.

        Args:
            source: The original.
            result: Where they go.
            plans: What becomes of each track.
            restarts: As `engine.media.frame_table.FrameTable.restarts`.
        """
        self._source = source
        self._copied: dict[int, AudioStream] = {}
        self._recoded: dict[int, Recoder] = {}
        self._tracks = tuple(each for each in source.streams.audio if _carriage(each, plans) is not Carriage.LEFT_OUT)
        for track in self._tracks:
            if _carriage(track, plans) is Carriage.COPIED:
                self._copied[track.index] = result.add_stream_from_template(track)
                copy_names(track, self._copied[track.index])
            else:
                clock = RunningClock(restarts, may_leap=bool(restarts))
                self._recoded[track.index] = Recoder(track, result, clock)

    def packets(self, origin: Fraction) -> Iterator[Packet[AudioStream]]:
        """Yield the packets for the result, in order within each track.

        Args:
            origin: Seconds on the original's clock that become 0.
        """
        for packet in readable_tracks(self._source, self._tracks):
            recoder = self._recoded.get(packet.stream.index)
            if recoder is not None:
                yield from recoder.recoded(packet, origin)
            elif packet.size and packet.dts is not None and packet.pts is not None:
                shift = round(origin / packet.time_base)
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = self._copied[packet.stream.index]
                yield packet


def _carriage(track: AudioStream, plans: Sequence[TrackPlan]) -> Carriage:
    return next((plan.carriage for plan in plans if plan.index == track.index), Carriage.LEFT_OUT)
