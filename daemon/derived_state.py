"""What follows from a snapshot of a project folder, worked out again only where the snapshot has changed.

Telling whether a stage is done means reading the ends of every media file. A workspace may hold a thousand finished
projects, so that is done when sizes or times of files say that something is different, and not at every snapshot.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from daemon.workspace import Snapshot
from engine.errors import ConsentMissing, MediaError, ProjectError
from engine.project.consent import require_consent
from engine.project.folder import ProjectFolder
from engine.project.markers import fingerprint, next_stage
from engine.project.media_kinds import too_many
from engine.project.persons import unclear_person
from engine.project.settings import Project
from engine.project.stage import StageName
from engine.records.failure import Failure
from engine.role import Role


@dataclass(frozen=True)
class ParsedProject:
    """What the project file says, as far as it can be read."""

    project: Project | None = None
    problem: Failure | None = None
    """The file is not as it must be."""


class DerivedState:
    """What is known of one project."""

    def __init__(self, folder: ProjectFolder) -> None:
        self._folder = folder
        self._file: tuple[int, int, int] | None = None
        self._parsed = ParsedProject()
        self._looked: tuple[str, str] | None = None
        self._next: StageName | None = StageName.EXTRACT
        self._unreadable: Failure | None = None
        self._unclear: Failure | None = None

    def parsed(self, snapshot: Snapshot) -> ParsedProject:
        """Return what the project file says."""
        if snapshot.project_file != self._file:
            self._file = snapshot.project_file
            self._parsed = ParsedProject() if snapshot.project_file is None else self._read()
        return self._parsed

    def is_known(self, snapshot: Snapshot) -> bool:
        """Return whether `next_stage` has its answer ready."""
        return snapshot.is_crowded or self._looked == (snapshot.inputs, snapshot.work)

    def next_stage(self, snapshot: Snapshot) -> StageName | None:
        """Return the first stage that is not done; reads media files where the snapshot has changed.

        Raises:
            FileNotFoundError: Files vanished while they were looked at.
        """
        project = self.parsed(snapshot).project
        if project is None or snapshot.is_crowded:
            return StageName.EXTRACT
        if not self.is_known(snapshot):
            self._unreadable = self._unclear = None
            try:
                self._next = next_stage(self._folder, project)
                if self._next is not None:
                    # Without a marker nothing was read yet, and a file that cannot be is to be told before the start.
                    fingerprint(self._folder, project, self._next)
                if self._next is StageName.TRAIN and (unclear := unclear_person(self._folder, project)) is not None:
                    self._unclear = Failure.of(unclear)
            except FileNotFoundError:
                raise
            except OSError as error:
                self._next, self._unreadable = StageName.EXTRACT, _unreadable(error)
            self._looked = (snapshot.inputs, snapshot.work)
        return self._next

    def problem(self, snapshot: Snapshot) -> Failure | None:
        """Return what stands in the way: the system, the project file, or the media as far as they were read."""
        if snapshot.is_crowded:
            return Failure.of(too_many(snapshot.path))
        if snapshot.refused is not None:
            return snapshot.refused
        return self.parsed(snapshot).problem or (self._unreadable if self.is_known(snapshot) else None)

    def fingerprint(self, snapshot: Snapshot, stage: StageName) -> str:
        """Return what a stage would be done with now; empty where the project file cannot be read.

        Raises:
            OSError: Files vanished while they were looked at.
        """
        project = self.parsed(snapshot).project
        return "" if project is None else fingerprint(self._folder, project, stage)

    def missing(self, snapshot: Snapshot, today: dt.date) -> Failure | None:
        """Return what a person has to provide before the next stage may start, None where nothing is missing."""
        parsed = self.parsed(snapshot)
        if snapshot.project_file is None:
            return _NO_FILE
        if not snapshot.has_source:
            return _no_media(Role.SOURCE, "the person who will appear")
        if not snapshot.has_target:
            return _no_media(Role.TARGET, "the video to change")
        try:
            if parsed.project is not None:
                require_consent(parsed.project, today)
        except ConsentMissing as error:
            return Failure.of(error)
        return self._unclear if self.is_known(snapshot) else None

    def _read(self) -> ParsedProject:
        try:
            return ParsedProject(self._folder.load())
        except ProjectError as error:
            return ParsedProject(problem=Failure.of(error))


def stages_before(stage: StageName | None) -> tuple[StageName, ...]:
    """Return the stages that are done when `stage` is next."""
    stages = tuple(StageName)
    return stages if stage is None else stages[: stages.index(stage)]


def _unreadable(error: OSError) -> Failure:
    which = error.filename or "one of the pictures and videos"
    title = f"A file of this project cannot be read: {which} ({error.strerror})."
    return Failure.of(MediaError(title, "Make it readable, then ask for another try with `understudio retry`."))


def _no_media(role: Role, whom: str) -> Failure:
    title, hint = f"There is nothing in {role}/ yet.", f"Put pictures or videos of {whom} there."
    return Failure.of(MediaError(title, hint, role=role))


_NO_FILE = Failure.of(
    ProjectError(
        "The media are here; the questions about them are not answered yet.",
        "Open the workspace in the wizard and choose this project, or write a project.toml. Nothing was started.",
    )
)
