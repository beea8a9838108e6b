"""A whole workspace at a glance, for those who show it: read from the folders, never written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pydantic import BaseModel

from daemon.presence import Pulses
from daemon.status import Ear, State, read_status
from daemon.workspace import Snapshot, is_project, scan
from daemon.workspace_lock import is_looked_after
from engine.project.folder import ProjectFolder
from engine.project.stage import Progress, StageName


class Row(BaseModel):
    """One project."""

    folder: str
    """Name of its folder."""
    name: str
    state: str
    """As `daemon.status.State`; `new` where no daemon has seen it yet."""
    message: str
    hint: str = ""
    note: str = ""
    persons: tuple[str, ...] = ()
    """Of each of the two people whose media show several: how many, who is taken, and why; a sentence each."""
    log: str = ""
    """The log's path where something failed."""
    stage: StageName | None = None
    progress: Progress | None = None
    queue_position: int | None = None
    result: str | None = None
    """Absolute path of the finished video."""
    host: str = ""
    """Name of the machine whose daemon looked after it last."""

    @property
    def is_at_work(self) -> bool:
        """Whether a stage is at work on it."""
        return self.state == State.RUNNING


class Overview(BaseModel):
    """All projects of a workspace."""

    workspace: str
    is_daemon_at_work: bool
    machines: list[str] = []
    """Names of the machines that look after it, where it is shared."""
    projects: list[Row]
    """At work first, then the queue in its order, then the others by name."""
    closed: list[str] = []
    """Folders that may not be looked into, a sentence each."""


def read_overview(workspace: Path, now: dt.datetime, pulses: Pulses | None = None, ear: Ear | None = None) -> Overview:
    """Read how every project of a workspace stands.

    Args:
        workspace: The folder of projects.
        now: The time here.
        pulses: Of its daemons; whoever looks again and again keeps them.
        ear: For its statuses; likewise.
    """
    pulses, ear = pulses or Pulses(workspace), ear or Ear()
    is_at_work = is_looked_after(workspace, pulses)
    machines = [record.host for record in pulses.alive()] if is_at_work else []
    found = scan(workspace)
    rows = [_row(each, now, ear, is_at_work=is_at_work) for each in found.snapshots.values() if is_project(each)]
    rows.sort(key=lambda row: (not row.is_at_work, row.queue_position or 1 << 30, row.folder))
    closed = [f"{path.name} is passed over: {why.title} {why.hint}" for path, why in found.closed.items()]
    return Overview(
        workspace=str(workspace), is_daemon_at_work=is_at_work, machines=machines, projects=rows, closed=closed
    )


def _row(snapshot: Snapshot, now: dt.datetime, ear: Ear, *, is_at_work: bool) -> Row:
    folder = ProjectFolder(snapshot.path)
    status, refused = read_status(folder), snapshot.refused
    name = folder.path.name
    if status is None and refused is not None:
        return Row(folder=name, name=name, state=State.FAILED, message=refused.title, hint=refused.hint)
    if status is None:
        return Row(folder=name, name=name, state="new", message="Not looked at yet.")
    state, message = status.state.value, status.message
    if status.state is State.RUNNING and (ear.is_stale(folder, status, now) or not is_at_work):
        state, message = State.QUEUED.value, "Interrupted; goes on when the daemon is started."
    return Row(
        folder=name,
        name=status.name,
        state=state,
        message=message,
        hint=status.hint,
        note=status.note,
        persons=status.persons,
        log=status.failure.log if status.failure else "",
        stage=status.stage,
        progress=status.progress,
        queue_position=status.queue_position,
        result=str(folder.path / status.result) if status.result else None,
        host=status.host,
    )
