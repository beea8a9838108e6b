"""Whether the disk has room for what comes next."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

_STOP_SHARE = 0.5
"""A stage at work is stopped when only this share of the room that is always left is still there."""

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Lacked:
    """A stage found too little room."""

    free_bytes: int
    """What was free then."""
    words: str
    """What it said, without a full stop."""


@dataclass(frozen=True)
class Room:
    """Room on a project's disk against what is needed."""

    free_bytes: int
    needed_bytes: int
    """Needed for the stage to start."""
    least_bytes: int
    """Needed for the stage to go on."""
    lacked: str = ""
    """What the stage said when there was too little."""

    @property
    def may_start(self) -> bool:
        """Whether there is enough to start."""
        return self.free_bytes >= self.needed_bytes

    @property
    def may_go_on(self) -> bool:
        """Whether there is enough to go on."""
        return self.free_bytes >= self.least_bytes

    @property
    def words(self) -> str:
        """What is there and what is wanted."""
        if self.lacked:
            return self.lacked
        return f"{_megabytes(self.needed_bytes)} are needed and {_megabytes(self.free_bytes)} are free"


def free_bytes(folder: Path) -> int | None:
    """Return how much may be written to the disk of a folder; None where that cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def room_for(*, free: int, min_free_mb: int, lacked: Lacked | None = None) -> Room:
    """Return the room for a stage. What it will write it knows itself, and asks for before it begins.

    Args:
        free: Bytes free now.
        min_free_mb: Room that is always left.
        lacked: What was too little before.
    """
    reserve = min_free_mb * _MEGABYTE
    least = round(reserve * _STOP_SHARE)
    if lacked is None:
        return Room(free, reserve, least)
    return Room(free, max(reserve, lacked.free_bytes + least), least, lacked.words)


def _megabytes(amount: int) -> str:
    return f"{amount / 1e9:.1f} GB" if amount >= 1e9 else f"{amount / _MEGABYTE:.0f} MB"
