"""The pictures of a face set, and throwing them out with a way back. Touches files: call from a worker."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import ProjectError
from engine.project.folder import FACE_PICTURES, ProjectFolder
from engine.project.persons import read_persons
from engine.records.face_names import NamedFace, faces_by_picture
from engine.role import Role

_REMOVED = "removed"

UNKNOWN = 0
"""Stands for the number of a person where faces are not told apart yet."""


@dataclass(frozen=True)
class FacesFound:
    """The pictures of a face set, by the number of the person."""

    chosen: int = UNKNOWN
    """Whose faces are learnt."""
    by_person: dict[int, list[Path]] = field(default_factory=dict)
    named: dict[str, NamedFace] = field(default_factory=dict)
    """What is known of each, by the picture's name."""

    @property
    def persons(self) -> list[int]:
        """The numbers of all who have a picture, the chosen one first."""
        return [self.chosen, *sorted(self.by_person.keys() - {self.chosen})]


def faces_found(folder: ProjectFolder, role: Role) -> FacesFound:
    """Return the pictures of one face set, and whose are learnt."""
    face_set = folder.faces_of(role)
    named = faces_by_picture(face_set)
    by_person: dict[int, list[Path]] = {}
    for picture in list_faces(face_set):
        number = named[picture.name].person if picture.name in named else UNKNOWN
        by_person.setdefault(number, []).append(picture)
    return FacesFound(_chosen(folder, role, by_person.keys() - {UNKNOWN}), by_person, named)


def _chosen(folder: ProjectFolder, role: Role, present: Iterable[int]) -> int:
    """Return whose faces are learnt: whoever the project names, else whoever weighs most of those present."""
    numbers = sorted(present)
    try:
        wanted = folder.load().person_of(role) if folder.project_file.exists() else None
    except ProjectError:
        wanted = None
    if wanted is not None:
        return wanted
    weights = {person.number: person.weight for person in read_persons(folder, role).persons}
    return max(numbers, key=lambda number: (weights.get(number, 0.0), -number), default=UNKNOWN)


def list_faces(face_set: Path) -> list[Path]:
    """Return the pictures of a face set by name, which is the order of the film."""
    try:
        with os.scandir(face_set / FACE_PICTURES) as entries:
            own = (entry for entry in entries if not entry.name.startswith(".") and not entry.is_symlink())
            return sorted(Path(entry.path) for entry in own)
    except FileNotFoundError:
        return []


def throw_out(picture: Path) -> Path:
    """Take a picture out of the face set, and return where it is kept until the set is deleted."""
    kept = picture.parent.parent / _REMOVED / picture.name
    kept.parent.mkdir(exist_ok=True)
    picture.replace(kept)
    return kept


def put_back(kept: Path) -> Path:
    """Undo `throw_out`, and return where the picture lies again."""
    picture = kept.parent.parent / FACE_PICTURES / kept.name
    kept.replace(picture)
    return picture
