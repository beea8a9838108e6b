"""What is known of a video's frames, and where it is kept: listing them means reading all of the file.

A project keeps the lists of its videos in `work/`, so that the file is read once and not by every process. Where they
are to be kept is told by the environment, which worker processes inherit. What is kept may come from a stranger's
folder, and is checked like all that does.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import UnderstudioError
from engine.files import atomic
from engine.files.safe_open import read_inside
from engine.media.orientation import Orientation
from engine.media.waypoints import Waypoints, WoundBy
from engine.project.folder import FRAME_TABLES_VARIABLE

VERSION = 1
"""Of the way in which frames are listed: lists of another are made anew."""

_MOST_BYTES = 512 << 20
"""Largest file of a list: a day at 60 frames a second takes 125 MB."""


@dataclass(frozen=True, eq=False)
class FrameTable:
    """The frames of a video in the order in which they are shown."""

    pts: NDArray[np.int64]
    """(N,) strictly increasing presentation time stamps in `time_base`."""
    key_indices: NDArray[np.int64]
    """(K,) frames at which decoding can begin, increasing; empty where it must begin with the file."""
    time_base: Fraction
    """Seconds a tick."""
    last_duration: int
    """Ticks for which the last frame is shown."""
    has_own_pts: bool
    """Whether decoded frames carry these stamps; if not, frames are told apart by counting."""
    sizes: tuple[tuple[int, int], ...]
    """Width and height of the frames as stored, the largest first; frames of another size are scaled to that."""
    orientation: Orientation
    """Orientation of the first frame; a change in the middle of a video is ignored."""
    is_damaged: bool
    """Whether frames at the beginning are known to be damaged."""
    restarts: tuple[Fraction, ...] = ()
    """Seconds that are added in `pts` to the file's own stamps after its clock started again for the first time, the
    second time..."""
    waypoints: Waypoints | None = None
    """Set where there are key frames though decoded frames do not carry these stamps."""

    @property
    def width(self) -> int:
        """Width of the largest frame as stored."""
        return self.sizes[0][0]

    @property
    def height(self) -> int:
        """Height of the largest frame as stored."""
        return self.sizes[0][1]

    def __len__(self) -> int:
        return len(self.pts)

    def index_of(self, pts: int | None) -> int | None:
        """Return the index of the frame with this time stamp, or None where there is none."""
        if pts is None:
            return None
        index = int(np.searchsorted(self.pts, pts))
        return index if index < len(self.pts) and self.pts[index] == pts else None


def kept_table(path: Path, facts: os.stat_result) -> FrameTable | None:
    """Return the list of a video's frames that was kept; None where there is none of the file as it is now."""
    place = _place_of(path)
    if place is None:
        return None
    try:
        head, _, body = read_inside(place.parent, place, _MOST_BYTES).partition(b"\n")
        kept = _Head.model_validate_json(head)
        numbers = np.frombuffer(body, "<i8").astype(np.int64)
        return kept.table(numbers) if kept.of == _sign_of(facts) else None
    except (OSError, ValidationError, ValueError, ZeroDivisionError):
        return None


def keep_table(path: Path, facts: os.stat_result, table: FrameTable) -> None:
    """Keep the list of a video's frames for others; where that cannot be done it is made again."""
    place = _place_of(path)
    if place is None:
        return
    arrays = [table.pts, table.key_indices]
    if table.waypoints is not None:
        arrays += [table.waypoints.places, table.waypoints.own_stamps]
    head = _Head.of_table(table, _sign_of(facts)).model_dump_json().encode()
    with contextlib.suppress(OSError, UnderstudioError):
        atomic.write_bytes(place, b"\n".join([head, b"".join(each.astype("<i8").tobytes() for each in arrays)]))


_Size = tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
_NINE = (0,) * 9
_Ratio = tuple[int, int]
"""Numerator and denominator."""


class _Head(BaseModel):
    """The first line of a kept list; the arrays follow."""

    model_config = ConfigDict(extra="forbid")

    of: tuple[int, int, int]
    """Version, size and time of the video."""
    frames: int = Field(ge=1)
    keys: int = Field(ge=0)
    time_base: _Ratio
    last_duration: int
    has_own_pts: bool
    sizes: tuple[_Size, ...] = Field(min_length=1)
    orientation: Orientation
    is_damaged: bool
    restarts: tuple[_Ratio, ...]
    wound_by: WoundBy | None

    @classmethod
    def of_table(cls, table: FrameTable, sign: tuple[int, int, int]) -> _Head:
        return cls(
            of=sign,
            frames=len(table),
            keys=len(table.key_indices),
            time_base=table.time_base.as_integer_ratio(),
            last_duration=table.last_duration,
            has_own_pts=table.has_own_pts,
            sizes=table.sizes,
            orientation=table.orientation,
            is_damaged=table.is_damaged,
            restarts=tuple(each.as_integer_ratio() for each in table.restarts),
            wound_by=table.waypoints.by if table.waypoints else None,
        )

    def table(self, numbers: NDArray[np.int64]) -> FrameTable:
        """Return the table with these arrays, one behind the other; raises a ValueError where they are none."""
        lengths = [self.frames, self.keys, *([] if self.wound_by is None else [self.keys, self.frames])]
        if len(numbers) != sum(lengths):
            raise ValueError("too many numbers, or too few")
        pts, keys, *wound = np.split(numbers, np.cumsum(lengths)[:-1])
        if Fraction(*self.time_base) <= 0 or len(self.orientation.matrix or _NINE) != len(_NINE):
            raise ValueError("no clock, or no matrix")
        if (np.diff(pts) <= 0).any() or (np.diff(keys) <= 0).any() or (keys < 0).any() or (keys >= len(pts)).any():
            raise ValueError("frames are not in their order")
        return FrameTable(
            pts=pts,
            key_indices=keys,
            time_base=Fraction(*self.time_base),
            last_duration=self.last_duration,
            has_own_pts=self.has_own_pts,
            sizes=self.sizes,
            orientation=self.orientation,
            is_damaged=self.is_damaged,
            restarts=tuple(Fraction(*each) for each in self.restarts),
            waypoints=None if self.wound_by is None else Waypoints(wound[0], self.wound_by, wound[1]),
        )


def _place_of(path: Path) -> Path | None:
    """Return where the list of a project's video is kept; None for other videos."""
    named = os.environ.get(FRAME_TABLES_VARIABLE)
    if not named:
        return None
    # Its project folder lies two above the lists, and may be moved with them.
    project = Path(named).parents[1]
    if not path.is_relative_to(project):
        return None
    return Path(named) / hashlib.sha256(os.fsencode(path.relative_to(project))).hexdigest()[:16]


def _sign_of(facts: os.stat_result) -> tuple[int, int, int]:
    return VERSION, facts.st_size, facts.st_mtime_ns
