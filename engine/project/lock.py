"""One process at a time on a project folder, or on a whole workspace. The one door to filelock."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import AccessRefused, ProjectBusy
from engine.files.private_folder import is_shared
from engine.files.refusal import refusal_of
from engine.host.mounts import mount_of
from engine.project.folder import ProjectFolder

_POLL_SECONDS = 1.0
_SHORT_POLL_SECONDS = 0.05
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL)
"""How disks say that they know no locks."""
_HELD_LOCKS = Path("/proc/locks")

PAUSE_FIRST = "Open it, pause it with p, and ask again once it stands still. Nothing was changed."
"""What to do where a stage is at work, and a person sits in front of the wizard."""


@contextlib.contextmanager
def alone_on(
    folder: ProjectFolder, patience: float = 0.0, waiting: Callable[[], bool] = lambda: True
) -> Iterator[None]:
    """Hold a project; the operating system lets go of it when this process ends, however it ends.

    Args:
        folder: Of the project.
        patience: How long to wait for another process, in seconds.
        waiting: Called about once a second while another process holds the project; false gives up at once.

    Raises:
        ProjectBusy: Another process held it all along.
        AccessRefused: The project may not be written, or its disk knows no locks.
    """
    deadline = time.monotonic() + patience
    while True:
        left = deadline - time.monotonic()
        lock = taken(folder.lock_file, max(0.0, min(_POLL_SECONDS, left)))
        if lock is not None:
            break
        if left <= _POLL_SECONDS or not waiting():
            raise ProjectBusy(
                f"Another process is working on {folder.path.name}.",
                "Wait for it, or stop it: `understudio status` shows how far it is. Everything done so far is kept.",
            )
    with lock:
        yield


@contextlib.contextmanager
def at_rest(folder: ProjectFolder, hint: str) -> Iterator[None]:
    """Keep stages from a project while something is done to it that is none.

    Args:
        folder: Of the project; where nothing was made in it yet, no stage is at work either.
        hint: What to do where one is.

    Raises:
        ProjectBusy: A stage is at work on it.
    """
    if not folder.work.is_dir():
        yield
        return
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(alone_on(folder))
        except ProjectBusy as error:
            raise ProjectBusy(f"{folder.path.name} is being worked on right now.", hint) from error
        yield


def taken(file: Path, seconds: float) -> AbstractContextManager[object] | None:
    """Return a context that holds the lock of a file from now on to its end; None where another process holds it.

    Args:
        file: Made where it is absent.
        seconds: How long to wait for another process.

    Raises:
        AccessRefused: The file may not be written, or its disk knows no locks.
    """
    with _understood(file):
        return _tried(file, seconds)


@contextlib.contextmanager
def _understood(file: Path) -> Iterator[None]:
    """Say in sentences what the system says of a lock file."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_LOCKS:
            raise _without_locks(file) from error
        if (refusal := refusal_of(error, file)) is not None:
            raise refusal from error
        raise


@contextlib.contextmanager
def taken_with_others(file: Path, seconds: float) -> Iterator[bool]:
    """Hold a lock file beside others who hold it like this, and yield whether we do; `taken` waits for all of them.

    Args:
        file: Made where it is absent.
        seconds: How long to wait for a process that has it to itself.

    Raises:
        AccessRefused: The file may not be written, or its disk knows no locks.
    """
    deadline = time.monotonic() + seconds
    with _understood(file):
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, _mode(file))
    # The umask of who made it may keep the group out; of somebody else's it is for them to say.
    with contextlib.suppress(OSError):
        os.fchmod(handle, _mode(file))
    try:
        with _understood(file):
            while not (is_ours := _is_shared_now(handle)) and time.monotonic() < deadline:
                time.sleep(_SHORT_POLL_SECONDS)
        yield is_ours
    finally:
        with contextlib.suppress(OSError):
            os.close(handle)


def _is_shared_now(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _tried(file: Path, seconds: float) -> AbstractContextManager[object] | None:
    # A lock that is only a file, as filelock would make where there is no other, outlives a process that is killed.
    lock = FileLock(file, mode=_mode(file), fallback_to_soft=False)
    try:
        return lock.acquire(timeout=seconds)
    except Timeout:
        return None


def _mode(file: Path) -> int:
    return 0o664 if is_shared(file.parent) else 0o600


def is_free(file: Path) -> bool:
    """Return whether nobody holds a lock file; where this user may not try it, whether it is absent."""
    try:
        file.lstat()
        lock = _tried(file, 0.0)
    except FileNotFoundError:
        return True
    except OSError as error:
        # Where there are no locks nobody holds one.
        return error.errno in _NO_LOCKS
    if lock is None:
        return False
    with lock:
        return True


def is_seen_held(file: Path) -> bool:
    """Return whether another process of this machine is seen to hold a lock file; false where that cannot be told.

    Other than `is_free` it takes nothing: whoever tries a lock holds it for an instant, and where somebody looks every
    second, who asks for it without patience would now and then be refused.
    """
    try:
        facts = file.lstat()
        held = _HELD_LOCKS.read_text()
    except OSError:
        return False
    place = f"{os.major(facts.st_dev):02x}:{os.minor(facts.st_dev):02x}:{facts.st_ino}"
    # "1: FLOCK  ADVISORY  WRITE 27435 fe:00:2368053 0 EOF"; of who waits for it, an arrow stands before the kind.
    locks = (line.split() for line in held.splitlines())
    return any(lock[1:2] == ["FLOCK"] and place in lock and str(os.getpid()) not in lock for lock in locks)


def _without_locks(file: Path) -> AccessRefused:
    words = f"Locks do not work on {mount_of(file).words}, and without them two processes may spoil one project"
    hint = "Mount it with locks (NFS: version 4, or without `nolock`), or keep projects on a disk of this machine"
    return AccessRefused(f"{words}: {file.parent}.", f"{hint} and copy the results. Nothing was changed.")
