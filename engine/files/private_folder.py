"""Folders that hold people's faces: nobody but their owner may enter, and the group where the folder around is its own.

Several people share a workspace by giving it to a group that may write there; what is made below it is the group's
then, too, whatever the umask says.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

_OWNERS = stat.S_IRWXU
_GROUPS = stat.S_IRWXG


def make_private(path: Path, *, parents: bool = False) -> None:
    """Make a folder, where asked for with those above it; what is there already stays as it is."""
    if path.is_dir():
        return
    if parents:
        make_private(path.parent, parents=True)
    path.mkdir(mode=_OWNERS, exist_ok=True)
    keep_private(path)


def keep_private(path: Path) -> None:
    """Close a folder of our own to others; a network drive that knows no such thing leaves it as it is."""
    shared = _GROUPS if is_shared(path.parent) else 0
    with contextlib.suppress(OSError):
        # The bit that hands the group on to what is made inside stays.
        os.chmod(path, path.stat().st_mode & stat.S_ISGID | _OWNERS | shared)


def is_shared(path: Path) -> bool:
    """Return whether a folder's group may write there."""
    return bool(path.stat().st_mode & stat.S_IWGRP)
