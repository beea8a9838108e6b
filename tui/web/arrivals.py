"""Where files lie of which a part came: each in a folder of its own, whose name says which file it is.

All of them lie in a folder of the kind that rsync makes for such files: the daemon waits for what is in there, and
nobody takes a part of a file for the whole. Every function touches files: call from a worker.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ProjectError
from engine.files.private_folder import make_private
from engine.files.safe_open import leads_out
from engine.project.folder import ProjectFolder
from engine.role import Role

_ASIDE = ".~tmp~"
LOOKED_AT = "look-"
"""Begins the name of a folder in which the first bytes of a file are looked at."""
_MARK = re.compile(r"[0-9a-f]{32}")
_COMING = re.compile(r"upload-([0-9a-f]{32})-([0-9]{1,18})")
_LEFT_BEHIND_SECONDS = 3 * 86400.0
"""What has not grown for this long nobody will go on with."""


@dataclass(frozen=True)
class Arrival:
    """A file on its way in."""

    name: str
    """Under which it lies while it comes: a safe one."""
    size: int
    """Bytes in all."""
    mark: str
    """Tells it from other files of that name and size."""

    def place(self, aside: Path) -> Path:
        """Return where it lies while it comes."""
        return aside / f"upload-{self.mark}-{self.size}" / self.name

    def here(self, aside: Path) -> int:
        """Return how many bytes of it are here.

        One that has become part of the project already, by a second name, is not to be written to any more.
        """
        place = self.place(aside)
        try:
            facts = place.lstat()
        except FileNotFoundError:
            return 0
        if facts.st_nlink > 1:
            self.drop(aside)
            return 0
        return facts.st_size

    def write(self, aside: Path, at: int, piece: bytes) -> None:
        """Write a piece of it, on to the disk.

        Raises:
            OSError: The disk is full, or says no.
        """
        place = self.place(aside)
        make_private(place.parent)
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        with os.fdopen(handle, "wb") as file:
            file.seek(at)
            file.write(piece)
            file.flush()
            os.fsync(handle)

    def drop(self, aside: Path) -> None:
        """Delete what is here of it."""
        shutil.rmtree(self.place(aside).parent, ignore_errors=True)


def mark_of(name: str, size: int, modified: str, head: bytes) -> str:
    """Return what tells a file from others: the same file, chosen again, has the same.

    Args:
        name: As it is called where it comes from.
        size: Its bytes.
        modified: When it was changed last, as its owner's machine says it.
        head: Its first bytes.
    """
    told = hashlib.sha256(f"{name}\0{size}\0{modified}\0".encode(errors="replace"))
    told.update(head)
    return told.hexdigest()[:32]


def is_mark(text: str) -> bool:
    """Return whether a text, which a stranger may have sent, is such a mark."""
    return _MARK.fullmatch(text) is not None


def aside_of(folder: ProjectFolder, role: Role) -> Path:
    """Return the folder in which files lie while they come in, made where it is not there.

    Raises:
        ProjectError: The project has parts that lie elsewhere.
    """
    folder.require_own()
    aside = folder.media_of(role) / _ASIDE
    make_private(aside, parents=True)
    if any(leads_out(path, folder.path) for path in (aside, *aside.iterdir())):
        raise ProjectError(
            f"{aside.relative_to(folder.path)} is a link that leads out of the project folder, or holds one.",
            "Delete the link, then try again. Nothing was changed.",
        )
    return aside


def clear_left_behind(aside: Path) -> None:
    """Delete what nobody went on with."""
    # In the time of the clock, as files have it.
    too_old = time.time() - _LEFT_BEHIND_SECONDS
    for own in aside.iterdir():
        is_ours = _COMING.fullmatch(own.name) or own.name.startswith(LOOKED_AT)
        if is_ours and max(path.lstat().st_mtime for path in (own, *own.iterdir())) < too_old:
            shutil.rmtree(own, ignore_errors=True)


def arrivals_of(folder: ProjectFolder, role: Role) -> Iterator[tuple[Arrival, int]]:
    """Yield the files of which a part is here, and how many bytes of each."""
    for place in sorted((folder.media_of(role) / _ASIDE).glob("upload-*/*")):
        if (told := _COMING.fullmatch(place.parent.name)) and not leads_out(place, folder.path):
            yield Arrival(place.name, int(told[2]), told[1]), place.stat().st_size
