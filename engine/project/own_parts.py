"""Whether what lies in a project folder is its own: what leads elsewhere would be read from there, or written there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from engine.errors import ProjectError
from engine.files.safe_open import is_strangers, leads_out


def require_own(folder: Path, parts: Iterable[Path]) -> None:
    """Refuse a folder with parts that lie elsewhere.

    Args:
        folder: The project's.
        parts: What is read and written in it; some may be absent.

    Raises:
        ProjectError: There is a link that leads out, or a file that belongs to somebody else and has another name
            elsewhere; the message names it.
    """
    owner = folder.stat().st_uid if folder.is_dir() else os.geteuid()
    for part in parts:
        try:
            facts = part.lstat()
        except OSError:
            continue
        name = part.relative_to(folder)
        if part.is_symlink() and leads_out(part, folder):
            words = f"{name} is a link that leads out of the project folder."
            raise ProjectError(words, "Put the folder or file itself in its place. Nothing was changed.")
        if is_strangers(facts, owner):
            words = f"{name} is a hard link to a file of somebody else."
            raise ProjectError(words, "Put a copy in its place. Nothing was changed.")


def entries(place: Path) -> list[Path]:
    """Return what is in a folder; nothing where it is none, or a link."""
    if place.is_symlink():
        return []
    try:
        return list(place.iterdir())
    except OSError:
        return []
