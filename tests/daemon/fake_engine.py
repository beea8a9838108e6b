"""Stands in for `python -m engine`: its real process, lock, lifeline and words around a stage that only pretends.

What it pretends is told by `fake.json` in the project folder, one entry a stage. The work itself is honest: every unit
is a file renamed in at a safe point, a restart goes on after the last one, and the result depends on all of them.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
from pathlib import Path

from pydantic import BaseModel

import engine.__main__ as child
from engine.errors import ClusterAway, CutShort, MediaError, OutOfMemory
from engine.files import atomic
from engine.project.folder import ProjectFolder
from engine.project.limits import batch_plan, read_limits
from engine.project.markers import Marker, fingerprint, write_marker
from engine.project.settings import Project, Wanted
from engine.project.stage import OnProgress, Outcome, Progress, ShouldStop, StageName

GO = "go"
"""A file in the project folder that ends the waiting of its stages."""
LOST = "lost"
"""A file in its work folder that says that its cluster was lost."""


class Script(BaseModel):
    """How one stage behaves."""

    units: int = 6
    """Safe points to the end."""
    unit_seconds: float = 0.01
    unit_bytes: int = 100
    crash_at: int = -1
    """Unit at which it dies of a bug, each time."""
    kill_at: int = -1
    """Unit at which it is killed, each time."""
    hang_at: int = -1
    """Unit at which it falls silent for ever, deaf to requests."""
    fail_at: int = -1
    """Unit at which it finds something a person must mend."""
    is_cut_short: bool = False
    """Find that the video was not copied whole, unless told to take what is there."""
    stop_seconds: float = 0.0
    """How long it takes from a request to the safe point."""
    fits_batch: int = 512
    """The largest batch that fits into memory."""
    face_mb: int = 0
    """Memory that training really takes for each face of a step."""
    forgets_marker: bool = False
    """Claim to be done and leave no proof."""
    waits: bool = False
    """Do nothing, and stop when asked, until `let_go` is called."""
    needs_cluster: bool = False
    """Find that its cluster does not answer, until `let_go` is called."""
    loses_cluster_at: int = -1
    """Unit at which its cluster is gone, once: it stops without having been asked to."""
    remark: str = ""
    """What it says of a graphics card that is not used."""
    workers: bool = False
    """Start a process that outlives its parent unless somebody ends it."""


class Scripts(BaseModel):
    """How all stages behave."""

    extract: Script = Script()
    train: Script = Script()
    convert: Script = Script()
    report: Script = Script()


class FakeStage:
    """Pretends to be a stage; keeps all the promises of one."""

    def __init__(self, name: StageName) -> None:
        self.name = name

    def run(self, folder: ProjectFolder, project: Project, report: OnProgress, should_stop: ShouldStop) -> Outcome:
        script: Script = getattr(read_scripts(folder.path), self.name.value)
        mark = fingerprint(folder, project, self.name)
        units = folder.work / "units" / self.name.value / mark[:12]
        append(folder.path / "starts.log", f"{self.name} {os.getpid()}")
        if script.workers:
            start_worker()
        if self.name is StageName.TRAIN and project.wanted is Wanted.FINISH:
            script = script.model_copy(update={"units": 0})
        for unit in range(script.units):
            while script.waits and not should_stop() and not (folder.path / GO).exists():
                time.sleep(0.02)
            if should_stop() or self._loses_cluster(script, unit, folder):
                time.sleep(script.stop_seconds)
                return Outcome.INTERRUPTED
            self._look_for_cluster(script, folder)
            self._misbehave(script, unit, folder, project)
            path = units / f"{unit:04}.txt"
            if not path.exists():
                # Noted before it is done, so that work begun twice shows.
                append(folder.path / "units.log", f"{self.name} {mark[:12]} {unit}")
                time.sleep(script.unit_seconds)
                atomic.write_text(path, content(unit, script.unit_bytes))
            loss = 1.0 / (unit + 1) if self.name is StageName.TRAIN else None
            left = (script.units - unit - 1) * script.unit_seconds
            report(
                Progress(
                    stage=self.name,
                    done=unit + 1,
                    total=script.units,
                    eta_seconds=left,
                    loss=loss,
                    step=unit + 1,
                    device="2 cores",
                    remark=script.remark,
                )
            )
        self._publish(folder, project, units)
        if not script.forgets_marker:
            write_marker(
                folder, Marker(self.name, mark, {"units": script.units, "result": folder.result_video(project).name})
            )
        return Outcome.DONE

    def _loses_cluster(self, script: Script, unit: int, folder: ProjectFolder) -> bool:
        is_lost_now = unit == script.loses_cluster_at and not (folder.work / LOST).exists()
        if is_lost_now:
            (folder.work / LOST).touch()
        return is_lost_now

    def _look_for_cluster(self, script: Script, folder: ProjectFolder) -> None:
        if script.needs_cluster and not (folder.path / GO).exists():
            raise ClusterAway("The cluster's scheduler does not answer.", "Start it.")

    def _misbehave(self, script: Script, unit: int, folder: ProjectFolder, project: Project) -> None:
        if unit == script.crash_at:
            raise RuntimeError("a bug")
        if unit == script.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if unit == script.fail_at:
            raise MediaError("The video is broken.", "Take another one.")
        if script.is_cut_short and not project.target.take_what_is_there:
            raise CutShort("The video ends after 13 of 44 s.", "Copy it again.")
        if self.name is StageName.TRAIN:
            micro_batch = batch_plan(project, read_limits(folder)).micro_batch
            if micro_batch > script.fits_batch:
                raise OutOfMemory("The machine ran out of memory.", "Choose a smaller batch.")
            assert b"x" * (micro_batch * script.face_mb << 20) is not None
        while unit == script.hang_at:
            time.sleep(60)

    def _publish(self, folder: ProjectFolder, project: Project, units: Path) -> None:
        if self.name is StageName.CONVERT:
            whole = "".join(path.read_text() for path in sorted(units.glob("[0-9]*.txt")))
            digest = hashlib.sha256(whole.encode()).hexdigest()
            atomic.write_text(folder.result_video(project), f"{digest} {project.convert.mask_blur}")


def read_scripts(folder: Path) -> Scripts:
    file = folder / "fake.json"
    return Scripts.model_validate_json(file.read_bytes()) if file.exists() else Scripts()


def content(unit: int, size: int) -> str:
    return (hashlib.sha256(str(unit).encode()).hexdigest() * (size // 64 + 1))[:size]


def let_go(folder: Path) -> None:
    (folder / GO).touch()


def append(log: Path, line: str) -> None:
    with log.open("a") as file:
        file.write(line + "\n")


def start_worker() -> None:
    if os.fork() == 0:
        time.sleep(300)
        os._exit(0)


def main() -> int:
    """Run the real engine's process with pretended stages, which open no media: so nobody looks at these first."""
    return child.main(work=work)


def work(
    folder: ProjectFolder, project: Project, name: StageName, report: OnProgress, should_stop: ShouldStop
) -> Outcome:
    return FakeStage(name).run(folder, project, report, should_stop)


if __name__ == "__main__":
    sys.exit(main())
