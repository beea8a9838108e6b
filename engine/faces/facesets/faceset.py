"""A face set: a folder of aligned pictures and one SQLite file with a row a face.

Pictures may be looked at and deleted by a person; a row counts only where its picture exists. Rows come in chunks: the
pictures of a chunk are renamed in and flushed first, then its rows are committed in one transaction, so whatever moment
the power fails, a chunk is there whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.arrays import Descriptor, Landmarks
from engine.errors import WrongPerson
from engine.faces.facesets import rows
from engine.faces.facesets.access import reading, writing
from engine.faces.facesets.rows import Query
from engine.faces.facesets.stored_face import FaceMeasures, NewChunk, StoredFace
from engine.files import atomic
from engine.host.machine import process_mark
from engine.project.folder import FACE_PICTURES

DATABASE = "faces.sqlite"

_NAMED = 9

_ASKED_SINGLY = 2000
"""Pictures that are asked for one by one; of more, all that are there are listed, be they a hundred thousand."""


@dataclass(frozen=True, eq=False)
class PersonSummary:
    """Who appears in a face set."""

    number: int
    """From 1."""
    faces: int
    """Faces whose pictures exist."""
    tracks: int
    """Shots and photos in which the person was seen."""
    picture: Path
    """The sharpest picture of the person."""
    descriptor: Descriptor
    """(128,) mean over the person's tracks."""


@dataclass(frozen=True)
class Skipped:
    """A file that could not be used, or only in part."""

    media: str
    """Path relative to the project folder."""
    reason: str
    """One sentence."""


