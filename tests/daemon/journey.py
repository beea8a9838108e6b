"""What journeys share: the real command as a process, and projects for the pretended engine or the real one.

`JOURNEY_ENGINE=real` runs them with the real engine on a few seconds of the bundled clips, which takes much longer.
"""

from __future__ import annotations

import atexit
import datetime as dt
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import imageio_ffmpeg
import psutil

from daemon.publisher import result_of
from daemon.status import State, Status, read_status
from engine.project.folder import ProjectFolder
from engine.project.settings import Consent, ConsentBasis, ConsentRecord, Project, TrainSettings
from tests.machines import as_machine
from tests.real_faces import MAN, WOMAN

from .conftest import fill
from .driver import FAKE_ENGINE

ROOT = Path(__file__).parents[2]
IS_REAL = os.environ.get("JOURNEY_ENGINE") == "real"
PATIENCE = 3600.0 if IS_REAL else 120.0

_PERSON = Consent(
    basis=ConsentBasis.TEST_ACTOR, note="Agreed for tests", recorded_on=dt.date(2026, 1, 1), is_adult=True
)
AGREED = ConsentRecord(source=_PERSON, target=_PERSON)


def small_project(name: str, steps: int = 20) -> Project:
    """Return a project that gives the same result each time."""
    train = TrainSettings(steps=steps, checkpoint_seconds=2.0)
    return Project(name=name, consent=AGREED, deterministic=True, train=train)


def fill_project(folder: ProjectFolder, project: Project, **scripts: dict[str, object]) -> None:
    """Put media and project file into an existing folder; `scripts` are for the pretended engine."""
    for each in (folder.source, folder.target):
        each.mkdir(parents=True, exist_ok=True)
    fill(folder, project, **scripts)
    if IS_REAL:
        (folder.source / "face.png").unlink()
        source, target = short_clips()
        shutil.copy(source, folder.source / "face.mp4")
        shutil.copy(target, folder.target / "clip.mp4")


@cache
def short_clips() -> tuple[Path, Path]:
    """Return a moment of each person; the target's takes two segments to convert."""
    place = Path(tempfile.mkdtemp(prefix="understudio-journey-"))
    atexit.register(shutil.rmtree, place)
    return _cut(WOMAN, 14, 40, place / "source.mp4"), _cut(MAN, 8, 126, place / "target.mp4")


def _cut(clip: Path, start: float, frames: int, out: Path) -> Path:
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-ss", str(start), "-i", str(clip)]
    subprocess.run([*words, "-frames:v", str(frames), "-crf", "18", str(out)], check=True)
    return out


def digest_of_result(folder: ProjectFolder) -> str:
    """Return a digest of the frames of the finished video."""
    named = result_of(folder)
    assert named is not None, f"{folder.path.name} has no result"
    if not IS_REAL:
        return (folder.path / named).read_text()
    from engine.media.frames import read_frames

    digest = hashlib.sha256()
    for frame in read_frames(folder.path / named):
        digest.update(f"{frame.index} {frame.pts}".encode() + frame.image.tobytes())
    return digest.hexdigest()


class DaemonProcess:
    """`understudio daemon` as a process of its own, or on a machine of its own where one is named."""

    def __init__(self, workspace: Path, *words: str, settings: str = "", machine: str = "") -> None:
        self.workspace = workspace
        self.is_on_machine = bool(machine)
        self.lines: list[str] = []
        quick = "settle_seconds = 0.3\nrescan_seconds = 0.5\nmin_free_mb = 1\n"
        (workspace / "understudio.toml").write_text(settings or quick)
        environment = dict(os.environ)
        if not IS_REAL:
            environment["UNDERSTUDIO_ENGINE"] = f"{sys.executable} {FAKE_ENGINE}"
        command = [sys.executable, "-m", "tui.cli", "daemon", *words, str(workspace)]
        self.process = subprocess.Popen(
            as_machine(machine, command) if machine else command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self.lines.append(line.rstrip())

    def said(self, words: str) -> int:
        """Return in how many lines it said this."""
        return sum(words in line for line in list(self.lines))

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def leave(self) -> float:
        """Ask it to end, and return after how many seconds it did."""
        began = time.monotonic()
        # On a machine of its own it is the first process there, begun by the one that made the machine.
        inside = psutil.Process(self.process.pid).children() if self.is_on_machine else []
        for each in inside or [self.process]:
            each.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self._reader.join(timeout=5)
        return time.monotonic() - began


def status_of(path: Path) -> Status | None:
    return read_status(ProjectFolder(path))


def state_of(path: Path) -> State | None:
    status = status_of(path)
    return status.state if status else None


def wait_until(holds: Callable[[], object], seconds: float = PATIENCE, every: float = 0.05) -> float:
    """Wait for something and return after how many seconds it held."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "waited in vain"
        time.sleep(every)
    return time.monotonic() - began


def child_of(path: Path) -> psutil.Process | None:
    """Return the process of the stage at work on a project."""
    status = status_of(path)
    try:
        return psutil.Process(status.child_pid) if status and status.child_pid else None
    except psutil.NoSuchProcess:
        return None
