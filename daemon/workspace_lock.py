"""One daemon a workspace: who holds it, since when, and whether it is alive."""

from __future__ import annotations

import datetime as dt
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ValidationError

from engine import atomic
from engine.errors import ProjectError
from engine.private_folder import make_private
from engine.project.lock import is_free, taken
from engine.refusal import CHANGE, refused_use

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
        AccessRefused: It may not be written, or its disk knows no locks.
    """
    if not workspace.is_dir():
        raise ProjectError(f"There is no folder {workspace}.", "Make it, or name the folder that holds your projects.")
    if (refusal := refused_use(workspace, CHANGE)) is not None:
        raise refusal
    own = _own_folder(workspace)
    with atomic.translated_disk_errors(own):
        make_private(own)
    # Somebody who only asks whether it is held holds it for an instant, too.
    lock = taken(own / "lock", 1.0)
    if lock is None:
        raise ProjectError(
            f"{_who(read_holder(workspace))} looks after {workspace} already.",
            "One is enough: leave it at work, or stop it first. `understudio status` shows what it is doing.",
        )
    holder = Holder(pid=os.getpid(), host=socket.gethostname(), since=now, polling=polling)
    with lock:
        atomic.write_text(own / "daemon.json", holder.model_dump_json(indent=1))
        try:
            yield holder
        finally:
            (own / "daemon.json").unlink(missing_ok=True)


def read_holder(workspace: Path) -> Holder | None:
    """Return what the daemon of a workspace wrote about itself, dead or alive; None where nothing is written."""
    try:
        return Holder.model_validate_json((_own_folder(workspace) / "daemon.json").read_bytes())
    except (OSError, ValidationError):
        return None


def is_held(workspace: Path) -> bool:
    """Return whether a daemon looks after a workspace now; where that cannot be tried, it is taken to."""
    return not is_free(_own_folder(workspace) / "lock")


def _own_folder(workspace: Path) -> Path:
    return workspace / _OWN_FOLDER


def _who(holder: Holder | None) -> str:
    if holder is None:
        return "Another daemon"
    return f"A daemon (process {holder.pid} on {holder.host}, since {holder.since.astimezone():%Y-%m-%d %H:%M})"
