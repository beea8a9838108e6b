"""Whose face each picture of a face set shows and who found it, read without what the engine needs to read the rest."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from engine.files.safe_open import leads_out
from engine.records.finder import Finder

_DATABASE = "faces.sqlite"
_PATIENCE_SECONDS = 5.0
_QUERY = "SELECT picture, person, finder FROM faces JOIN tracks USING (track) LEFT JOIN finders USING (track)"
_QUERY_OF_EARLIER = f"SELECT picture, person, '{Finder.HOG.value}' FROM faces JOIN tracks USING (track)"
"""Face sets of version 0.1.0 do not say who found a track; there was one finder."""


@dataclass(frozen=True)
class NamedFace:
    """What is known of the face on a picture."""

    person: int
    finder: Finder


def faces_by_picture(face_set: Path) -> dict[str, NamedFace]:
    """Return what is known of the face on each picture, by the picture's name; nothing where that cannot be read.

    Args:
        face_set: The folder of the face set; it may come from a stranger.
    """
    database = face_set / _DATABASE
    if not database.is_file() or leads_out(database, face_set):
        return {}
    try:
        with closing(
            sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=_PATIENCE_SECONDS)
        ) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            knows_finders = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'finders'").fetchone()
            rows = connection.execute(_QUERY if knows_finders else _QUERY_OF_EARLIER)
            return {
                name: NamedFace(number, Finder(finder) if finder in list(Finder) else Finder.HOG)
                for name, number, finder in rows
                if isinstance(name, str) and isinstance(number, int)
            }
    except sqlite3.Error:
        return {}
