"""Bounds around a process that opens strangers' files: what it may take, and whom it may talk to.

A decoder that a crafted file has taken over finds no network, no privileges to win, nowhere to write but the project,
and no more memory than its share. Every bound is inherited by worker processes, and none can be taken back.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.kernel import forbid_new_privileges, forbid_sockets, forbid_writing_outside
from engine.stage import StageName

_GIB = 1 << 30
_MEMORY_LEAST = 4 * _GIB
"""Less than this, and a large photograph or an 8K video could not be read at all."""
_MEMORY_SHARE = 0.8
"""Of the machine's memory: what is left lets the daemon live to tell what happened."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a process may do. None and True stand for no bound."""

    memory_bytes: int | None = None
    """Memory of its own; shared libraries and mapped files do not count."""
    file_bytes: int | None = None
    """Size of any one file that it writes."""
    sockets: bool = False
    """It may open sockets, and so reach the network."""
    writable: tuple[Path, ...] | None = None
    """Folders below which it may write; the temporary folder and devices are always among them."""


def bounds_for(stage: StageName, project: Path) -> Bounds:
    """Return the bounds of a stage.

    Training and conversion run TensorFlow, which reserves memory by its own rules, so memory is bounded only where
    files are first opened. Several graphics cards talk to each other through sockets, and training opens no media.
    """
    return Bounds(
        memory_bytes=_share_of_memory() if stage is StageName.EXTRACT else None,
        sockets=stage is StageName.TRAIN,
        writable=(project,),
    )


def looking(writable: Sequence[Path] = ()) -> Bounds:
    """Return the bounds of a look at files that belong to no project: `check` and `verify`."""
    return Bounds(memory_bytes=_share_of_memory(), file_bytes=_GIB, writable=tuple(writable))


def confine(bounds: Bounds) -> tuple[str, ...]:
    """Put this process, and all that it will start, within bounds.

    Call it before any thread is started: a thread that runs already might keep what it has.

    Returns:
        What could not be had, one phrase each; empty where everything could.
    """
    lacking: list[str] = []

    def ask(what: str, favour: Callable[[], None]) -> None:
        try:
            favour()
        except (OSError, ValueError) as error:
            lacking.append(f"{what} ({error})")

    # A core file would hold the faces that were in memory.
    ask("keeping memory out of core files", lambda: _lower(resource.RLIMIT_CORE, 0))
    if bounds.memory_bytes is not None:
        memory = bounds.memory_bytes
        ask("bounding memory", lambda: _lower(resource.RLIMIT_DATA, memory))
    if bounds.file_bytes is not None:
        size = bounds.file_bytes
        ask("bounding the size of files", lambda: _lower(resource.RLIMIT_FSIZE, size))
    ask("forbidding new privileges", forbid_new_privileges)
    if not bounds.sockets:
        ask("cutting off the network", forbid_sockets)
    if bounds.writable is not None:
        folders = [*bounds.writable, Path(tempfile.gettempdir()), Path("/dev")]
        ask("forbidding to write outside the project", lambda: forbid_writing_outside(folders))
    return tuple(lacking)


@contextmanager
def no_endless_frames(seconds: float = 120.0) -> Iterator[Callable[[], None]]:
    """End this worker process where one frame takes more processor time than any sound one does.

    That is the way out of a decoder that a crafted file has sent round in circles. In a process that is nobody's worker
    nothing is bounded, since there is nobody who would tell of its end.

    Args:
        seconds: Of all threads together.

    Yields:
        A function to call after each frame or picture.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)

    def next_frame() -> None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))

    if multiprocessing.parent_process() is None:
        yield lambda: None
        return
    next_frame()
    try:
        yield next_frame
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))


def shortcomings() -> tuple[str, ...]:
    """Return what this machine cannot grant, tried out in a process of its own; empty where it grants everything."""
    command = [sys.executable, "-m", "engine.sandbox"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if tried.returncode != 0:
        return ("any bound at all (the attempt ended unexpectedly)",)
    return tuple(tried.stdout.splitlines())


def _lower(kind: int, limit: int) -> None:
    _, hard = resource.getrlimit(kind)
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (limit, limit))


def _share_of_memory() -> int:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(_MEMORY_LEAST, int(_MEMORY_SHARE * total))


if __name__ == "__main__":
    sys.stdout.write("".join(f"{each}\n" for each in confine(looking())))
