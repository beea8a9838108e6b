"""Where decoding can begin in a video whose stamps do not tell its frames apart.

Recordings put one behind the other have every stamp several times, and AVI has none of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.media.open import open_video
from engine.media.packets import readable_packets


class WoundBy(StrEnum):
    """What tells a place in a file to which it is to be wound."""

    BYTE = "byte"
    """Where a packet begins in the file."""
    STAMP = "stamp"
    """The decoding stamp of a packet."""


_WOUND_BY = {"mpegts": WoundBy.BYTE, "avi": WoundBy.STAMP}
"""Formats of which decoding can begin at a key frame though stamps do not tell frames apart."""
_NO_STAMP = -(2**63)


@dataclass(frozen=True, eq=False)
class Waypoints:
    """Where decoding can begin in a video whose stamps do not tell its frames apart."""

    places: NDArray[np.int64]
    """(K,) for each of the table's `key_indices`, where to wind the file to."""
    by: WoundBy
    own_stamps: NDArray[np.int64]
    """(N,) what the decoder gives for each frame, by which it is checked that decoding has begun in the right place."""

    def fits(self, index: int, stamp: int | None) -> bool:
        """Return whether a frame with this stamp of the decoder's may be the one with this index."""
        return index < len(self.own_stamps) and int(self.own_stamps[index]) == (_NO_STAMP if stamp is None else stamp)


def waypoints_of(path: Path, kind: str, stamps: list[int | None], key_count: int) -> Waypoints | None:
    """Return where to wind a file to for each key frame.

    Args:
        path: A video.
        kind: ffmpeg's name of its format.
        stamps: What the decoder gives for each of its frames.
        key_count: How many of these are key frames.

    Returns:
        None where the format cannot be wound so, or where its packets name other key frames than the decoder.

    Raises:
        MediaError: It cannot be opened.
    """
    by = _WOUND_BY.get(kind)
    if by is None:
        return None
    with open_video(path) as (container, stream):
        keys = [
            packet.pos if by is WoundBy.BYTE else packet.dts
            for packet in readable_packets(container, stream)
            if packet.size and packet.is_keyframe
        ]
    places = [place for place in keys if place is not None]
    if len(places) != key_count or len(keys) != key_count:
        return None
    own = [_NO_STAMP if stamp is None else stamp for stamp in stamps]
    return Waypoints(np.array(places, np.int64), by, np.array(own, np.int64))
