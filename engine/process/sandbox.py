"""Bounds around a process that opens strangers' files: its memory, its files and its network.

A decoder that a crafted file has taken over finds no network, no privileges to win, nothing to read but the project and
the system's own files, nowhere to write but the project, and no more memory than its share. Every bound is inherited by
worker processes, and none can be undone. That nothing outside can be read also makes a link harmless that is swapped in
after it was checked.

How long a single frame may take is watched where frames are decoded, in `engine.media.timeouts`.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import AccessRefused
from engine.host import cards
from engine.host.home import home
from engine.process.kernel import forbid_new_privileges, forbid_sockets, keep_to_folders
from engine.process.memory import share_of_memory
from engine.project.stage import StageName

_GIB = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a process may do. None and True stand for no bound."""

    memory_bytes: int | None = None
    """Private memory that it may reserve; shared libraries and mapped files do not count."""
    file_bytes: int | None = None
    """Largest size of a file that it writes."""
    network: bool = False
    """It may open sockets: for the one process that fetches pictures, and decodes none."""
    readable: tuple[Path, ...] | None = None
    """Folders and files that it may read; those that it may write, and those of the system and of Python, are always
    among them."""
    writable: tuple[Path, ...] | None = None
    """Folders below which it may write; the temporary folder and devices are always among them."""


def bounds_for(stage: StageName, project: Path, signing: Sequence[Path] = (), programs: Path | None = None) -> Bounds:
    """Return the bounds of a stage.

    What a process reserves is bounded, except in training and in conversion on a graphics card: beyond it a decoder
    fails at once, and only its own file is refused. What a process really fills is bounded in each
    (`engine.process.memory`).

    Args:
        stage: The stage.
        project: The project folder.
        signing: Where the certificate lies; only stages that sign may read it.
        programs: Where what is compiled for this project is kept, if anywhere.
    """
    return Bounds(
        memory_bytes=share_of_memory() if _may_bound_memory(stage) else None,
        file_bytes=max(_GIB, shutil.disk_usage(project).free - _GIB // 2),
        readable=(project, *library_caches(), *(signing if stage.facts.signs else ())),
        writable=(project, *filter(None, [programs])),
    )


def _may_bound_memory(stage: StageName) -> bool:
    match stage:
        case StageName.EXTRACT | StageName.REPORT:
            return True
        case StageName.TRAIN:
            return False
        case StageName.CONVERT:
            return not cards.names() or cards.are_hidden()


def inspection_bounds(writable: Sequence[Path] = (), readable: Sequence[Path] | None = None) -> Bounds:
    """Return the bounds for inspecting files that belong to no project: `check`, `verify`, the strip of a video.

    Args:
        writable: Folders, which exist.
        readable: The files and folders that are inspected; None leaves reading as it is.
    """
    return Bounds(
        memory_bytes=share_of_memory(),
        file_bytes=_GIB,
        readable=None if readable is None else tuple(readable),
        writable=tuple(writable),
    )


def confine(bounds: Bounds) -> tuple[str, ...]:
    """Put this process, and all that it will start, within bounds.

    Call it before any thread is started: a thread that runs already might keep what it has.

    Returns:
        The bounds that this machine does not support, one phrase each; empty where it supports all.
    """
    lacking: list[str] = []

    def attempt(what: str, restrict: Callable[[], None]) -> None:
        try:
            restrict()
        except (OSError, ValueError) as error:
            lacking.append(f"{what} ({error})")

    # A core file would hold the faces that were in memory.
    attempt("keeping memory out of core files", lambda: _lower(resource.RLIMIT_CORE, 0))
    if bounds.memory_bytes is not None:
        memory = bounds.memory_bytes
        attempt("bounding memory", lambda: _lower(resource.RLIMIT_DATA, memory))
    if bounds.file_bytes is not None:
        size = bounds.file_bytes
        attempt("bounding the size of files", lambda: _lower(resource.RLIMIT_FSIZE, size))
    attempt("forbidding new privileges", forbid_new_privileges)
    if not bounds.network:
        attempt("cutting off the network", forbid_sockets)
    if bounds.writable is not None:
        writable = [*bounds.writable, Path(tempfile.gettempdir()), Path("/dev")]
        readable = None if bounds.readable is None else [*bounds.readable, *_system()]
        attempt("keeping to the project folder", lambda: keep_to_folders(writable, readable))
    return tuple(lacking)


def shortcomings() -> tuple[str, ...]:
    """Return the bounds that this machine does not support, tried in a process of its own; empty if there is none."""
    command = [sys.executable, "-P", "-m", "engine.process.sandbox"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if tried.returncode != 0:
        return ("any bound at all (the attempt ended unexpectedly)",)
    return tuple(tried.stdout.splitlines())


_SYSTEM = (
    *("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/opt", "/etc", "/proc", "/sys", "/dev", "/run"),
    *("/nix", "/gnu", "/snap"),
)


def _system() -> list[Path]:
    """Return where programs and libraries lie: none of it is personal."""
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    # Where Python looks for modules in the working folder, that may be anybody's; our own code is named instead.
    modules = [place for place in sys.path if Path(place).absolute() != Path.cwd()]
    python = [sys.prefix, sys.base_prefix, str(Path(__file__).parents[2]), *modules, *filter(None, libraries)]
    return [Path(place).absolute() for place in (*_SYSTEM, *python)]


def library_caches() -> list[Path]:
    """Return what the libraries of training keep in the home folder: Keras its settings, CUDA its programs."""
    try:
        return [home() / ".keras", home() / ".nv"]
    except AccessRefused:
        return []


def _lower(kind: int, limit: int) -> None:
    _, hard = resource.getrlimit(kind)
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (limit, limit))


if __name__ == "__main__":
    sys.stdout.write("".join(f"{each}\n" for each in confine(inspection_bounds(readable=()))))
