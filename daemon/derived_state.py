"""What follows from a look at a project folder, worked out again only where the look has changed.

Telling whether a stage is done means reading the ends of every media file. A workspace may hold a thousand finished
projects, so that is done when sizes or times of files say that something is different, and not at every look.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from daemon.retry_policy import Failure
from daemon.workspace import Look
from engine.errors import ConsentMissing, ProjectError, UnderstudioError
from engine.project.consent import require_consent
from engine.project.folder import ProjectFolder
from engine.project.markers import fingerprint, next_stage
from engine.project.media_kinds import too_many
from engine.project.settings import Project
from engine.project.stage import StageName


@dataclass(frozen=True)
class Wish:
    """What the project file says, as far as it can be read."""

    project: Project | None = None
    problem: Failure | None = None
    """The file is not as it must be."""


class Knowledge:
    """What is known of one project."""

    def __init__(self, folder: ProjectFolder) -> None:
        self._folder = folder
        self._file: tuple[int, int, int] | None = None
        self._wish = Wish()
        self._looked: tuple[str, str] | None = None
        self._next: StageName | None = StageName.EXTRACT
        self._unreadable: Failure | None = None

    def wish(self, look: Look) -> Wish:
        """Return what the project file says."""
        if look.project_file != self._file:
            self._file = look.project_file
            self._wish = Wish() if look.project_file is None else self._read()
        return self._wish

    def is_known(self, look: Look) -> bool:
        """Return whether `next_stage` has its answer ready."""
        return look.is_crowded or self._looked == (look.inputs, look.work)

    def next_stage(self, look: Look) -> StageName | None:
        """Return the first stage that is not done; reads media files where the look has changed.

        Raises:
            FileNotFoundError: Files vanished while they were looked at.
        """
        project = self.wish(look).project
        if project is None or look.is_crowded:
            return StageName.EXTRACT
        if not self.is_known(look):
            self._unreadable = None
            try:
                self._next = next_stage(self._folder, project)
                if self._next is not None:
                    # Without a marker nothing was read yet, and a file that cannot be is to be told before the start.
                    fingerprint(self._folder, project, self._next)
            except FileNotFoundError:
                raise
            except OSError as error:
                self._next, self._unreadable = StageName.EXTRACT, _unreadable(error)
            self._looked = (look.inputs, look.work)
        return self._next

    def problem(self, look: Look) -> Failure | None:
        """Return what is wrong with the project file, or with reading the media as far as `next_stage` has tried."""
        if look.is_crowded:
            return _failure(too_many(look.path))
        return self.wish(look).problem or (self._unreadable if self.is_known(look) else None)

    def fingerprint(self, look: Look, stage: StageName) -> str:
        """Return what a stage would be done with now; empty where the project file cannot be read.

        Raises:
            OSError: Files vanished while they were looked at.
        """
        project = self.wish(look).project
        return "" if project is None else fingerprint(self._folder, project, stage)

    def missing(self, look: Look, today: dt.date) -> Failure | None:
        """Return what a person has to provide before anything may start, None where nothing is missing."""
        wish = self.wish(look)
        if look.project_file is None:
            return _NO_FILE
        if not look.has_source:
            return _no_media("source", "the person who will appear")
        if not look.has_target:
            return _no_media("target", "the video to change")
        try:
            if wish.project is not None:
                require_consent(wish.project, today)
        except ConsentMissing as error:
            return _failure(error)
        return None

    def _read(self) -> Wish:
        try:
            return Wish(self._folder.load())
        except ProjectError as error:
            return Wish(problem=_failure(error))


def stages_before(stage: StageName | None) -> tuple[StageName, ...]:
    """Return the stages that are done when `stage` is next."""
    stages = tuple(StageName)
    return stages if stage is None else stages[: stages.index(stage)]


def _failure(error: UnderstudioError) -> Failure:
    return Failure(type(error).__name__, error.title, error.hint)


def _unreadable(error: OSError) -> Failure:
    which = error.filename or "one of the pictures and videos"
    title = f"A file of this project cannot be read: {which} ({error.strerror})."
    return Failure("ProjectError", title, "Mend that, then ask for another try with `understudio retry`.")


def _no_media(name: str, whom: str) -> Failure:
    return Failure("ProjectError", f"There is nothing in {name}/ yet.", f"Put pictures or videos of {whom} there.")


_NO_FILE = Failure(
    "ProjectError",
    "The media are here; the questions about them are not answered yet.",
    "Open the workspace in the wizard and choose this project, or write a project.toml. Nothing was started.",
)
