"""What home and the progress screen show of a project: read from its folder, never written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import ProjectError
from engine.folder import PROJECT_FILE, ProjectFolder
from tui.answers import Answers
from tui.drafts import DraftStore
from tui.review import suggested_name


class Condition(StrEnum):
    """How a project stands, in one word."""

    DRAFT = "draft"
    """Questions are still open, and there is no folder yet."""
    WAITING = "waiting"
    """The folder is there, but something is missing before it may start."""
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True)
class View:
    """One row of home."""

    name: str
    condition: Condition
    path: Path | None
    """The project's folder; None for a draft without one."""
    draft: Answers | None = None
    says: str = ""
    """What is going on, in a few words."""
    share: float | None = None
    """How much of the present stage is done, 0..1; None where that says nothing."""
    ready_at: dt.datetime | None = None
    """When the present stage should be over."""
    picture: Path | None = None
    """The newest thing to look at."""
    detail: str = ""
    """One or two sentences more."""


class ProjectReader:
    """Reads a workspace, and reads again only what has changed. Call from a worker."""

    def __init__(self, workspace: Path, drafts: DraftStore) -> None:
        self._workspace = workspace
        self._drafts = drafts

    def read(self) -> list[View]:
        """Return drafts and projects: what wants attention first, then by name."""
        drafts = [_draft_view(draft) for draft in self._drafts.all() if draft.folder is None]
        projects = [self._read_project(ProjectFolder(path)) for path in self._folders()]
        return [*drafts, *sorted(projects, key=lambda view: view.name.casefold())]

    def _folders(self) -> list[Path]:
        try:
            children = [child for child in self._workspace.iterdir() if not child.name.startswith(".")]
        except FileNotFoundError:
            return []
        return [child for child in children if is_project(child)]

    def _read_project(self, folder: ProjectFolder) -> View:
        if not folder.project_file.exists():
            return View(folder.path.name, Condition.WAITING, folder.path, says="questions open")
        try:
            project = folder.load()
        except ProjectError as error:
            return View(folder.path.name, Condition.FAILED, folder.path, says="cannot be read", detail=error.title)
        return View(project.name, Condition.QUEUED, folder.path, says="waits for its turn")


def is_project(path: Path) -> bool:
    """Return whether a folder is a project, or media that wait to become one."""
    return (path / PROJECT_FILE).is_file() or ((path / "source").is_dir() and (path / "target").is_dir())


def _draft_view(draft: Answers) -> View:
    return View(
        draft.name or suggested_name(draft),
        Condition.DRAFT,
        None,
        draft,
        says="not started yet",
        detail="Your answers so far are kept. Press Enter to go on where you stopped.",
    )
