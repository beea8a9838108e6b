"""Why the operating system refuses a file or a folder, in the words of whoever stands before it."""

from __future__ import annotations

import errno
import os
import pwd
from pathlib import Path

from engine.errors import AccessRefused
from engine.host.mounts import mount_of

USE = os.R_OK | os.X_OK
"""What looking into a folder takes."""
CHANGE = USE | os.W_OK
"""What working in a folder takes."""

_NOTHING_LOST = "Nothing is lost."


def refusal_of(error: OSError, place: Path | None = None) -> AccessRefused | None:
    """Return what is said of an error of the system, None where it says something else than no.

    Args:
        error: What was raised.
        place: What it is about; None takes what the error names.
    """
    if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
        return None
    named = Path(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else None
    path = place or named
    if path is None:
        return AccessRefused(f"The system refused it: {error.strerror}.", f"The log tells more. {_NOTHING_LOST}")
    return _read_only(path) if error.errno == errno.EROFS else refused(path)


def refused_use(path: Path, use: int) -> AccessRefused | None:
    """Return why a file or folder may not be used, None where it may, or is not there.

    Args:
        path: A file or folder.
        use: `USE`, `CHANGE`, or others of the bits that `os.access` takes.
    """
    if _may(path, use) or _is_absent(path):
        return None
    if _may(path, use & ~os.W_OK) and os.statvfs(path).f_flag & os.ST_RDONLY:
        return _read_only(path)
    return refused(path)


def refused(path: Path) -> AccessRefused:
    """Return what is said of a path that this user may not use: whose it is, or the folder that keeps it away."""
    seen = next((each for each in (path, *path.absolute().parents) if os.path.lexists(each)), path)
    facts = seen.lstat()
    subject = "it" if seen == path else str(seen)
    if facts.st_uid == os.geteuid():
        way_out = f"Open it with `chmod u+rwX {seen}`, or choose another folder."
        return AccessRefused(f"{path} may not be used, though {subject} is yours.", f"{way_out} {_NOTHING_LOST}")
    way_out = "Ask for the right to it (a common group, and `chmod -R g+rwX`), or choose another folder."
    words = f"{path} may not be used: {subject} belongs to {_name(facts.st_uid)}."
    return AccessRefused(words, f"{way_out} {_NOTHING_LOST}")


def _read_only(path: Path) -> AccessRefused:
    return AccessRefused(
        f"{path} cannot be written: {mount_of(path).words} is read-only.",
        f"Have it mounted for writing, or choose a folder elsewhere. {_NOTHING_LOST}",
    )


def _may(path: Path, use: int) -> bool:
    # As the system will judge when the file is opened: by whom this process acts for, not by who began it.
    return os.access(path, use, effective_ids=os.access in os.supports_effective_ids)


def _is_absent(path: Path) -> bool:
    """Return whether there is surely nothing; of a place that this user may not look into nobody knows."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
