"""The pictures of a face set, and throwing them out with a way back. Touches files: call from a worker."""

from __future__ import annotations

import os
from pathlib import Path

_PICTURES = "pictures"
_REMOVED = "removed"


def list_faces(face_set: Path) -> list[Path]:
    """Return the pictures of a face set by name, which is the order of the film."""
    try:
        with os.scandir(face_set / _PICTURES) as entries:
            own = (entry for entry in entries if not entry.name.startswith(".") and not entry.is_symlink())
            return sorted(Path(entry.path) for entry in own)
    except FileNotFoundError:
        return []


def throw_out(picture: Path) -> Path:
    """Take a picture out of the face set, and return where it is kept until the set is deleted."""
    kept = picture.parent.parent / _REMOVED / picture.name
    kept.parent.mkdir(exist_ok=True)
    picture.replace(kept)
    return kept


def put_back(kept: Path) -> Path:
    """Undo `throw_out`, and return where the picture lies again."""
    picture = kept.parent.parent / _PICTURES / kept.name
    kept.replace(picture)
    return picture
