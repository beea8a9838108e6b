"""Try out whether locks hold on a disk: between two processes of this machine, and between two machines.

Mount options decide that (`nolock`, `local_lock`, `nobrl`), and a lock that nobody else sees is given as any other.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from engine.errors import AccessRefused
from engine.files import atomic
from engine.host.mounts import mount_of
from engine.project.lock import is_free, taken

_HELD = 3
"""Exit code of the second process where the lock is refused to it."""

_MOUNT_HINT = (
    "Mount it so that its server keeps the locks (NFS: version 4, without `nolock` and `local_lock`; SMB: without "
    "`nobrl`; sshfs cannot)"
)


def try_locks(folder: Path) -> None:
    """Have a second process try a lock that this one holds, in a folder of its own in `folder`.

    Raises:
        AccessRefused: The lock was not refused to it, the disk knows no locks, or nothing may be made there.
    """
    with atomic.translated_disk_errors(folder):
        place = tempfile.TemporaryDirectory(prefix=".understudio-locks-", dir=folder, ignore_cleanup_errors=True)
    with place as name:
        file = Path(name) / "lock"
        lock = taken(file, 0.0)
        assert lock is not None
        with lock:
            words = [sys.executable, "-P", "-m", "engine.project.lock_trial", str(file)]
            tried = subprocess.run(words, capture_output=True, check=False, timeout=60)
    if tried.returncode != _HELD:
        title = f"Locks do not hold on {mount_of(folder).words}: two processes had one at the same time ({folder})."
        raise AccessRefused(title, f"{_MOUNT_HINT}, or keep projects on a disk of this machine. Nothing was changed.")


def without_reach(folder: Path, host: str) -> AccessRefused:
    """Return what is said where another machine works in a folder, and its locks are not seen here."""
    title = f"Locks do not reach from machine to machine on {mount_of(folder).words}: {host} is at work in {folder}"
    hint = f"{_MOUNT_HINT}, on both machines, or leave the folder to {host}. Nothing was changed."
    return AccessRefused(f"{title}, and nothing of that is seen from here.", hint)


def is_network_drive(folder: Path) -> bool:
    """Return whether another machine keeps the files of a folder, so that further ones may write there."""
    return mount_of(folder).is_share


if __name__ == "__main__":
    sys.exit(0 if is_free(Path(sys.argv[1])) else _HELD)
