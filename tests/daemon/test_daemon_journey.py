"""The real command: idleness, quick answers, one daemon a workspace, what it tells systemd, people and programs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from daemon.commands import Change, change_project
from daemon.status import State
from daemon.workspace import scan
from engine.project.folder import ProjectFolder, create_folder
from engine.project.stage import ExitCode

from .conftest import fill, mark_finished
from .journey import ROOT, DaemonProcess, child_of, fill_project, small_project, state_of, status_of, wait_until

pytestmark = pytest.mark.slow

IDLE_SECONDS = float(os.environ.get("JOURNEY_IDLE_SECONDS", "5"))


def finished_project(workspace: Path, name: str) -> None:
    """Make a project whose markers say that all is done."""
    folder = create_folder(workspace / name)
    fill(folder, small_project(name))
    for number in range(8):
        (folder.source / f"photo {number}.png").write_bytes((folder.source / "face.png").read_bytes())
    mark_finished(folder)


def said(daemon: DaemonProcess, words: str, times: int) -> Callable[[], bool]:
    """Return whether it has said this in so many lines, to be asked again and again."""
    return lambda: daemon.said(words) == times


def test_an_idle_daemon_costs_next_to_nothing(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(50):
        finished_project(workspace, f"project {number}")
    daemon = DaemonProcess(workspace, settings="")
    try:
        process = psutil.Process(daemon.process.pid)
        wait_until(lambda: all(state_of(path) is State.FINISHED for path in scan(workspace).snapshots))
        time.sleep(2)
        before, began = process.cpu_times(), time.monotonic()
        time.sleep(IDLE_SECONDS)
        after, seconds = process.cpu_times(), time.monotonic() - began
        share = (after.user + after.system - before.user - before.system) / seconds
        memory = process.memory_info().rss / 1e6
        libraries = {Path(each.path).name for each in process.memory_maps()}
    finally:
        daemon.leave()
    with capsys.disabled():
        sys.stdout.write(f"\nidle with 50 finished projects: {share:.2%} of a core, {memory:.0f} MB\n")
    assert memory < 100
    assert not any("tensorflow" in name or "dlib" in name for name in libraries)


def test_a_thousand_folders_are_scanned_in_under_a_second(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stock = create_folder(tmp_path / "stock")
    fill(stock, small_project("x"))
    for photo in range(8):
        (stock.source / f"photo {photo}.png").write_bytes(b"x")
    for number in range(1000):
        shutil.copytree(stock.path, workspace / f"project {number}")
    began = time.process_time()
    assert len(scan(workspace).snapshots) == 1000
    seconds = time.process_time() - began
    with capsys.disabled():
        sys.stdout.write(f"\n1,000 project folders scanned in {seconds:.2f} s\n")


@pytest.mark.parametrize("words", [(), ("--polling",)], ids=["events", "polling"])
def test_a_change_of_what_is_wanted_is_acted_on_within_two_seconds(workspace: Path, words: tuple[str, ...]) -> None:
    folder = ProjectFolder(workspace / "anna")
    fill_project(folder, small_project("anna"), train={"units": 100_000, "unit_seconds": 0.02})
    # Without events, the look from time to time has to find it; with them, it must not be needed.
    rescan = 1.5 if words else 60
    daemon = DaemonProcess(workspace, *words, settings=f"settle_seconds = 0.3\nrescan_seconds = {rescan}\n")
    try:
        wait_until(lambda: (folder.work / "units/train").exists())
        for times in (1, 2):
            change_project(folder, Change.PAUSE)
            assert wait_until(said(daemon, "a pause is wanted", times)) < 2
            wait_until(lambda: state_of(folder.path) is State.PAUSED)
            change_project(folder, Change.RESUME)
            # Each start says it once, each stop in between too.
            assert wait_until(said(daemon, "anna: training", 1 + 2 * times), every=0.02) < 2
            wait_until(lambda: child_of(folder.path) is not None)
            time.sleep(1)
    finally:
        daemon.leave()


def test_the_daemon_ends_in_time_even_where_a_stage_is_deaf(workspace: Path) -> None:
    folder = ProjectFolder(workspace / "anna")
    fill_project(folder, small_project("anna"), extract={"hang_at": 1})
    daemon = DaemonProcess(workspace)
    wait_until(lambda: (folder.path / "units.log").exists())
    child = child_of(folder.path)
    assert child is not None
    assert daemon.leave() < 10
    assert not child.is_running()
    assert state_of(folder.path) is State.QUEUED


def test_a_second_daemon_says_who_holds_the_workspace(workspace: Path) -> None:
    daemon = DaemonProcess(workspace)
    try:
        wait_until(lambda: daemon.said("watching"))
        words = [sys.executable, "-m", "tui.cli", "daemon", str(workspace)]
        second = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
        assert second.returncode == ExitCode.FAILED
        assert f"process {daemon.process.pid}" in second.stderr
    finally:
        daemon.leave()


def test_no_stage_is_doubled_when_its_daemon_dies(workspace: Path) -> None:
    folder = ProjectFolder(workspace / "anna")
    fill_project(folder, small_project("anna"), extract={"units": 60, "unit_seconds": 0.05, "stop_seconds": 1.0})
    daemon = DaemonProcess(workspace)
    wait_until(lambda: (folder.path / "units.log").exists())
    orphan = child_of(folder.path)
    assert orphan is not None
    daemon.kill()
    daemon = DaemonProcess(workspace)
    try:
        wait_until(lambda: daemon.said("anna: finding faces"))
        # It has let go of the project, and may need a moment to end.
        wait_until(lambda: not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE)
        wait_until(lambda: daemon.said("anna: finding faces done"))
    finally:
        daemon.leave()
    units = (folder.path / "units.log").read_text().splitlines()
    assert len(units) == len(set(units))


def test_systemd_is_told_of_start_and_end(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "2000000")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        systemd.settimeout(20)
        daemon = DaemonProcess(workspace)
        heard = [systemd.recv(200).decode().splitlines()[0] for _ in range(6)]
        daemon.leave()
        systemd.settimeout(1)
        while heard[-1] != "STOPPING=1":
            heard.append(systemd.recv(200).decode().splitlines()[0])
    assert heard[0] == "READY=1"
    assert "WATCHDOG=1" in heard


def test_ctrl_c_is_a_clean_end_too(workspace: Path) -> None:
    daemon = DaemonProcess(workspace)
    wait_until(lambda: daemon.said("watching"))
    daemon.process.send_signal(signal.SIGINT)
    assert daemon.process.wait(timeout=10) == ExitCode.DONE


def test_status_is_told_to_people_and_programs(workspace: Path) -> None:
    folder = ProjectFolder(workspace / "anna")
    fill_project(folder, small_project("anna"), extract={"fail_at": 0})
    daemon = DaemonProcess(workspace)
    try:
        wait_until(lambda: state_of(folder.path) is State.FAILED)
        table = told("status", str(workspace))
        assert "anna" in table
        assert "The video is broken." in table
        assert str(folder.log_file) in table
        assert '"state":"failed"' in told("status", "--json", str(workspace)).replace(" ", "")
        assert "another try" in told("retry", str(folder.path))
        wait_until(lambda: daemon.said("anna: finding faces failed") == 2)
        # The log tells it a moment before the status does.
        wait_until(lambda: state_of(folder.path) is State.FAILED)
        status = status_of(folder.path)
        assert status is not None
        assert status.failure is not None
    finally:
        daemon.leave()
    assert "No daemon is at work" in told("status", str(workspace))


def told(*words: str) -> str:
    command = [sys.executable, "-m", "tui.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
