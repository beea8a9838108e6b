"""Who looks after a workspace on a shared disk, from which machine, and whether it is alive.

Each daemon keeps `.understudio/daemons/MACHINE.json`, and holds `MACHINE.lock` beside it. Every few seconds it raises a
number in the record: its beats. Who wants to know whether it is alive looks whether the number rises, by a clock of
their own: two machines seldom tell the same time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, Thread

from pydantic import AwareDatetime, BaseModel, ValidationError

from engine.errors import ProjectError
from engine.files import atomic
from engine.files.private_folder import make_private
from engine.host.machine import Host, process_mark, this_host
from engine.project.fence import LAPSE_SECONDS, is_answer, lock_keeper, own_time
from engine.project.lock import is_free, taken
from engine.project.lock_trial import without_reach

_log = logging.getLogger(__name__)

BEAT_SECONDS = 2.0

SILENT_SECONDS = 5 * BEAT_SECONDS
"""A daemon whose beats have not risen for this long is not alive, or cut off."""

Monotonic = Callable[[], float]


class Holder(BaseModel):
    """The daemon that looks after a workspace."""

    pid: int
    host: str
    since: AwareDatetime
    polling: bool = False


class Record(Holder):
    """One of several daemons that may look after a workspace."""

    keeper: str
    """Who sees at once when it ends, see `engine.project.fence.lock_keeper`."""
    beats: int = 0
    """Raised as long as it is alive."""


def record_files(own: Path) -> list[Path]:
    """Return the files of all records in the folder `.understudio`, those of dead daemons included."""
    return sorted((own / "daemons").glob("[!.]*.json"))


def read_record(file: Path) -> Record | None:
    """Return a record; None where there is none that can be read."""
    try:
        return Record.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


class Heart:
    """Raises the beats of this daemon's record, and knows when it was cut off from the disk."""

    def __init__(self, file: Path, record: Record, clock: Monotonic = own_time) -> None:
        self._file, self._record, self._clock = file, record, clock
        self._beaten = clock()
        self._was_cut_off = False

    def beat(self) -> None:
        """Raise the beats; may hang as long as the disk is out of reach.

        Raises:
            OSError: It is out of reach.
        """
        began = self._clock()
        record = self._record.model_copy(update={"beats": self._record.beats + 1})
        partial = self._file.with_name(f".{self._file.stem}{atomic.PARTIAL}{process_mark()}")
        try:
            partial.write_text(record.model_dump_json(indent=1))
            partial.replace(self._file)
            self._record = record
        except OSError as error:
            if not is_answer(error):
                raise
        finally:
            with suppress(OSError):
                partial.unlink()
        self._beaten = began

    def is_cut_off(self) -> bool:
        """Return whether the disk was ever out of reach for so long that others may have taken over what is ours."""
        self._was_cut_off = self._was_cut_off or self._clock() - self._beaten > LAPSE_SECONDS
        return self._was_cut_off


@contextmanager
def announced(own: Path, holder: Holder, host: Host) -> Iterator[Heart]:
    """Have a record of our own as long as this lasts, after meeting those who are here already.

    Args:
        own: The folder `.understudio` of the workspace.
        holder: What to say of this daemon.
        host: Where it runs.

    Raises:
        ProjectError: Another daemon of this machine looks after the workspace.
        AccessRefused: Another machine works there, and its locks are not seen from here.
    """
    place = own / "daemons"
    make_private(place)
    file = place / f"{host.mark}.json"
    # Whoever looks whether we are alive holds it for an instant, too.
    lock = taken(file.with_suffix(".lock"), 1.0)
    if lock is None:
        raise already_held(read_record(file), own.parent)
    keeper = lock_keeper(own)
    heart = Heart(file, Record(**holder.model_dump(), keeper=keeper))
    over = Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            with suppress(OSError):
                heart.beat()

    with lock:
        with atomic.translated_disk_errors(file):
            heart.beat()
        thread = Thread(target=beat, daemon=True, name="heart")
        thread.start()
        try:
            meet_others(own, file, keeper)
            yield heart
        finally:
            over.set()
            thread.join(timeout=2)
            _remove(file)


