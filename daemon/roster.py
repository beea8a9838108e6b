"""Which projects a workspace holds, as snapshots of it come in: arrivals, departures, and folders that are none."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from daemon.supervised import Supervised
from daemon.workspace import Settling, Snapshot, is_project, scan, snapshot_of
from engine.project.media_kinds import is_text
from engine.records.failure import Failure

_log = logging.getLogger(__name__)


class Roster:
    """The projects of a workspace. Times are seconds of a clock that never jumps."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._projects: dict[Path, Supervised] = {}
        self._strangers: dict[Path, str] = {}
        self._closed: frozenset[Path] = frozenset()
        self._settling = Settling()

    def __iter__(self) -> Iterator[Supervised]:
        """Yield the projects, those on their way out included."""
        return iter(list(self._projects.values()))

    def __len__(self) -> int:
        """Return how many projects there are."""
        return len(self._projects)

    def named(self, name: str) -> Supervised:
        """Return a project by its folder's name."""
        return self._projects[self._workspace / name]

    def look(self, now: float) -> None:
        """Snapshot at the whole workspace.

        Raises:
            OSError: It cannot be read at the moment.
        """
        found = scan(self._workspace)
        snapshots = found.snapshots
        self._name_closed(found.closed)
        for path, project in self._projects.items():
            if path not in snapshots:
                project.see(None)
        for path in self._strangers.keys() - snapshots.keys():
            del self._strangers[path]
        for snapshot in snapshots.values():
            self._take_in(snapshot, now)

    def refresh(self, project: Supervised, now: float) -> None:
        """Snapshot at one project, since something in it has just changed."""
        snapshot = snapshot_of(project.folder.path)
        project.see(snapshot)
        if snapshot is not None:
            self._settling.settled_for(snapshot, now)

    def holds(self, project: Supervised) -> bool:
        """Return whether a project is still among them, and was not begun anew."""
        return self._projects.get(project.folder.path) is project

    def renew(self, project: Supervised) -> None:
        """Begin anew with a project, by what another daemon wrote of it."""
        if project.snapshot is not None:
            self._projects[project.folder.path] = Supervised(project.snapshot)

    def settled_for(self, project: Supervised, now: float) -> float:
        """Return for how many seconds nothing has come in."""
        return 0.0 if project.snapshot is None else self._settling.settled_for(project.snapshot, now)

    def drop(self, project: Supervised) -> None:
        """Forget a project whose folder is gone."""
        del self._projects[project.folder.path]
        self._settling.forget(project.folder.path)
        _clear_shell(project.folder.path)
        _log.info("%s: the folder is gone", project.name)

    def _name_closed(self, closed: Mapping[Path, Failure]) -> None:
        """Say once of each folder that may not be looked into that nothing is done with it."""
        for path in closed.keys() - self._closed:
            _log.warning("%s is passed over: %s %s", path.name, closed[path].title, closed[path].hint)
        self._closed = frozenset(closed)

    def _take_in(self, snapshot: Snapshot, now: float) -> None:
        self._settling.settled_for(snapshot, now)
        known = self._projects.get(snapshot.path)
        if known is not None:
            known.see(snapshot)
            return
        if self._strangers.get(snapshot.path) == snapshot.inputs:
            return
        if not is_project(snapshot):
            if snapshot.path not in self._strangers and not is_text(snapshot.path.name):
                _log.warning("%s: this name is not UTF-8, so nothing is done: rename the folder", snapshot.path.name)
            self._strangers[snapshot.path] = snapshot.inputs
            return
        self._strangers.pop(snapshot.path, None)
        project = Supervised(snapshot)
        if not project.arrival or any(each.arrival == project.arrival for each in self._projects.values()):
            project.arrival = 1 + max((each.arrival for each in self._projects.values()), default=0)
        self._projects[snapshot.path] = project
        if project.status_was is None:
            _log.info("%s: arrived", project.name)


def _clear_shell(path: Path) -> None:
    """Remove what a stage wrote in the instant between the deletion of its folder and its own end."""
    try:
        left = {each.name for each in path.iterdir()}
    except OSError:
        return
    if left <= {"work", "result"}:
        shutil.rmtree(path / "work", ignore_errors=True)
        for each in (path / "result", path):
            try:
                each.rmdir()
            except OSError:
                continue
