"""SQLite's errors as errors of this program. Only `access` uses this."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import ProjectError

# A busy file, a full or failing disk, a row refused: the file itself may be in order.
_NO_DAMAGE = frozenset(
    [
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR),
        *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CONSTRAINT),
    ]
)


# The file ends too early, or the disk does not give it back.
_UNREADABLE = frozenset([sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_READ])


@contextmanager
def translated_damage(path: Path) -> Iterator[None]:
    """Recognise a file that is not a face set, or no longer one.

    Raises:
        ProjectError: It is damaged.
    """
    try:
        yield
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        code = getattr(error, "sqlite_errorcode", None) or 0
        if code & 0xFF in _NO_DAMAGE and code not in _UNREADABLE:
            raise
        raise ProjectError(
            f"The faces found in {path.parent.name} are damaged and cannot be read.",
            f"Delete the folder work/{path.parent.name} and start again: the faces are found again. "
            "Nothing else is lost.",
        ) from error


@contextmanager
def translated_full(path: Path) -> Iterator[None]:
    """Turn SQLite's error for a full disk into the system's."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_FULL:
            raise
        raise OSError(errno.ENOSPC, "no room for the face set", str(path)) from error
