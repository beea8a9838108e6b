"""What is: one `status.json` a project, written by the daemon only and readable by anybody (`status.schema.json`).

Nothing depends on it: deleting it makes the daemon look again.
"""

from __future__ import annotations

import datetime as dt
import errno
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from daemon.retry_policy import Tries
from engine.files.atomic import PARTIAL
from engine.files.private_folder import make_private
from engine.files.safe_open import read_inside
from engine.host.machine import process_mark, this_host
from engine.project.folder import ProjectFolder
from engine.project.settings import InsidePath
from engine.project.stage import Progress, StageName
from engine.records.failure import Failure

HEARTBEAT_SECONDS = 4.0
"""How often the status of a running project is written, even if nothing new is to be said."""

STALE_SECONDS = 15.0
"""A running project whose status is older than this has no daemon any more."""


class State(StrEnum):
    """How a project stands."""

    ARRIVING = "arriving"
    """Its files are still coming in, or have not been looked at yet."""
    WAITING = "waiting"
    """A person has something to provide: answers, media, consent."""
    QUEUED = "queued"
    """Ready, and others are first; or the next try is due in a moment."""
    RUNNING = "running"
    """A stage is at work."""
    PAUSED = "paused"
    """A person asked for a pause."""
    NO_ROOM = "no-room"
    """Waiting for room on the disk; goes on by itself."""
    FAILED = "failed"
    """A person has to put something right; then it goes on by itself, or is retried."""
    FINISHED = "finished"
    """The result is there."""

    @property
    def is_resting(self) -> bool:
        """Whether it depends on the folder and the date alone: nothing changes until a person does something."""
        match self:
            case State.WAITING | State.PAUSED | State.FAILED | State.FINISHED:
                return True
            case State.ARRIVING | State.QUEUED | State.RUNNING | State.NO_ROOM:
                return False

    @property
    def is_moving(self) -> bool:
        """Whether it changes by itself, by the work of the daemon or of whoever copies files."""
        match self:
            case State.ARRIVING | State.QUEUED | State.RUNNING:
                return True
            case State.WAITING | State.PAUSED | State.NO_ROOM | State.FAILED | State.FINISHED:
                return False


class _File(BaseModel):
    """Base of what is written: unknown keys of a newer writer are passed over by an older reader."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class LossPoint(_File):
    """One point of the loss curve."""

    step: int
    loss: float


class LoggedFailure(Failure):
    """Why a project failed."""

    log: str
    """Absolute path of the log that tells more."""


class Memory(_File):
    """What the daemon wants to know again after a restart; no use to others."""

    arrival: int = 0
    """Number in the order of arrival in this workspace."""
    passed_over: int = 0
    """How often a later arrival was started first."""
    inputs: str = ""
    """Digest of the project file and media that `failure` and `tries` belong to."""
    stage: StageName | None = None
    furthest: float = 0.0
    deaths: int = 0
    kills: int = 0
    shortages: int = 0

    @classmethod
    def of(cls, tries: Tries, *, arrival: int, passed_over: int, inputs: str) -> Memory:
        """Return what is to be known again of a project and the tries of its stage."""
        return cls(
            arrival=arrival,
            passed_over=passed_over,
            inputs=inputs,
            stage=tries.stage,
            furthest=tries.furthest,
            deaths=tries.deaths,
            kills=tries.kills,
            shortages=tries.shortages,
        )

    @property
    def tries(self) -> Tries:
        """The tries of the stage in hand."""
        return Tries(self.stage, self.furthest, self.deaths, self.kills, self.shortages)


class Status(_File):
    """How a project stands, for people and programs."""

    schema_version: Literal[1] = 1
    name: str
    """The project's name; the folder's where it has none yet."""
    state: State
    message: str = ""
    """The state in a sentence."""
    hint: str = ""
    """What to do about it; empty where nothing need be done."""
    note: str = ""
    """What was changed to get on, such as a smaller batch."""
    persons: tuple[str, ...] = ()
    """Of each of the two people whose media show several: how many, who is taken, and why; a sentence each."""
    queue_position: int | None = None
    """1 is next; None where it does not queue."""
    stage: StageName | None = None
    """The stage at work or next; None where none is left."""
    stages_done: tuple[StageName, ...] = ()
    progress: Progress | None = None
    """How far the stage is: done, total, rate, time left."""
    losses: tuple[LossPoint, ...] = ()
    """The tail of the loss curve."""
    preview: InsidePath | None = None
    """Newest preview picture, relative to the project folder."""
    result: InsidePath | None = None
    """The finished video, relative to the project folder."""
    failure: LoggedFailure | None = None
    """Why it failed; None where it did not."""
    missing: Failure | None = None
    """What a person has to provide; None where it does not wait for that."""
    host: str = ""
    """Name of the machine whose daemon wrote this."""
    daemon: str = ""
    """Which daemon wrote this, where several machines look after a workspace."""
    child_pid: int | None = None
    """The process of the stage at work, as `host` numbers them."""
    stage_started_at: AwareDatetime | None = None
    updated_at: AwareDatetime
    """When this was written, by the clock of `host`. Of a running project that is done anew every four seconds: where
    it stays the same for 15 seconds, no daemon is running."""
    memory: Memory = Field(default_factory=Memory)

    def is_stale(self, now: dt.datetime) -> bool:
        """Return whether this claims to run although nobody has said so for a while, by the clock of its machine."""
        return self.state is State.RUNNING and abs((now - self.updated_at).total_seconds()) > STALE_SECONDS


class Ear:
    """Tells a project at work from one that nobody works on any more. Kept by whoever looks again and again."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, host: str | None = None) -> None:
        self._monotonic, self._host = monotonic, host or this_host().name
        self._heard: dict[Path, tuple[dt.datetime, float]] = {}

    def is_stale(self, folder: ProjectFolder, status: Status, now: dt.datetime) -> bool:
        """Return whether a status claims to run although nobody has said so for a while.

        Another machine may tell another time: what it writes is listened to for a while, by our own clock.
        """
        if status.state is not State.RUNNING or status.host in ("", self._host):
            return status.is_stale(now)
        said, since = self._heard.get(folder.path, (None, 0.0))
        if said != status.updated_at:
            self._heard[folder.path] = (status.updated_at, since := self._monotonic())
        return self._monotonic() - since > STALE_SECONDS


def read_status(folder: ProjectFolder) -> Status | None:
    """Return the status of a project, or None where there is none that can be read."""
    try:
        return Status.model_validate_json(read_inside(folder.path, folder.status_file))
    except (OSError, ValidationError):
        return None


def write_status(folder: ProjectFolder, status: Status) -> None:
    """Replace the status in one step.

    It is not forced to the disk, which would cost more than it is worth every few seconds: after a power cut it may be
    empty, and then is made anew. A project folder that is gone is not made again.

    Raises:
        OSError: The folder is gone, may not be written, or is a link to another; or the disk is full.
    """
    if folder.work.is_symlink():
        raise OSError(errno.ELOOP, "the work folder is a link", str(folder.work))
    make_private(folder.work)
    partial = folder.work / f".status{PARTIAL}{process_mark()}.json"
    try:
        partial.write_text(status.model_dump_json(indent=1))
        partial.replace(folder.status_file)
    finally:
        partial.unlink(missing_ok=True)
