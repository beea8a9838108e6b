"""SIGKILL at random moments, to daemon, child or both, over a workspace of three projects: all end, nothing is lost.

`JOURNEY_KILLS=100` gives the full number, `JOURNEY_ENGINE=real` the real engine, watched from outside.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from daemon.status import State
from engine.project.folder import ProjectFolder
from engine.project.markers import marker_path
from engine.project.stage import StageName

from .fake_engine import content
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
from .observer import Finds, Observer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

KILLS = int(os.environ.get("JOURNEY_KILLS", "8"))
UNITS, UNIT_SECONDS = 6 + KILLS, 0.03
NAMES = ("anna", "ben", "cleo")


def fill_workspace(workspace: Path, *names: str) -> None:
    script: dict[str, object] = {"units": UNITS, "unit_seconds": UNIT_SECONDS, "unit_bytes": 20_000}
    for name in names:
        folder = ProjectFolder(workspace / name)
        # Enough training that real projects have not ended before all kills are given out.
        project = small_project(name, steps=20 + KILLS // 4)
        fill_project(folder, project, extract=script, train=script, convert=script)


def results(workspace: Path) -> dict[str, str]:
    return {name: digest_of_result(ProjectFolder(workspace / name)) for name in NAMES}


def are_finished(workspace: Path) -> bool:
    return all(state_of(workspace / name) is State.FINISHED for name in NAMES)


def undisturbed(workspace: Path) -> tuple[str, float]:
    """Run one project in peace; return its result and how long a stage takes to get going on this machine."""
    workspace.mkdir()
    fill_workspace(workspace, "anna")
    began = time.monotonic()
    daemon = DaemonProcess(workspace, "--once")
    wait_until(lambda: daemon.process.poll() is not None)
    seconds = time.monotonic() - began - (0 if IS_REAL else 3 * UNITS * UNIT_SECONDS)
    return digest_of_result(ProjectFolder(workspace / "anna")), seconds / 4


def live_a_while(workspace: Path, chance: random.Random, start_seconds: float) -> None:
    """Wait for a random moment: somewhere in the start of a stage, or after it has done a little more work."""
    if chance.random() < 0.3:
        time.sleep(chance.uniform(0.0, start_seconds))
        return
    goal = units_begun(workspace) + chance.randrange(1, 12)
    with contextlib.suppress(AssertionError):
        wait_until(lambda: units_begun(workspace) >= goal, seconds=5 * start_seconds, every=0.01)
    time.sleep(chance.uniform(0.0, UNIT_SECONDS))


def live_for_real(workspace: Path, chance: random.Random, stage_seconds: float, share_of_kills: float) -> None:
    """Wait for a random moment, longer where the projects are behind the kills: so these hit every stage."""
    stages = [marker_path(ProjectFolder(workspace / name), stage) for name in NAMES for stage in StageName]
    # The last kills are given out while there is still a quarter of the way to go.
    is_behind = sum(marker.exists() for marker in stages) / len(stages) < 0.75 * share_of_kills
    time.sleep(chance.uniform(0.0, 2.0 if is_behind else 0.4) * stage_seconds)


def units_begun(workspace: Path) -> int:
    logs = [workspace / name / "units.log" for name in NAMES]
    return sum(log.read_text().count("\n") for log in logs if log.exists())


def kill_somebody(workspace: Path, daemon: DaemonProcess, chance: random.Random) -> tuple[DaemonProcess, str]:
    """Kill the daemon, a stage at work, or both; return the daemon that then watches, and what was hit."""
    victims = chance.choice(("daemon", "child", "both"))
    at_work = [str(status.stage) for name in NAMES if (status := status_of(workspace / name)) and status.child_pid]
    children = [child for name in NAMES if (child := child_of(workspace / name)) is not None]
    if victims != "daemon":
        for child in children:
            try:
                child.kill()
            except psutil.NoSuchProcess:
                continue
    if victims != "child":
        daemon.kill()
        daemon = DaemonProcess(workspace)
    return daemon, f"{victims} in {at_work[0] if at_work else 'between'}"


def test_nothing_is_lost_however_often_somebody_is_killed(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected, stage_seconds = undisturbed(tmp_path / "undisturbed")
    fill_workspace(workspace, *NAMES)
    chance = random.Random(7)
    daemon = DaemonProcess(workspace)
    hits: list[str] = []
    with Observer([ProjectFolder(workspace / name) for name in NAMES if IS_REAL]) as observer:
        try:
            while len(hits) < KILLS and not are_finished(workspace):
                if IS_REAL:
                    live_for_real(workspace, chance, stage_seconds, len(hits) / KILLS)
                else:
                    live_a_while(workspace, chance, stage_seconds)
                daemon, hit = kill_somebody(workspace, daemon, chance)
                hits.append(hit)
            wait_until(lambda: are_finished(workspace), every=0.2)
        finally:
            daemon.leave()
    tell(capsys, f"{len(hits)} kills: {dict(Counter(hits))}")
    assert len(hits) == KILLS, "the projects ended before all kills were given out"
    if IS_REAL:
        tell(capsys, f"{observer.finds}")
        assert observer.finds == Finds(pieces=observer.finds.pieces)
    # All three have the same media, settings and seed.
    assert results(workspace) == dict.fromkeys(NAMES, expected)
    if not IS_REAL:
        assert_little_was_repeated(workspace, len(hits), capsys)
        assert_all_files_are_whole(workspace)


def tell(capsys: pytest.CaptureFixture[str], words: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{words}\n")


def assert_little_was_repeated(workspace: Path, kills: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Each kill costs at most the unit that was under way."""
    repeated = 0
    for name in NAMES:
        units = Counter((workspace / name / "units.log").read_text().splitlines())
        repeated += sum(times - 1 for times in units.values())
    tell(capsys, f"{kills} kills: {repeated} units of work repeated")
    assert repeated <= kills


def assert_all_files_are_whole(workspace: Path) -> None:
    for name in NAMES:
        for path in (workspace / name / "work/units").rglob("[0-9]*.txt"):
            size = 20_000 if path.parents[1].name != "report" else 100
            assert path.read_text() == content(int(path.stem), size)
