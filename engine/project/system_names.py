"""What network drives and operating systems keep for themselves among somebody's files: no media, whatever they show.

Their thumbnails and deleted files look like photos, and nobody put them there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path

from engine.text import counted

# Synology, QNAP, Samba, NetApp and other drives; Windows; Linux; what macOS puts into archives and onto shares.
_FOLDERS = frozenset(
    [
        *("@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "@sharebin", "@sharesnap", "@tmp"),
        *("~snapshot", "trashbox", "$recycle.bin", "recycler", "recycled", "system volume information", "found.000"),
        *("lost+found", "__macosx", "network trash folder", "temporary items", "thevolumesettingsfolder"),
    ]
)
_HIDDEN_FOLDERS = (".@", ".trash", ".recycle", ".snapshot", ".zfs", ".wdmc", ".appledouble", ".stversions")
"""How the names of hidden ones begin."""
_FILES = frozenset(["thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "picasa.ini", "icon\r"])
_FILE_ENDS = ("@synoeastream", "@synoresource")


def is_system_folder(name: str) -> bool:
    """Return whether a folder is one that a network drive or an operating system keeps for itself, by its name."""
    folded = name.casefold()
    return folded in _FOLDERS or folded.startswith(_HIDDEN_FOLDERS)


def is_system_file(name: str) -> bool:
    """Return whether a file is one that a network drive or an operating system keeps beside others, by its name."""
    folded = name.casefold()
    return folded in _FILES or folded.endswith(_FILE_ENDS)


def named_once(folders: Sequence[Path], most: int) -> Iterator[tuple[Path, str]]:
    """Yield the first of all such folders of a name, and what is said of them: how many files they hold.

    Args:
        folders: Those that were passed over.
        most: Files counted of each at most.
    """
    for _, group in groupby(sorted(folders, key=_by_name), key=lambda folder: folder.name.casefold()):
        first, *others = group
        count = sum(_files_in(folder, most) for folder in (first, *others))
        if others:
            words = f"{len(others) + 1} folders of that name are left out with {counted(count, 'file')} in them."
        else:
            words = f"it is left out with {counted(count, 'file')} in it."
        yield first, f"The drive or the system keeps it for itself: {words}"


def _by_name(folder: Path) -> tuple[str, int, Path]:
    return folder.name.casefold(), len(folder.parts), folder


def _files_in(folder: Path, most: int) -> int:
    return sum(len(names) for _, _, names in islice(os.walk(folder), most))
