"""What a video shows a face doing and another person's pictures do not: what to add before training begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

FEWEST_COMPARED = 8
"""Faces of either person from which it can be said what one of them never does."""

_LEAST_SHARE = 0.03
"""Share of the video's faces that must do something before it is said to be lacking."""
_REST = 0.05
"""Share of a person's faces that do less of something than that person does at rest."""
_TURN = 12.0
"""Turn of a head that one notices, in degrees."""
_GAZE = 0.25
"""The same of a gaze, as expressions are read."""


class CountedFrom(StrEnum):
    """What a motion is counted from: people differ in how they hold their heads and brows when they do nothing."""

    ZERO = "zero"
    REST = "rest"
    MEDIAN = "median"


class Motion(StrEnum):
    """What a face may do more or less of."""

    words: str
    """What the face does more of, as a clause."""
    noticed: float
    """How much more of it one notices: degrees of a head's turn, otherwise as expressions are read, 0..1."""
    counted_from: CountedFrom

    HEAD_LEFT = "head-left", "the head turns further to the left of the picture", _TURN
    HEAD_RIGHT = "head-right", "the head turns further to the right of the picture", _TURN
    HEAD_UP = "head-up", "the head is held further up", _TURN, CountedFrom.MEDIAN
    HEAD_DOWN = "head-down", "the head is held further down", _TURN, CountedFrom.MEDIAN
    GAZE_LEFT = "gaze-left", "the eyes look further to the left of the picture", _GAZE
    GAZE_RIGHT = "gaze-right", "the eyes look further to the right of the picture", _GAZE
    GAZE_UP = "gaze-up", "the eyes look further up", _GAZE
    GAZE_DOWN = "gaze-down", "the eyes look further down", _GAZE
    LIDS_CLOSED = "lids-closed", "the eyes are closed more", 0.3
    BROWS_RAISED = "brows-raised", "the brows are raised more", 0.3, CountedFrom.REST
    BROWS_KNIT = "brows-knit", "the brows are knit more", 0.3, CountedFrom.REST
    JAW_OPEN = "jaw-open", "the mouth is opened wider", 0.15
    SMILE = "smile", "there is more of a smile", 0.35, CountedFrom.REST
    PUCKER = "pucker", "the lips are pursed more", 0.35, CountedFrom.REST

    def __new__(cls, value: str, words: str, noticed: float, counted_from: CountedFrom = CountedFrom.ZERO) -> Self:
        """Make a member of its row in the table."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words, member.noticed, member.counted_from = words, noticed, counted_from
        return member


class FaceSeen(BaseModel):
    """What a face does in a photo or a frame."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    frame_index: int
    """0 for a photo."""
    person: int
    """Whose it is; 0 where it was not compared with others."""
    motions: dict[Motion, float]
    """How much of each: degrees of a head's turn, otherwise as expressions are read; below 0 it does the opposite."""


@dataclass(frozen=True)
class Lack:
    """What the video shows and no picture of the source does."""

    motion: Motion
    example: FaceSeen
    """The video's face that does it most."""
    share: float
    """Share of the video's faces that do it, 0..1."""

    @property
    def words(self) -> str:
        """One sentence."""
        where = f"frame {self.example.frame_index} of {self.example.path.name}"
        return f"In the video {self.motion.words} than in any picture of the source (see {where})."


def of_person(faces: Sequence[FaceSeen], number: int) -> list[FaceSeen]:
    """Return the faces of a person; where only one person was seen, those that were not compared as well."""
    are_several = any(face.person > 1 for face in faces)
    return [face for face in faces if face.person == number or not are_several]


def lacking(source: Sequence[FaceSeen], target: Sequence[FaceSeen]) -> list[Lack]:
    """Return what the target does and the source never does, what is seen most often first.

    Args:
        source: Faces of the source.
        target: Faces of the target. Of fewer than `FEWEST_COMPARED` of either nothing can be said.
    """
    if min(len(source), len(target)) < FEWEST_COMPARED:
        return []
    found = [lack for motion in Motion if (lack := _lack_of(motion, source, target)) is not None]
    return sorted(found, key=lambda lack: -lack.share)


def _lack_of(motion: Motion, source: Sequence[FaceSeen], target: Sequence[FaceSeen]) -> Lack | None:
    shown, wanted = ([face.motions[motion] for face in faces] for faces in (source, target))
    noticed = motion.noticed
    # More than what the source shows, and further from rest: somebody who always smiles has shown a smile.
    further = max(shown) - _start(motion, shown) + _start(motion, wanted)
    limit = max(further, max(shown))
    beyond = [at for at, amount in enumerate(wanted) if amount > limit + noticed]
    if len(beyond) < max(1.0, _LEAST_SHARE * len(target)):
        return None
    return Lack(motion, target[max(beyond, key=wanted.__getitem__)], len(beyond) / len(target))


def _start(motion: Motion, amounts: Sequence[float]) -> float:
    """Return what a motion is counted from in one person's faces."""
    ordered = sorted(amounts)
    match motion.counted_from:
        case CountedFrom.ZERO:
            return 0.0
        case CountedFrom.REST:
            return ordered[int(_REST * len(ordered))]
        case CountedFrom.MEDIAN:
            return ordered[len(ordered) // 2]