def already_held(record: Holder | None, workspace: Path) -> ProjectError:
    """Return what is said where somebody looks after a workspace who lets no further daemon in."""
    who, hint = "Another daemon", "One is enough: leave it at work, or stop it first."
    if record is not None:
        since = f"{record.since.astimezone():%Y-%m-%d %H:%M}"
        who = f"A daemon (process {record.pid} on {record.host}, since {since})"
        if record.host != this_host().name:
            hint = "Leave it at work, or have both machines work there: put `shared = true` into the folder's "
            hint += "understudio.toml, and start both anew."
    title = f"{who} looks after {workspace} already."
    return ProjectError(title, f"{hint} `understudio status` shows what it is doing.")


def meet_others(
    own: Path,
    ours: Path,
    keeper: str,
    monotonic: Monotonic = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Make sure that the locks of all others who are alive are seen from here, and remove the records of the dead.

    Args:
        own: The folder `.understudio` of the workspace.
        ours: Our own record.
        keeper: Ours, as `lock_keeper`.
        monotonic: A clock that never jumps.
        pause: Sleeps for so many seconds.

    Raises:
        AccessRefused: One is alive, and its lock is free from here.
    """
    silent = {file: record for file in record_files(own) if file != ours and (record := _unlocked(file)) is not None}
    unclear = {file: record for file, record in silent.items() if record.keeper != keeper}
    for record in unclear.values():
        _log.info("listening whether %s, which looked after this folder, is still at work here", record.host)
    until = monotonic() + SILENT_SECONDS
    while unclear and monotonic() < until:
        pause(BEAT_SECONDS / 2)
        for file, record in unclear.items():
            now = read_record(file)
            if now is not None and (now.since, now.beats) != (record.since, record.beats):
                raise without_reach(own.parent, record.host)
    for file in silent:
        _bury(file)


def _unlocked(file: Path) -> Record | None:
    """Return the record of a daemon whose lock nobody holds, as far as can be seen from here."""
    return read_record(file) if is_free(file.with_suffix(".lock")) else None


def _bury(file: Path) -> None:
    """Remove what a dead daemon left; who begins in its place meanwhile makes it anew."""
    lock = taken(file.with_suffix(".lock"), 0.0)
    if lock is not None:
        with lock:
            _remove(file)


def _remove(file: Path) -> None:
    for each in (file, file.with_suffix(".lock")):
        with suppress(OSError):
            each.unlink(missing_ok=True)


class Pulses:
    """Feels the pulse of the daemons of a workspace. Kept by whoever looks again and again: it remembers."""

    def __init__(self, workspace: Path, monotonic: Monotonic = time.monotonic) -> None:
        self._own, self._monotonic = workspace / ".understudio", monotonic
        self._felt: dict[Path, tuple[Record, float, bool]] = {}
        self._turn = Lock()

    def alive(self) -> list[Record]:
        """Return the records of daemons that are alive; call from a worker, since it reads files."""
        with self._turn:
            found = {file: record for file in record_files(self._own) if (record := read_record(file)) is not None}
            self._felt = {file: felt for file, felt in self._felt.items() if file in found}
            try:
                return [record for file, record in found.items() if self._is_alive(file, record)]
            except FileNotFoundError:
                # The folder was taken away under our eyes.
                return []

    def _is_alive(self, file: Path, record: Record) -> bool:
        now = self._monotonic()
        before = self._felt.get(file)
        if before is None:
            self._felt[file] = before = (record, now, False)
        elif (before[0].since, before[0].beats) != (record.since, record.beats):
            self._felt[file] = before = (record, now, True)
        _, since, has_risen = before
        if now - since > SILENT_SECONDS:
            return False
        is_locked = not is_free(file.with_suffix(".lock"))
        # Of another machine a free lock says nothing, where locks do not reach so far; a number that rises does.
        return is_locked or (has_risen and record.keeper != lock_keeper(file.parent))
