"""The rows of a face set: the tables, and the statements that read and write them, for the stores of a face set."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Descriptor, Landmarks
from engine.faces.facesets.stored_face import FaceMeasures, NewChunk, StoredFace
from engine.records.finder import Finder

_TABLES = """
CREATE TABLE IF NOT EXISTS media (media TEXT PRIMARY KEY, recipe TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS chunks (media TEXT, start INTEGER, PRIMARY KEY (media, start));
CREATE TABLE IF NOT EXISTS skipped (media TEXT PRIMARY KEY, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tracks (
    track INTEGER PRIMARY KEY, media TEXT NOT NULL, person INTEGER NOT NULL DEFAULT 0, descriptor BLOB
);
CREATE TABLE IF NOT EXISTS finders (track INTEGER PRIMARY KEY, finder TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS faces (
    face_id INTEGER PRIMARY KEY, media TEXT NOT NULL, frame_index INTEGER NOT NULL, track INTEGER NOT NULL,
    landmarks BLOB NOT NULL, presence REAL NOT NULL, sharpness REAL NOT NULL, brightness REAL NOT NULL,
    yaw REAL NOT NULL, pitch REAL NOT NULL, roll REAL NOT NULL, width_px REAL NOT NULL,
    is_plausible INTEGER NOT NULL, rejected TEXT NOT NULL DEFAULT '', picture TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS expressions (
    face_id INTEGER PRIMARY KEY, points BLOB NOT NULL, coefficients BLOB NOT NULL, presence REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS frame_sizes (media TEXT PRIMARY KEY, width INTEGER NOT NULL, height INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS faces_by_frame ON faces (media, frame_index);
"""


@dataclass(frozen=True)
class Query:
    """Which faces are wanted; None means all."""

    person: int | None = None
    media: str | None = None
    frames: tuple[int, int] | None = None
    """First frame, and the one after the last."""
    usable_only: bool = False


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database, with its tables, such that a commit is on the disk when it returns; closes it."""
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        # The file may come from a stranger: what its tables say is data, and nothing in them is run.
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_TABLES)
        yield connection


def insert_chunk(connection: sqlite3.Connection, chunk: NewChunk) -> None:
    """Add the rows of a chunk, giving its tracks numbers of the set."""
    numbers = dict(chunk.tracks)
    for local in sorted({face.track for face in chunk.faces} - numbers.keys()):
        cursor = connection.execute("INSERT INTO tracks (media) VALUES (?)", (chunk.media,))
        numbers[local] = int(cursor.lastrowid or 0)
    connection.executemany(
        "INSERT OR IGNORE INTO finders VALUES (?, ?)",
        {numbers[face.track]: face.finder.value for face in chunk.faces}.items(),
    )
    connection.executemany(
        "INSERT INTO faces (media, frame_index, track, landmarks, presence, sharpness, brightness, yaw, pitch, roll,"
        " width_px, is_plausible, picture) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *(chunk.media, face.frame_index, numbers[face.track], face.landmarks.astype("<f4").tobytes()),
                *(face.presence, face.sharpness, face.brightness, face.yaw, face.pitch, face.roll),
                *(face.width_px, face.is_plausible, face.picture_name),
            )
            for face in chunk.faces
        ),
    )
    connection.execute("INSERT INTO chunks VALUES (?, ?)", (chunk.media, chunk.start))
    connection.execute("INSERT OR REPLACE INTO media VALUES (?, ?)", (chunk.media, chunk.recipe))
    if chunk.frame_wh is not None:
        connection.execute("INSERT OR REPLACE INTO frame_sizes VALUES (?, ?, ?)", (chunk.media, *chunk.frame_wh))
    if chunk.problem:
        insert_skipped(connection, chunk.media, chunk.problem)


def select_measures(connection: sqlite3.Connection, pictures: Path, query: Query) -> list[FaceMeasures]:
    """Return faces without landmarks, ordered by media, frame, and the order in which they were added."""
    return [FaceMeasures(**_measures(row, pictures)) for row in _select(connection, query, _COLUMNS)]


def select_faces(connection: sqlite3.Connection, pictures: Path, query: Query) -> list[StoredFace]:
    """Return faces, ordered by media, frame, and the order in which they were added."""
    return [
        StoredFace(**_measures(row, pictures), landmarks=_landmarks(row[-1]))
        for row in _select(connection, query, (*_COLUMNS, "landmarks"))
    ]


# Named as the fields of FaceMeasures are.
_COLUMNS = tuple(each.name for each in fields(FaceMeasures))


def _measures(row: tuple[Any, ...], pictures: Path) -> dict[str, Any]:
    values = dict(zip(_COLUMNS, row, strict=False))
    for name in _NUMBERS:
        if not isinstance(values[name], int | float):
            raise TypeError(f"{name} is no number")
    name = values["picture"]
    if not isinstance(name, str) or Path(name).name != name:
        raise ValueError("a picture lies outside of the face set")
    is_plausible, finder = bool(values["is_plausible"]), Finder(values["finder"])
    return values | {"picture": pictures / name, "is_plausible": is_plausible, "finder": finder}


_NUMBERS = [each.name for each in fields(FaceMeasures) if each.type in ("int", "float", "bool")]

# Face sets of version 0.1.0 do not say who found a track; there was one finder.
_SELECTED_AS = {"media": "faces.media", "finder": f"COALESCE(finder, '{Finder.HOG.value}')"}


def _select(connection: sqlite3.Connection, query: Query, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    names = ", ".join(_SELECTED_AS.get(name, name) for name in columns)
    where, values = _conditions(query)
    return connection.execute(
        f"SELECT {names} FROM faces JOIN tracks USING (track) LEFT JOIN finders USING (track){where}"
        " ORDER BY faces.media, frame_index, face_id",
        values,
    )


def _conditions(query: Query) -> tuple[str, list[int | str]]:
    """Return the WHERE clause of just what is asked for, so that an index serves it, and its values."""
    first, after = query.frames or (None, None)
    wanted = {
        "person = ?": query.person,
        "faces.media = ?": query.media,
        "frame_index >= ?": first,
        "frame_index < ?": after,
        "rejected = ?": "" if query.usable_only else None,
    }
    asked = {condition: value for condition, value in wanted.items() if value is not None}
    return (" WHERE " + " AND ".join(asked) if asked else ""), list(asked.values())


def array_of(blob: bytes) -> NDArray[np.float32]:
    """Return the float32 array in a blob; a value that is no number raises a ValueError."""
    array = np.frombuffer(blob, "<f4").astype(np.float32)
    if not np.isfinite(array).all():
        raise ValueError("some values are not numbers")
    return array


def _landmarks(blob: bytes) -> Landmarks:
    return array_of(blob).reshape(_POINTS, 3)


_POINTS = 468
_DESCRIPTOR_LENGTH = 128


def select_descriptors(connection: sqlite3.Connection, person: int | None) -> list[tuple[int, Descriptor]]:
    """Return track and descriptor of the tracks that have one, of one person or of all."""
    of_person, values = ("", []) if person is None else (" AND person = ?", [person])
    found = connection.execute(
        f"SELECT track, descriptor FROM tracks WHERE descriptor IS NOT NULL{of_person} ORDER BY track", values
    )
    return [(track, array_of(blob).reshape(_DESCRIPTOR_LENGTH)) for track, blob in found]


def select_landmarks(connection: sqlite3.Connection, face_ids: Sequence[int]) -> dict[int, Landmarks]:
    """Return the landmarks of some faces by their ids."""
    statement = "SELECT landmarks FROM faces WHERE face_id = ?"
    found = {face_id: connection.execute(statement, (face_id,)).fetchone() for face_id in face_ids}
    return {face_id: _landmarks(row[0]) for face_id, row in found.items() if row}


def select_skipped(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return name and reason of the files that could not be used."""
    return list(connection.execute("SELECT media, reason FROM skipped ORDER BY media"))


def select_chunks(connection: sqlite3.Connection, media: str) -> set[int]:
    """Return the first frames of the chunks of a file that are there."""
    return {start for (start,) in connection.execute("SELECT start FROM chunks WHERE media = ?", (media,))}


def select_recipes(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the recipe of each file that was begun."""
    return dict(connection.execute("SELECT media, recipe FROM media"))


def select_frame_sizes(connection: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """Return width and height of the frames of each file of which they are known."""
    found = connection.execute("SELECT media, width, height FROM frame_sizes")
    return {media: (int(width), int(height)) for media, width, height in found}


def insert_skipped(connection: sqlite3.Connection, media: str, reason: str) -> None:
    """Note that a file could not be used."""
    connection.execute("INSERT OR REPLACE INTO skipped VALUES (?, ?)", (media, reason))


def delete_media(connection: sqlite3.Connection, media: str) -> None:
    """Remove every row that came from a file."""
    for statement in (
        # Before its face: ids of faces are given again.
        "DELETE FROM expressions WHERE face_id IN (SELECT face_id FROM faces WHERE media = ?)",
        "DELETE FROM faces WHERE media = ?",
        "DELETE FROM finders WHERE track IN (SELECT track FROM tracks WHERE media = ?)",
        "DELETE FROM tracks WHERE media = ?",
        "DELETE FROM chunks WHERE media = ?",
        "DELETE FROM skipped WHERE media = ?",
        "DELETE FROM frame_sizes WHERE media = ?",
        "DELETE FROM media WHERE media = ?",
    ):
        connection.execute(statement, (media,))


def update_identities(
    connection: sqlite3.Connection, descriptors: Mapping[int, Descriptor], persons: Mapping[int, int]
) -> None:
    """Store descriptors and person numbers of tracks."""
    connection.executemany(
        "UPDATE tracks SET descriptor = ? WHERE track = ?",
        ((descriptor.astype("<f4").tobytes(), track) for track, descriptor in descriptors.items()),
    )
    connection.executemany(
        "UPDATE tracks SET person = ? WHERE track = ?", ((person, track) for track, person in persons.items())
    )


def update_rejected(connection: sqlite3.Connection, reasons: Mapping[int, str]) -> None:
    """Store why faces are kept out of training."""
    connection.execute("UPDATE faces SET rejected = ''")
    connection.executemany(
        "UPDATE faces SET rejected = ? WHERE face_id = ?", ((reason, face) for face, reason in reasons.items())
    )
