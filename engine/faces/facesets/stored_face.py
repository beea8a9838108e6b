"""A face as it is stored in a face set, and as a chunk brings it there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.arrays import Landmarks
from engine.faces.face_quality import FaceQuality
from engine.records.finder import Finder


@dataclass(frozen=True, eq=False, kw_only=True)
class NewFace(FaceQuality):
    """A face as a chunk brings it: measured, its picture encoded, not yet in a set."""

    frame_index: int
    track: int
    """Holds inside the chunk only."""
    landmarks: Landmarks
    """(468, 3) in frame pixels."""
    presence: float
    """As `Face.presence`."""
    picture_name: str
    picture: bytes
    """The aligned picture, encoded as JPEG."""
    finder: Finder = Finder.HOG
    """Who found the face, or an earlier one of its track."""


@dataclass(frozen=True, eq=False)
class NewChunk:
    """All faces of some neighbouring frames of one file, or of one photo."""

    media: str
    """Path relative to the project folder."""
    start: int
    """First frame."""
    faces: tuple[NewFace, ...]
    recipe: str
    """Digest of what the file's faces are made from: where it differs, they have to be extracted again."""
    tracks: Mapping[int, int] = field(default_factory=dict)
    """Number inside this chunk to number in the set, of tracks that go on from the chunk before."""
    frame_wh: tuple[int, int] | None = None
    """Width and height of its frames in pixels; None where none was read."""
    problem: str = ""
    """Why these frames could not be read; empty where they could."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FaceMeasures(FaceQuality):
    """A face in a set, without its landmarks: light enough to hold those of hours of video at once."""

    face_id: int
    media: str
    """Path relative to the project folder."""
    frame_index: int
    """Counted from 0; 0 for a photo."""
    track: int
    person: int
    """Number of the person in the set, from 1; 0 before faces are assigned to persons."""
    presence: float
    """As `Face.presence`."""
    rejected: str
    """Why the face is kept out of training; empty where it is used."""
    picture: Path
    """The aligned picture, `align.STORED_SIZE` pixels square."""
    finder: Finder = Finder.HOG
    """Who found the face, or an earlier one of its track."""


@dataclass(frozen=True, eq=False, kw_only=True)
class StoredFace(FaceMeasures):
    """A face in a set."""

    landmarks: Landmarks
    """(468, 3) in frame pixels."""
