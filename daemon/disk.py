"""Whether the disk has room for what comes next."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from engine.project.stage import StageName

_STOP_SHARE = 0.5
"""A stage at work is stopped when only this share of the room that is always left is still there."""

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Room:
    """Room on a project's disk against what is needed."""

    free_bytes: int
    needed_bytes: int
    """Needed for the stage to start."""
    least_bytes: int
    """Needed for the stage to go on."""

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
        return f"{_megabytes(self.needed_bytes)} are needed and {_megabytes(self.free_bytes)} are free"


def free_bytes(folder: Path) -> int | None:
    """Return how much may be written to the disk of a folder; None where that cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def room_for(stage: StageName, *, free: int, media_bytes: int, min_free_mb: int, at_least: int = 0) -> Room:
    """Return the room for a stage.

    Args:
        stage: What is to be done.
        free: Bytes free now.
        media_bytes: Size of the project's media.
        min_free_mb: Room that is always left.
        at_least: Bytes that proved too few before.
    """
    reserve = min_free_mb * _MEGABYTE
    estimate = round(stage.facts.media_times * media_bytes) + reserve
    return Room(free, max(estimate, at_least), round(reserve * _STOP_SHARE))


def _megabytes(amount: int) -> str:
    return f"{amount / 1e9:.1f} GB" if amount >= 1e9 else f"{amount / _MEGABYTE:.0f} MB"
