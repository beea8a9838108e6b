"""Keep a stage that was cut off from a shared disk from writing over the work of whoever took its project over.

On a disk that several machines share, a project's lock is kept by the disk's server. A server that has heard nothing of
a machine for a while gives its locks to others; yet that machine may be alive, and a stage at work on it. So each stage
also leaves its name in `work/claim.json`, and keeps two promises:

- It ends at once, whatever it is doing, when it finds another's name there, and when for `LAPSE_SECONDS` it could not
  ask the server. It asks by making a file, which no cache of its own machine answers.
- Who takes over a claim that was not given back, from a machine that may be alive, puts its own name there, and then
  does nothing for longer than that.

So when the new one begins, the old one has ended or has read the new name. Each measures a duration by a clock of its
own, which goes on while the machine sleeps; the time of day of two machines is never compared. What the system still
had in hand for the old one may come through late: one whole file of the same work under its name, since everything is
published by rename, and what was on its way has a name that only that process used. One that stood still as a whole,
such as in a virtual machine that was halted together with its clock, may do the same in the seconds until it asks.
"""

from __future__ import annotations

import errno
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import BaseModel, ValidationError

from engine.errors import ProjectBusy
from engine.files import atomic
from engine.files.safe_open import read_inside
from engine.host.machine import this_host
from engine.project.folder import ProjectFolder
from engine.project.stage import ExitCode

SHARED_DISK = "UNDERSTUDIO_SHARED_DISK"
"""Set in the environment of a stage: other machines may work on projects of this disk."""

LAPSE_SECONDS = 45.0
"""After so long without an answer a machine is cut off, and ends what it does. Servers give locks away after 90 s."""

_MARGIN_SECONDS = 15.0
"""How much longer who takes over waits: for clocks that differ in their pace, and for an end to come about."""

_ASK_SECONDS = 3.0
_LOOK_SECONDS = 1.0

_ANSWERS = (errno.EEXIST, errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)


def is_answer(error: OSError) -> bool:
    """Return whether an error comes from the disk itself, which then was reached."""
    return error.errno in _ANSWERS


def own_time() -> float:
    """Return the seconds of a clock that never jumps, and goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def lock_keeper(folder: Path) -> str:
    """Return who knows at once that a process has ended and lets go of its locks: one system, for one disk of it.

    Raises:
        OSError: The folder cannot be looked at.
    """
    return f"{this_host().kernel} {folder.stat().st_dev}"


class Claim(BaseModel):
    """Which stage works on a project."""

    host: str
    """Name of its machine, for people."""
    keeper: str
    """As `lock_keeper`."""
    token: str
    """No other stage has the same."""
    is_taken_over: bool = False
    """It was taken over from a stage that may have been alive still."""

    def may_be_alive(self, keeper: str) -> bool:
        """Return whether its stage, or one before it, may be alive although the lock is free."""
        return self.keeper != keeper or self.is_taken_over


@contextmanager
def fenced(
    folder: ProjectFolder, waiting: Callable[[str], bool], *, seconds: float = LAPSE_SECONDS + _MARGIN_SECONDS
) -> Iterator[None]:
    """Claim a project whose lock is held, and end this process when the claim is lost. Alone on a disk it does nothing.

    Args:
        folder: Of the project.
        waiting: Called every second with the name of a machine whose stage may still be at work; false gives up.
        seconds: How long to wait for that stage.

    Raises:
        ProjectBusy: Waiting was given up.
        OutOfDisk: There is no room for the claim.
    """
    if SHARED_DISK not in os.environ:
        yield
        return
    before, keeper = read_claim(folder), lock_keeper(folder.work)
    is_taken_over = before is not None and before.may_be_alive(keeper)
    claim = Claim(host=this_host().name, keeper=keeper, token=secrets.token_hex(8), is_taken_over=is_taken_over)
    atomic.write_text(folder.claim_file, claim.model_dump_json())
    fence = Fence(folder, claim)
    with _watched(fence):
        if before is not None and is_taken_over:
            # Given up, it leaves its claim: whoever comes next has to wait as well.
            _wait_for(before, folder, waiting, seconds)
        _look_afresh(folder)
        try:
            yield
        finally:
            fence.give_back()


def _look_afresh(folder: ProjectFolder) -> None:
    """Have this system see what another machine made last, such as the marker of a stage that is done.

    Network drives answer from memory what a folder holds, for up to a minute, until the folder itself is opened.
    """
    for _ in os.walk(folder.work):
        continue


@contextmanager
def _watched(fence: Fence) -> Iterator[None]:
    """Have a claim watched over as long as this lasts."""
    over = threading.Event()

    def repeat(what: Callable[[], None], seconds: float) -> None:
        while not over.wait(seconds):
            what()

    # Asking may hang as long as the disk is out of reach; who looks at the clock never touches it.
    for each in ((fence.ask, _ASK_SECONDS), (fence.look, _LOOK_SECONDS)):
        threading.Thread(target=repeat, args=each, daemon=True, name="fence").start()
    try:
        yield
    finally:
        over.set()


def read_claim(folder: ProjectFolder) -> Claim | None:
    """Return the claim on a project; None where there is none.

    Raises:
        OSError: It cannot be read, perhaps since the disk is out of reach.
    """
    try:
        return Claim.model_validate_json(read_inside(folder.path, folder.claim_file))
    except (FileNotFoundError, ValidationError):
        return None


def reach(folder: Path, name: str) -> None:
    """Have the server of a folder's disk answer.

    Raises:
        OSError: It did not.
    """
    asked = folder / f".claim{atomic.PARTIAL}{name}"
    try:
        os.close(os.open(asked, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        asked.unlink()
    except OSError as error:
        if not is_answer(error):
            raise
        with suppress(OSError):
            asked.unlink()


class Fence:
    """Ends this process when its claim is lost, or may be."""

    def __init__(
        self,
        folder: ProjectFolder,
        claim: Claim,
        clock: Callable[[], float] = own_time,
        end: Callable[[], None] = lambda: os._exit(ExitCode.INTERRUPTED),
        reach: Callable[[Path, str], None] = reach,
    ) -> None:
        self._folder, self._claim, self._clock, self._end, self._reach = folder, claim, clock, end, reach
        self._answered = clock()
        self._turn, self._is_over = threading.Lock(), False

    def ask(self) -> None:
        """Ask the disk's server whether the claim holds; may hang."""
        began = self._clock()
        try:
            self._reach(self._folder.work, self._claim.token)
            found = read_claim(self._folder)
        except OSError:
            return
        with self._turn:
            if found != self._claim and not self._is_over:
                self._end()
        self._answered = began

    def look(self) -> None:
        """End this process when there was no answer for too long."""
        with self._turn:
            if self._clock() - self._answered > LAPSE_SECONDS and not self._is_over:
                self._end()

    def give_back(self) -> None:
        """Give the claim back, if it is still ours; from now on nothing is ended any more."""
        with self._turn:
            self._is_over = True
        with suppress(OSError):
            if read_claim(self._folder) == self._claim:
                self._folder.claim_file.unlink()


def _wait_for(before: Claim, folder: ProjectFolder, waiting: Callable[[str], bool], seconds: float) -> None:
    until = own_time() + seconds
    while own_time() < until:
        if not waiting(before.host):
            raise ProjectBusy(
                f"A stage on {before.host} may still be working on {folder.path.name}.",
                "Start again later: it goes on by itself then. Nothing was changed.",
            )
        time.sleep(min(_LOOK_SECONDS, seconds))
