"""Read and check files of a project folder such that neither a link nor a second name of a file leads out of it.

*Symbolic links* may point anywhere inside the folder, and nowhere else. A path is resolved and checked first; then it
is opened without following a link in its place, and the file that was really opened is checked again. So a link that is
swapped in between the two checks is noticed, whenever that happens.

*Hard links* are further names of a file and lead nowhere: there is no "outside" to be seen in them. What they can do is
show a stranger's folder what the stranger may not read (on systems that let anybody link to anybody's files), and pass
on what is written in place. So a file with several names counts only where it belongs to whoever the folder belongs to:
that person could as well have copied it. `understudio new` makes such links, of a person's own files only. Nothing is
written in place of a file that a folder came with: all is written under a new name and renamed.

The stages hold their whole process to the folder besides (`engine.process.sandbox`), in what it writes and in what it
reads.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MOST_BYTES = 16 << 20
"""Largest size of a settings, status or report file; the largest that is written has a few hundred kilobytes."""


def real(path: Path) -> Path:
    """Return where a path leads; other than `Path.resolve`, also for a link that leads to itself."""
    return Path(os.path.realpath(path))


def leads_out(path: Path, folder: Path) -> bool:
    """Return whether a path, links followed, leads out of a folder."""
    return not real(path).is_relative_to(real(folder))


def is_strangers(facts: os.stat_result, owner: int) -> bool:
    """Return whether a file has several names and belongs to somebody else than `owner`, a user's number."""
    return stat.S_ISREG(facts.st_mode) and facts.st_nlink > 1 and facts.st_uid != owner


def open_inside(folder: Path, path: Path) -> int:
    """Open a file of a folder for reading and return its descriptor, which the caller closes.

    Raises:
        OSError: It is absent, no ordinary file, or not really inside.
    """
    root, place = real(folder), real(path)
    if not place.is_relative_to(root):
        raise OSError(errno.EXDEV, "it leads out of the folder", str(path))
    # A pipe in the place of a file would have us wait for ever.
    handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file", str(path))
        if is_strangers(facts, root.stat().st_uid):
            raise OSError(errno.EPERM, "it is a hard link to somebody else's file", str(path))
        if not Path(f"/proc/self/fd/{handle}").readlink().is_relative_to(root):
            raise OSError(errno.EXDEV, "it leads out of the folder", str(path))
    except OSError:
        os.close(handle)
        raise
    return handle


def read_inside(folder: Path, path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the content of a small file of a folder.

    Raises:
        OSError: As `open_inside`; also where it is larger than `most_bytes`.
    """
    with os.fdopen(open_inside(folder, path), "rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, "it is far too large", str(path))
    return content
