"""Try out what the disk of a workspace can do: network drives lack one thing or another, and say so only when asked."""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.errors import AccessRefused, UnderstudioError
from engine.files import atomic
from engine.files.refusal import CHANGE, refused_use
from engine.host.mounts import mount_of
from engine.project.lock_trial import try_locks

_PLACE = ".disk-trial"
"""Where a stage tries the disk: one place, so that what is left in it is found again."""


@dataclass(frozen=True)
class Trial:
    """One thing that was tried."""

    what: str
    without: str
    """What follows where it does not work; empty where nothing works without it."""
    problem: str
    """Why it does not work; empty where it does."""


def try_disk(folder: Path) -> Iterator[Trial]:
    """Try in a folder of its own in `folder`, which is removed again.

    Raises:
        AccessRefused: Nothing may be made there.
    """
    if (refusal := refused_use(folder, CHANGE)) is not None:
        raise refusal
    with atomic.translated_disk_errors(folder):
        place = tempfile.TemporaryDirectory(prefix=".understudio-trial-", dir=folder, ignore_cleanup_errors=True)
    with place as name:
        tried = Path(name)
        yield Trial("writing and renaming", "", _problem(lambda: _write(tried)))
        yield Trial("locks", "", _problem(lambda: try_locks(tried)))
        yield Trial("databases", "", _problem(lambda: _database(tried)))
        yield Trial("hard links", "media are copied, which takes their room twice", _problem(lambda: _link(tried)))
        yield Trial("rights", "the drive decides who may read the faces", _problem(lambda: _restrict(tried)))
        yield Trial("flushing of folders", "a power cut may cost some more work", _problem(lambda: _flush(tried)))


def require_disk(folder: Path) -> None:
    """Refuse a disk on which no stage would come to its end, before any begins; locks are tried by who takes them.

    Args:
        folder: Something is written here for a moment; what one who was killed at that left behind goes, too.

    Raises:
        AccessRefused: Nothing can be written here, or the disk lacks what nothing works without.
    """
    place = folder / _PLACE
    shutil.rmtree(place, ignore_errors=True)
    with atomic.translated_disk_errors(folder):
        place.mkdir(exist_ok=True)
    try:
        for what, attempt in (("writing and renaming", _write), ("databases", _database)):
            if problem := _problem(partial(attempt, place)):
                words = mount_of(folder).words
                raise AccessRefused(
                    f"{words[0].upper()}{words[1:]} does not allow what work needs, {what}: {problem}.",
                    f"`understudio doctor {shlex.quote(str(folder.parent))}` tries all of it out. Have it mounted in "
                    "another way, or move the project to a disk of this machine. Nothing is lost.",
                )
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _problem(attempt: Callable[[], None]) -> str:
    try:
        attempt()
    except UnderstudioError as error:
        return f"{error.title} {error.hint}"
    except (OSError, sqlite3.Error) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""


def _write(place: Path) -> None:
    for content in ("old", "new"):
        atomic.write_text(place / "file", content)


def _database(place: Path) -> None:
    with closing(sqlite3.connect(place / "faces.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE tried (number INTEGER)")


def _link(place: Path) -> None:
    (place / "one").touch()
    (place / "other").hardlink_to(place / "one")


def _restrict(place: Path) -> None:
    os.chmod(place, 0o700)
    if place.stat().st_mode & 0o077:
        raise OSError(0, "modes are not kept")


def _flush(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
