"""The frame drawn before a model is trained, about what the video will be: what is known of it, and what is said."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.files import atomic
from engine.files.safe_open import leads_out, read_inside
from engine.project.folder import ProjectFolder

FORETASTE_WORDS = (
    "About what it will be: one frame, made from a photograph alone. Training makes it better, open mouths and "
    "turned heads above all."
)
"""What it is, and what it lacks."""


class Foretaste(BaseModel):
    """What is known of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    faces: str
    """Fingerprint of the faces that it is drawn from."""
    tries: int = 0
    """How often its drawing was begun."""
    frame_index: int | None = None
    """Of the frame, from 0; None where it is not drawn."""


def read_foretaste(folder: ProjectFolder) -> Foretaste | None:
    """Return what is known of a project's; None where that is nothing."""
    try:
        return Foretaste.model_validate_json(read_inside(folder.path, folder.foretaste_file))
    except (OSError, ValidationError):
        return None


def write_foretaste(folder: ProjectFolder, known: Foretaste) -> None:
    """Keep what is known.

    Raises:
        OutOfDisk: There is no room.
    """
    atomic.write_text(folder.foretaste_file, known.model_dump_json(indent=1))


def foretaste_picture(folder: ProjectFolder) -> Path | None:
    """Return the picture; None where there is none, or it leads out of the project."""
    path = folder.foretaste
    return path if path.is_file() and not leads_out(path, folder.path) else None
