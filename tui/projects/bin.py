"""Projects that were deleted: they lie in a bin of the workspace until it is emptied, and can be brought back.

    workspace/.understudio/bin/20261124-213000-123456/anna-as-ben/

Reads and moves files: call from a worker.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.files.private_folder import make_private
from engine.project.folder import ProjectFolder
from engine.project.lock import PAUSE_FIRST, at_rest
from tui.drafts.creation import free_name
from tui.projects.folders import name_of
from tui.projects.sizes import size_of


@dataclass(frozen=True)
class Deleted:
    """A project in the bin."""

    path: Path
    name: str
    """What the project is called."""
    deleted_at: dt.datetime
    size_bytes: int


class Bin:
    """The bin of one workspace."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._place = workspace / ".understudio" / "bin"

    def put(self, path: Path, now: dt.datetime) -> None:
        """Move a project into the bin.

        Raises:
            ProjectBusy: A stage is at work on it; nothing was changed.
        """
        with at_rest(ProjectFolder(path), PAUSE_FIRST):
            place = self._place / f"{now.astimezone(dt.UTC):%Y%m%d-%H%M%S-%f}"
            make_private(place, parents=True)
            path.rename(place / path.name)

    def all(self) -> tuple[Deleted, ...]:
        """Return what lies in the bin, what was deleted last first."""
        return tuple(Deleted(path, name_of(path), _moment(path.parent), size_of(path)) for path in self._paths())

    def newest(self) -> Path | None:
        """Return what was deleted last; None where the bin is empty."""
        return next(self._paths(), None)

    def _paths(self) -> Iterator[Path]:
        """Yield the projects in the bin, what was deleted last first; files that others leave there are none."""
        places = self._place.iterdir() if self._place.is_dir() else ()
        for place in sorted((each for each in places if each.is_dir()), reverse=True):
            yield from (path for path in place.iterdir() if path.is_dir())

    def bring_back(self, path: Path) -> Path:
        """Move a project back, and return where it lies; another name where its own was given to another meanwhile."""
        back = self._workspace / free_name(self._workspace, path.name)
        path.rename(back)
        with contextlib.suppress(OSError):
            # Something else lies there that others left, such as a file manager.
            path.parent.rmdir()
        return back

    def empty(self, path: Path) -> None:
        """Delete one of the projects in the bin for good."""
        shutil.rmtree(path.parent)


def _moment(place: Path) -> dt.datetime:
    """Return when something was deleted; where somebody else made the folder, when that was."""
    try:
        return dt.datetime.strptime(place.name, "%Y%m%d-%H%M%S-%f").replace(tzinfo=dt.UTC)
    except ValueError:
        return dt.datetime.fromtimestamp(place.stat().st_mtime, dt.UTC)
