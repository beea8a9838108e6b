"""One daemon a workspace: who holds it, since when, and whether it is alive."""

from __future__ import annotations

import datetime as dt
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import AwareDatetime, BaseModel, ValidationError

from engine import atomic
from engine.errors import ProjectError

_OWN_FOLDER = ".understudio"


class Holder(BaseModel):
    """The daemon that looks after a workspace."""

    pid: int
    host: str
    since: AwareDatetime
    polling: bool = False


@contextmanager
def hold_workspace(workspace: Path, now: dt.datetime, *, polling: bool) -> Iterator[Holder]:
    """Be the one daemon of a workspace.

    Raises:
        ProjectError: The workspace is absent, or another daemon holds it; the message says which.
    """
    if not workspace.is_dir():
        raise ProjectError(f"There is no folder {workspace}.", "Make it, or name the folder that holds your projects.")
    own = _own_folder(workspace)
    own.mkdir(mode=0o700, exist_ok=True)
    holder = Holder(pid=os.getpid(), host=socket.gethostname(), since=now, polling=polling)
    try:
        # Somebody who only asks whether it is held holds it for an instant, too.
        with FileLock(own / "lock", timeout=1):
            atomic.write_text(own / "daemon.json", holder.model_dump_json(indent=1))
            try:
                yield holder
            finally:
                (own / "daemon.json").unlink(missing_ok=True)
    except Timeout as error:
        raise ProjectError(
            f"{_who(read_holder(workspace))} looks after {workspace} already.",
            "One is enough: leave it at work, or stop it first. `understudio status` shows what it is doing.",
        ) from error


def read_holder(workspace: Path) -> Holder | None:
    """Return what the daemon of a workspace wrote about itself, dead or alive; None where nothing is written."""
    try:
        return Holder.model_validate_json((_own_folder(workspace) / "daemon.json").read_bytes())
    except (OSError, ValidationError):
        return None


def is_held(workspace: Path) -> bool:
    """Return whether a daemon looks after a workspace now."""
    lock = _own_folder(workspace) / "lock"
    return lock.exists() and not is_free(lock)


def is_free(lock: Path) -> bool:
    """Return whether nobody holds a lock file; where it cannot be tried, whether it is absent."""
    if not lock.exists():
        return True
    try:
        with FileLock(lock, timeout=0):
            return True
    except (Timeout, OSError):
        return False


def _own_folder(workspace: Path) -> Path:
    return workspace / _OWN_FOLDER


def _who(holder: Holder | None) -> str:
    if holder is None:
        return "Another daemon"
    return f"A daemon (process {holder.pid} on {holder.host}, since {holder.since.astimezone():%Y-%m-%d %H:%M})"
