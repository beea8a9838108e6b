"""Faces and model of a finished project are deleted, and its video stays. Touches the disk: call from a worker."""

from __future__ import annotations

import shutil
from pathlib import Path

from daemon.commands import Change, change_project
from engine.files.refusal import refusal_of
from engine.project.folder import ProjectFolder
from engine.project.lock import alone_on
from tui.projects.sizes import size_of


def size_made(folder: ProjectFolder) -> int:
    """Return how many bytes were made on the way to the video."""
    return size_of(*_made(folder))


def put_away(folder: ProjectFolder) -> None:
    """Delete what was made on the way to the video, and pause the project.

    Raises:
        ProjectBusy: A stage is at work on it; nothing was changed.
        AccessRefused: Something may not be deleted; what was named before it is gone.
    """
    with alone_on(folder):
        # Without the pause, the daemon would see work to do and make everything again.
        change_project(folder, Change.PAUSE)
        for made in _made(folder):
            _delete(made)


def is_put_away(folder: ProjectFolder) -> bool:
    """Return whether faces and model were deleted after the video was made; the pause keeps them from coming back."""
    return folder.report_json.exists() and not folder.checkpoints.exists() and not folder.source_faces.exists()


def _made(folder: ProjectFolder) -> tuple[Path, ...]:
    """Return what was made on the way to the video, the most personal first."""
    faces = (folder.source_faces, folder.target_faces, folder.checkpoints, folder.head_start, folder.previews)
    return (*faces, folder.explained, folder.segments, folder.history, folder.markers)


def _delete(path: Path) -> None:
    try:
        if path.is_symlink():
            # What it leads to is not the project's.
            path.unlink()
        elif path.exists():
            shutil.rmtree(path)
    except OSError as error:
        # Of what lies within, the error names the last part only.
        if (refusal := refusal_of(error, path)) is not None:
            raise refusal from error
        raise
