"""Two machines over one folder, killed again and again: every project is done once, and none is lost.

A machine is a host name and process numbers of its own (`tests.machines`); killed, all its processes are gone at once,
as in a power cut. `SHARED_PROJECTS` and `SHARED_KILLS` give other numbers.
"""

from __future__ import annotations

import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from daemon.status import State
from engine.project.folder import ProjectFolder
from engine.project.stage import StageName
from tests.machines import needs_machines

from .journey import DaemonProcess, digest_of_result, fill_project, small_project, state_of, status_of, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), needs_machines]

PROJECTS = int(os.environ.get("SHARED_PROJECTS", "12"))
KILLS = int(os.environ.get("SHARED_KILLS", "4"))
MACHINES = ("box-one", "box-two")
AT_ONCE = 2
"""Stages that a daemon has at work at a time."""
SETTINGS = f"shared = true\nlight_jobs = {AT_ONCE - 1}\nsettle_seconds = 0.3\nrescan_seconds = 0.5\nmin_free_mb = 1\n"
STAGES = "extracting|training|converting|measuring"


class Machines:
    """Both machines, each with its daemon; what they said is kept when they are killed."""

    def __init__(self, workspace: Path, settings: str = SETTINGS) -> None:
        self._workspace, self._settings = workspace, settings
        self.daemons = {name: self._start(name) for name in MACHINES}
        self.lines: list[str] = []

    def _start(self, name: str) -> DaemonProcess:
        return DaemonProcess(self._workspace, settings=self._settings, machine=name)

    def kill(self, name: str) -> None:
        self.lines += self.daemons[name].lines
        self.daemons.pop(name).kill()

    def begin_anew(self, name: str) -> None:
        self.daemons[name] = self._start(name)

    def leave(self) -> None:
        for daemon in self.daemons.values():
            daemon.leave()
            self.lines += daemon.lines


def fill(workspace: Path, units: int) -> list[Path]:
    script: dict[str, object] = {"units": units, "unit_seconds": 0.06}
    names = [f"p{number:02}" for number in range(PROJECTS)]
    for name in names:
        fill_project(ProjectFolder(workspace / name), small_project(name), **{str(each): script for each in StageName})
    return [workspace / name for name in names]


def finished(projects: Sequence[Path]) -> int:
    return sum(state_of(path) is State.FINISHED for path in projects)


def wait_for(projects: Sequence[Path], count: int) -> None:
    wait_until(lambda: finished(projects) >= count, seconds=600, every=0.1)


def test_projects_are_done_once_by_two_machines_that_lose_their_power_meanwhile(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "told.log"
    hook = f"""[hook]\ncommand = ["sh", "-c", 'echo "$UNDERSTUDIO_FOLDER" >> {told}']\n"""
    projects, chance, began = fill(workspace, units=8), random.Random(3), time.monotonic()
    machines = Machines(workspace, SETTINGS + hook)
    try:
        for kill in range(KILLS):
            wait_for(projects, (kill + 1) * len(projects) // (KILLS + 2))
            time.sleep(chance.uniform(0.0, 1.0))
            name = chance.choice(MACHINES)
            machines.kill(name)
            # Some are away for a while, and the other goes on with what they had in hand.
            time.sleep(chance.choice((0.0, 3.0)))
            machines.begin_anew(name)
        wait_for(projects, len(projects))
    finally:
        machines.leave()
    repeated = assert_each_was_done_once(projects, machines.lines)
    # Killed between the command and the status that says so, it is run again.
    runs = Counter(told.read_text().splitlines())
    assert set(runs) == {str(path) for path in projects}
    assert sum(runs.values()) <= len(projects) + KILLS
    by = Counter(status.host for path in projects if (status := status_of(path)) is not None)
    assert set(by) == set(MACHINES)
    with capsys.disabled():
        sys.stdout.write(f"\n{len(projects)} projects, {KILLS} kills, {time.monotonic() - began:.0f} s: ")
        sys.stdout.write(f"{repeated} units of work repeated, done by {dict(by)}\n")


def assert_each_was_done_once(projects: Sequence[Path], lines: Sequence[str]) -> int:
    """Assert that no stage was done twice or lost, and return how many units of work were begun again."""
    ends = Counter(found[1] for line in lines if (found := re.search(rf"(p\d+: ({STAGES}) done)", line)))
    assert {end: times for end, times in ends.items() if times > 1} == {}
    units = Counter(
        f"{path.name} {unit}" for path in projects for unit in (path / "units.log").read_text().splitlines()
    )
    repeated = sum(times - 1 for times in units.values())
    # Two at once on one project would begin each of its units twice.
    assert repeated <= KILLS * AT_ONCE
    assert len({digest_of_result(ProjectFolder(path)) for path in projects}) == 1
    return repeated
