"""Two machines, each with a mount of its own of one folder, as of a network drive: without locks in common, or cut off.

`bindfs` is the drive's server here; stopped, it is a network that is down.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from daemon.status import State
from engine.project.fence import LAPSE_SECONDS
from engine.project.folder import ProjectFolder
from tests.machines import needs_machines

from .journey import DaemonProcess, fill_project, small_project, state_of, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    needs_machines,
    pytest.mark.skipif(shutil.which("bindfs") is None or os.geteuid() != 0, reason="needs root and bindfs, to mount"),
]

SETTINGS = "shared = true\nlight_jobs = 0\nsettle_seconds = 0.3\nrescan_seconds = 0.5\nmin_free_mb = 1\n"


@contextmanager
def mounted(workspace: Path, mount: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    mount.mkdir()
    with subprocess.Popen(["bindfs", "-f", *words, str(workspace), str(mount)]) as server:
        try:
            wait_until(mount.is_mount)
            yield server
        finally:
            server.send_signal(signal.SIGCONT)
            subprocess.run(["umount", "--lazy", str(mount)], check=True)


@contextmanager
def at_work(mount: Path, machine: str) -> Iterator[DaemonProcess]:
    daemon = DaemonProcess(mount, settings=SETTINGS, machine=machine)
    try:
        yield daemon
    finally:
        with suppress(psutil.NoSuchProcess):
            daemon.leave()


def test_where_locks_do_not_reach_from_mount_to_mount_the_second_machine_is_refused(
    workspace: Path, tmp_path: Path
) -> None:
    """Given mounts that each keep locks of their own, as sshfs and NFS without locks do, one daemon works."""
    one, two = tmp_path / "one", tmp_path / "two"
    with mounted(workspace, one), mounted(workspace, two), at_work(one, "box-one") as first:
        wait_until(lambda: first.said("watching"))
        second = DaemonProcess(two, settings=SETTINGS, machine="box-two")
        wait_until(lambda: second.process.poll() is not None)
        assert second.said("Locks do not reach from machine to machine on the network drive") == 1
        assert second.said(f"box-one is at work in {two}") == 1
        assert not second.said("watching")


def test_a_machine_that_is_cut_off_ends_its_work_and_nobody_writes_over_that_of_the_other(
    workspace: Path, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    forwarding = ("--enable-lock-forwarding", "--multithreaded")
    folder = ProjectFolder(workspace / "anna")
    fill_project(folder, small_project("anna"), extract={"units": 100, "unit_seconds": 0.2})
    with (
        mounted(workspace, one, *forwarding) as server,
        mounted(workspace, two, *forwarding),
        at_work(one, "box-one") as first,
    ):
        wait_until(lambda: len(units(folder)) > 3)
        stage = child_in_work(first)
        with at_work(two, "box-two") as second:
            wait_until(lambda: second.said("watching"))
            server.send_signal(signal.SIGSTOP)
            begun = len(units(folder))
            time.sleep(LAPSE_SECONDS + 10)
            assert len(units(folder)) <= begun + 1
            assert second.said("finding faces") == 0
            server.send_signal(signal.SIGCONT)
            wait_until(lambda: not is_alive(stage))
            wait_until(lambda: state_of(folder.path) is State.FINISHED, seconds=240)
            assert first.said("the disk was out of reach for too long") == 1
            assert first.said("watching") == 2
    # One unit was under way when the disk was cut off; each other was begun once.
    assert len(units(folder)) <= len(set(units(folder))) + 1


def units(folder: ProjectFolder) -> list[str]:
    log = folder.path / "units.log"
    return log.read_text().splitlines() if log.exists() else []


def child_in_work(daemon: DaemonProcess) -> psutil.Process:
    """Return the stage at work of a daemon, whose numbers are those of another machine."""
    inside = psutil.Process(daemon.process.pid).children(recursive=True)
    return next(each for each in inside if "extract" in each.cmdline())


def is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False
