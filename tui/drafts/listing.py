"""What a folder holds that may be chosen. Reads the disk: call from a worker."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tui.drafts.paths import MEDIA_SUFFIXES, leads_to_folder


@dataclass(frozen=True)
class Item:
    """A folder or file that may be opened or chosen."""

    path: Path
    is_folder: bool
    size_bytes: int = 0
    is_up: bool = False


def list_folder(folder: Path) -> list[Item]:
    """Return folders first, then media by their suffix, each sorted by name; hidden ones are left out.

    Raises:
        OSError: It cannot be opened.
    """
    folders, files = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if leads_to_folder(entry):
                folders.append(Item(Path(entry.path), is_folder=True))
            elif Path(entry.name).suffix.lower() in MEDIA_SUFFIXES and (size := _size(entry)) is not None:
                files.append(Item(Path(entry.path), is_folder=False, size_bytes=size))
    up = [Item(folder.parent, is_folder=True, is_up=True)] if folder.parent != folder else []
    return [*up, *sorted(folders, key=_name), *sorted(files, key=_name)]


def _size(entry: os.DirEntry[str]) -> int | None:
    """Return a file's bytes, or None where it is gone, or a link that leads nowhere."""
    try:
        return entry.stat().st_size
    except OSError:
        return None


def _name(item: Item) -> str:
    return item.path.name.casefold()