class FaceSet:
    """Read and add to one person's (or rather one side's) faces. Not to be shared between threads."""

    def __init__(self, folder: Path) -> None:
        """Open the face set in `folder`; nothing is created before the first write."""
        self.folder = folder
        self.pictures = folder / FACE_PICTURES

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / DATABASE

    def append(self, chunks: Sequence[NewChunk]) -> None:
        """Add chunks of faces: all their pictures first, then their rows in one transaction.

        Raises:
            OutOfDisk: There was no room; none of these chunks is there, all earlier ones are.
        """
        self.pictures.mkdir(parents=True, exist_ok=True)
        with atomic.translated_disk_errors(self.database):
            for face in (face for chunk in chunks for face in chunk.faces):
                self._put_picture(face.picture_name, face.picture)
            _flush_folder(self.pictures)
        with writing(self.database) as connection:
            for chunk in chunks:
                rows.insert_chunk(connection, chunk)

    def faces(
        self,
        person: int | None = None,
        media: str | None = None,
        *,
        frames: tuple[int, int] | None = None,
        usable_only: bool = False,
    ) -> list[StoredFace]:
        """Return faces whose pictures exist, ordered by media, frame, and place in the frame.

        A face takes 6 kB of memory: for a long video ask piece by piece with `frames`.

        Args:
            person: Only this person's; None for everybody's.
            media: Only those from this file, relative to the project folder.
            frames: Only those from the first of these frames up to, not including, the second.
            usable_only: Leave out those that are kept out of training.
        """
        if not self.database.exists():
            return []
        with reading(self.database) as connection:
            found = rows.select_faces(connection, self.pictures, Query(person, media, frames, usable_only))
        is_present = self._presence(len(found))
        return [face for face in found if is_present(face.picture)]

    def measures(self, person: int | None = None, *, usable_only: bool = False) -> list[FaceMeasures]:
        """Return faces whose pictures exist, in the same order, without their landmarks."""
        if not self.database.exists():
            return []
        with reading(self.database) as connection:
            found = rows.select_measures(connection, self.pictures, Query(person, usable_only=usable_only))
        is_present = self._presence(len(found))
        return [face for face in found if is_present(face.picture)]

    def deleted(self, media: str) -> list[FaceMeasures]:
        """Return the faces of one file whose pictures a person has deleted."""
        if not self.database.exists():
            return []
        with reading(self.database) as connection:
            found = rows.select_measures(connection, self.pictures, Query(media=media))
        is_present = self._presence(len(found))
        return [face for face in found if not is_present(face.picture)]

    def persons(self) -> list[PersonSummary]:
        """Return who was seen, by their numbers."""
        by_person: dict[int, list[FaceMeasures]] = {}
        for face in self.measures():
            if face.person:
                by_person.setdefault(face.person, []).append(face)
        return [self._summary(number, by_person[number]) for number in sorted(by_person)]

    def descriptor_of(self, person: int) -> Descriptor:
        """Return the (128,) mean descriptor over a person's tracks.

        Raises:
            WrongPerson: Nobody has that number.
        """
        found = []
        if self.database.exists():
            with reading(self.database) as connection:
                found = rows.select_descriptors(connection, person)
        if not found:
            raise _wrong_person(person, self.person_numbers())
        mean: Descriptor = np.mean([descriptor for _, descriptor in found], axis=0, dtype=np.float32)
        return mean

    def person_numbers(self) -> list[int]:
        """Return the numbers of all persons with at least one picture."""
        return sorted({face.person for face in self.measures() if face.person})

    def chosen_person(self, wanted: int | None) -> int:
        """Return the number of the person that a setting means: the first one where it says nothing.

        Raises:
            WrongPerson: Nobody has the number that the setting gives.
        """
        numbers = self.person_numbers()
        if wanted is None:
            return numbers[0] if numbers else 1
        if wanted not in numbers:
            raise _wrong_person(wanted, numbers)
        return wanted

    def skipped(self) -> list[Skipped]:
        """Return the files that could not be used, each with a sentence why."""
        if not self.database.exists():
            return []
        with reading(self.database) as connection:
            return [Skipped(media, reason) for media, reason in rows.select_skipped(connection)]

    def done_chunks(self, media: str) -> set[int]:
        """Return the first frames of the chunks of a file that are in the set."""
        if not self.database.exists():
            return set()
        with reading(self.database) as connection:
            return rows.select_chunks(connection, media)

    def recipes(self) -> dict[str, str]:
        """Return the recipe of each file that was begun."""
        if not self.database.exists():
            return {}
        with reading(self.database) as connection:
            return rows.select_recipes(connection)

    def skip_media(self, media: str, reason: str) -> None:
        """Note that a file cannot be used; faces found in it so far stay."""
        with writing(self.database) as connection:
            rows.insert_skipped(connection, media, reason)

    def forget_media(self, media: str) -> None:
        """Remove everything that came from a file: rows first, since rows without pictures count for nothing."""
        with reading(self.database) as connection:
            names = [face.picture.name for face in rows.select_measures(connection, self.pictures, Query(media=media))]
        with writing(self.database) as connection:
            rows.delete_media(connection, media)
        for name in names:
            (self.pictures / name).unlink(missing_ok=True)

    def set_identities(self, descriptors: Mapping[int, Descriptor], persons: Mapping[int, int]) -> None:
        """Store who is who: a descriptor and a person number for each track."""
        with writing(self.database) as connection:
            rows.update_identities(connection, descriptors, persons)

    def set_rejected(self, reasons: Mapping[int, str]) -> None:
        """Store, by face id, why faces are kept out of training; faces not named become usable."""
        with writing(self.database) as connection:
            rows.update_rejected(connection, reasons)

    def descriptors(self) -> dict[int, Descriptor]:
        """Return the stored descriptor of each track that has one."""
        if not self.database.exists():
            return {}
        with reading(self.database) as connection:
            return dict(rows.select_descriptors(connection, None))

    def frame_sizes(self) -> dict[str, tuple[int, int]]:
        """Return width and height in pixels of the frames of each file; earlier versions did not store them."""
        if not self.database.exists():
            return {}
        with reading(self.database) as connection:
            return rows.select_frame_sizes(connection)

    def landmarks_of(self, face_ids: Sequence[int]) -> dict[int, Landmarks]:
        """Return the landmarks of some faces by their ids."""
        with reading(self.database) as connection:
            return rows.select_landmarks(connection, face_ids)

    def with_landmarks(self, faces: Sequence[FaceMeasures]) -> list[StoredFace]:
        """Return some faces of the set with their landmarks."""
        landmarks = self.landmarks_of([face.face_id for face in faces])
        return [StoredFace(**vars(face), landmarks=landmarks[face.face_id]) for face in faces]

    def faces_at(self, media: str, frame_index: int) -> list[StoredFace]:
        """Return the faces of one frame, those with deleted pictures included: a track goes on without them."""
        with reading(self.database) as connection:
            query = Query(media=media, frames=(frame_index, frame_index + 1))
            return rows.select_faces(connection, self.pictures, query)

    def _summary(self, number: int, faces: Sequence[FaceMeasures]) -> PersonSummary:
        best = max(faces, key=lambda face: (not face.rejected, face.sharpness))
        tracks = len({face.track for face in faces})
        return PersonSummary(number, len(faces), tracks, best.picture, self.descriptor_of(number))

    def _put_picture(self, name: str, content: bytes) -> None:
        path = self.pictures / name
        partial = path.with_name(f".{name}{atomic.PARTIAL}{process_mark()}")
        partial.write_bytes(content)
        partial.replace(path)

    def _presence(self, count: int) -> Callable[[Path], bool]:
        """Return what tells whether a picture is there, in the quickest way for so many of them."""
        if count <= _ASKED_SINGLY:
            return Path.exists
        names = self._names()
        return lambda picture: picture.name in names

    def _names(self) -> set[str]:
        if not self.pictures.is_dir():
            return set()
        with os.scandir(self.pictures) as entries:
            return {entry.name for entry in entries}


def _flush_folder(folder: Path) -> None:
    """Have the system put everything written to this disk on it: one call instead of one a picture."""
    os.sync()
    atomic.flush(folder)


def _wrong_person(wanted: int, numbers: Sequence[int]) -> WrongPerson:
    match len(numbers):
        case 0:
            seen = "nobody was seen"
        case 1:
            seen = f"only person {numbers[0]} was seen"
        case count:
            seen = f"{count} persons were seen: {', '.join(map(str, numbers[:_NAMED]))}{' …' * (count > _NAMED)}"
    return WrongPerson(
        f"The project asks for person {wanted}, but {seen}.",
        "Choose another one: o in the wizard, or `person` in project.toml. Nothing is lost.",
    )
