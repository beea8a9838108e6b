"""Who looks after a workspace: one daemon, or one of each machine where several share its disk."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from daemon.presence import Heart, Holder, Pulses, already_held, announced, read_record, record_files
from engine.errors import ProjectError
from engine.files import atomic
from engine.files.private_folder import make_private
from engine.files.refusal import CHANGE, refused_use
from engine.host.machine import this_host
from engine.project.lock import is_free, taken, taken_with_others
from engine.project.lock_trial import is_network_drive, try_locks

_OWN_FOLDER = ".understudio"


@dataclass(frozen=True)
class Hold:
    """A workspace that this process looks after."""

    own: Path
    """The folder `.understudio` in it."""
    is_shared: bool
    """Others may look after it, too."""
    heart: Heart | None
    """None on a disk of this machine, from which it cannot be cut off."""

    def is_cut_off(self) -> bool:
        """Return whether the disk was out of reach for so long that others may have taken over what is ours."""
        return self.is_shared and self.heart is not None and self.heart.is_cut_off()


@contextmanager
def hold_workspace(workspace: Path, now: dt.datetime, *, polling: bool, shared: bool = False) -> Iterator[Hold]:
    """Look after a workspace: alone, or where it is shared as the one daemon of this machine.

    Raises:
        ProjectError: The workspace is absent, or another daemon holds it; the message says which.
        AccessRefused: It may not be written, its disk knows no locks, or another machine works there whose locks are
            not seen from here.
    """
    if not workspace.is_dir():
        raise ProjectError(f"There is no folder {workspace}.", "Make it, or name the folder that holds your projects.")
    if (refusal := refused_use(workspace, CHANGE)) is not None:
        raise refusal
    own, host = _own_folder(workspace), this_host()
    with atomic.translated_disk_errors(own):
        make_private(own)
    holder = Holder(pid=os.getpid(), host=host.name, since=now, polling=polling)
    with ExitStack() as stack:
        if shared:
            try_locks(own)
            is_ours = stack.enter_context(taken_with_others(own / "lock", 1.0))
        else:
            # Somebody who only asks whether it is held holds it for an instant, too.
            lock = taken(own / "lock", 1.0)
            is_ours = lock is not None and stack.enter_context(lock) is not None
        if not is_ours:
            records = (read_record(file) for file in record_files(own))
            raise already_held(read_holder(workspace) or next(records, None), workspace)
        if not shared:
            stack.enter_context(_noted(own / "daemon.json", holder))
        is_reached = shared or is_network_drive(workspace)
        heart = stack.enter_context(announced(own, holder, host)) if is_reached else None
        yield Hold(own, shared, heart)


@contextmanager
def _noted(file: Path, holder: Holder) -> Iterator[None]:
    atomic.write_text(file, holder.model_dump_json(indent=1))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def read_holder(workspace: Path) -> Holder | None:
    """Return what the one daemon of a workspace wrote about itself, dead or alive; None where nothing is written."""
    try:
        return Holder.model_validate_json((_own_folder(workspace) / "daemon.json").read_bytes())
    except (OSError, ValidationError):
        return None


def is_held(workspace: Path) -> bool:
    """Return whether a daemon looks after a workspace now; where that cannot be tried, it is taken to."""
    return not is_free(_own_folder(workspace) / "lock")


def is_looked_after(workspace: Path, pulses: Pulses) -> bool:
    """Return whether a daemon is at work in a workspace, here or on another machine.

    A machine that is gone may leave a lock behind, for a while or for good; its beats do not rise any more.
    """
    if not record_files(_own_folder(workspace)):
        return is_held(workspace)
    return bool(pulses.alive())


def _own_folder(workspace: Path) -> Path:
    return workspace / _OWN_FOLDER
