"""The real command in every stage: asked to end, out of room, out of memory, a stage that is frozen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from daemon.status import State
from engine.project.folder import ProjectFolder
from engine.project.stage import ExitCode, StageName

from .journey import (
    IS_REAL,
    DaemonProcess,
    child_of,
    digest_of_result,
    fill_project,
    small_project,
    state_of,
    status_of,
    wait_until,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600 if IS_REAL else 300)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of twelve megabytes, or for the real engine of 250."""
    place = tmp_path / "disk"
    place.mkdir()
    size = "size=250m" if IS_REAL else "size=12m"
    words = ["mount", "-t", "tmpfs", "-o", size, "understudio-test", str(place)]
    if os.geteuid() != 0 or subprocess.run(words, check=False).returncode != 0:
        pytest.skip("mounting a file system needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def small_memory() -> Iterator[Path]:
    """A control group whose processes may take 400 MB together."""
    groups = Path("/sys/fs/cgroup")
    is_old = (groups / "memory").is_dir()
    group = (groups / "memory" if is_old else groups) / f"understudio-test-{os.getpid()}"
    try:
        group.mkdir()
        (group / ("memory.limit_in_bytes" if is_old else "memory.max")).write_text(str(400 << 20))
    except OSError:
        pytest.skip("bounding memory needs root and control groups")
    yield group
    group.rmdir()


def fill_up(disk: Path) -> Path:
    """Use up all room, and return the file that does."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * (1 << 14))
        except OSError:
            return ballast


def was_held_up(daemon: DaemonProcess, times: int) -> bool:
    return daemon.said("anna: no-room: Waiting for room") >= times


def is_at_work(folder: ProjectFolder, stage: StageName) -> bool:
    """Return whether a stage has begun with its work, of which it has told something."""
    if not IS_REAL:
        return (folder.work / "units" / stage).exists()
    status = status_of(folder.path)
    told = status.progress if status is not None and status.state is State.RUNNING else None
    return told is not None and told.stage is stage


def working_project(folder: ProjectFolder, units: int) -> None:
    """Make a project whose every stage is at work for a while."""
    script: dict[str, object] = {"units": units, "unit_seconds": 0.1, "unit_bytes": 20_000}
    fill_project(folder, small_project(folder.path.name), **{stage.value: script for stage in StageName})


def test_a_full_disk_in_every_stage_holds_up_and_ruins_nothing(small_disk: Path) -> None:
    folder = ProjectFolder(small_disk / "anna")
    daemon = DaemonProcess(small_disk)
    try:
        working_project(folder, units=15)
        for held_up, stage in enumerate(StageName, start=1):
            wait_until(partial(is_at_work, folder, stage))
            ballast = fill_up(small_disk)
            wait_until(partial(was_held_up, daemon, held_up))
            wait_until(lambda: child_of(folder.path) is None or state_of(folder.path) is not State.RUNNING)
            ballast.unlink()
        wait_until(lambda: state_of(folder.path) is State.FINISHED)
    finally:
        daemon.leave()
    assert digest_of_result(folder)
    if not IS_REAL:
        assert len(set((folder.path / "units.log").read_text().splitlines())) == 4 * 15


def test_the_daemon_ends_cleanly_in_every_stage(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ProjectFolder(workspace / "anna")
    working_project(folder, units=15)
    seconds: dict[str, float] = {}
    for stage in StageName:
        daemon = DaemonProcess(workspace)
        wait_until(partial(is_at_work, folder, stage))
        seconds[stage.value] = round(daemon.leave(), 1)
        assert seconds[stage.value] < 10
        assert daemon.process.returncode == ExitCode.DONE
        assert daemon.said("stopped at its safe point") + daemon.said("took too long to stop") == 1, daemon.lines
        assert "everything finished so far is kept" in daemon.lines[-1]
        assert state_of(folder.path) is State.QUEUED
    with capsys.disabled():
        sys.stdout.write(f"\nended after so many seconds: {seconds}\n")


def test_a_frozen_stage_is_noticed_ended_and_started_again(workspace: Path) -> None:
    folder = ProjectFolder(workspace / "anna")
    working_project(folder, units=15)
    hang = 60 if IS_REAL else 5
    quick = f"settle_seconds = 0.3\nrescan_seconds = 0.5\nmin_free_mb = 1\nhang_seconds = {hang}\n"
    daemon = DaemonProcess(workspace, settings=quick)
    try:
        wait_until(lambda: is_at_work(folder, StageName.EXTRACT))
        frozen = child_of(folder.path)
        assert frozen is not None
        frozen.send_signal(signal.SIGSTOP)
        wait_until(lambda: daemon.said("nothing was heard for too long"))
        wait_until(lambda: not frozen.is_running())
        wait_until(lambda: daemon.said("anna: finding faces done"))
    finally:
        daemon.leave()
    assert daemon.said("finding faces ended unexpectedly; the next try follows") == 1


def test_a_stage_that_the_kernel_ends_for_want_of_memory_takes_less_at_a_time(
    workspace: Path, small_memory: Path
) -> None:
    folder = ProjectFolder(workspace / "anna")
    daemon = DaemonProcess(workspace)
    (small_memory / "cgroup.procs").write_text(str(daemon.process.pid))
    try:
        fill_project(folder, small_project("anna"), train={"face_mb": 60})
        wait_until(lambda: state_of(folder.path) is State.FINISHED)
    finally:
        daemon.leave()
    assert daemon.said("training ran out of memory; the next try takes less at a time") == 1
    status = status_of(folder.path)
    assert status is not None
    assert "training takes 4 faces at a time and adds up 2" in status.note
