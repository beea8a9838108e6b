"""Whose face each picture of a face set shows, read without what the engine needs to read the rest."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from engine.safe_open import leads_out

_DATABASE = "faces.sqlite"
_PATIENCE_SECONDS = 5.0


def persons_by_picture(face_set: Path) -> dict[str, int]:
    """Return the number of the person for each picture's name; nothing where that cannot be read.

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
            rows = connection.execute("SELECT picture, person FROM faces JOIN tracks USING (track)")
            return {name: number for name, number in rows if isinstance(name, str) and isinstance(number, int)}
    except sqlite3.Error:
        return {}
