"""Opening the database of a face set, with SQLite's errors translated. Only the stores of a face set use this."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.faces.facesets import rows
from engine.faces.facesets.sqlite_errors import translated_damage, translated_full
from engine.files import atomic


@contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    """Open a database to read from it.

    Raises:
        ProjectError: It is damaged.
    """
    with translated_damage(database), rows.opened(database) as connection:
        yield connection


@contextmanager
def writing(database: Path) -> Iterator[sqlite3.Connection]:
    """Open a database, made where it is absent, and commit in the end what was written.

    Raises:
        OutOfDisk: There was no room; nothing was written.
        ProjectError: It is damaged.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    with (
        atomic.translated_disk_errors(database),
        translated_full(database),
        translated_damage(database),
        rows.opened(database) as connection,
        connection,
    ):
        yield connection
