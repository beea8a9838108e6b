"""Trainings through the queue of a real Slurm, where one is there: with what can happen to a job.

A single node on this machine will do (Debian: slurm-wlm), with a graphics card that need not be one: `Gres=gpu:1` for
the node, and `Name=gpu File=/dev/null` in gres.conf.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from daemon.status import State
from engine.project.folder import ProjectFolder
from engine.project.settings import Wanted
from engine.project.stage import StageName

from .conftest import MakeProject
from .driver import QUICK, Daemon, is_in, starts, status
from .fake_engine import let_go


def has_slurm() -> bool:
    if shutil.which("sinfo") is None:
        return False
    said = subprocess.run(["sinfo", "--noheader", "--format=%G"], capture_output=True, text=True, check=False)
    return said.returncode == 0 and "gpu" in said.stdout


pytestmark = [pytest.mark.slow, pytest.mark.skipif(not has_slurm(), reason="needs a Slurm that answers")]

LONG: dict[str, object] = {"units": 400, "unit_seconds": 0.05}


@pytest.fixture
def daemon(workspace: Path) -> Iterator[Daemon]:
    (workspace / "understudio.toml").write_text(f'{QUICK}\n[launch]\ntrain = ["srun", "--quiet", "--gres=gpu:1"]\n')
    daemon = Daemon(workspace)
    yield daemon
    daemon.leave()
    daemon.wake.close()


def is_training(folder: ProjectFolder) -> bool:
    now = status(folder)
    return now.stage is StageName.TRAIN and now.progress is not None and now.progress.done > 0


def steps(folder: ProjectFolder) -> list[str]:
    """The steps of the training that were done; one that was done twice stands there twice."""
    return [line for line in (folder.path / "units.log").read_text().splitlines() if line.startswith("train ")]


def jobs() -> list[str]:
    words = ["squeue", "--noheader", "--format=%i %t"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_project_is_carried_to_its_result_and_its_training_goes_through_the_queue(
    daemon: Daemon, make_project: MakeProject
) -> None:
    folder = make_project()
    daemon.until(is_in(folder, State.FINISHED))
    assert starts(folder) == ["extract", "train", "convert", "report"]


def test_paused_the_job_ends_at_its_safe_point_and_resumed_it_goes_on(
    daemon: Daemon, make_project: MakeProject
) -> None:
    folder = make_project(train=LONG)
    daemon.until(lambda: is_training(folder))
    folder.save(folder.load().model_copy(update={"wanted": Wanted.PAUSE}))
    daemon.until(is_in(folder, State.PAUSED))
    daemon.until(lambda: not jobs())
    folder.save(folder.load().model_copy(update={"wanted": Wanted.RUN}))
    daemon.until(is_in(folder, State.FINISHED), 120)
    assert len(steps(folder)) == len(set(steps(folder))) == 400


def test_a_killed_srun_and_a_cancelled_job_cost_no_more_than_the_step_in_hand(
    daemon: Daemon, make_project: MakeProject
) -> None:
    folder = make_project(train=LONG)
    daemon.until(lambda: is_training(folder))
    psutil.Process(status(folder).child_pid).send_signal(signal.SIGKILL)
    daemon.until(lambda: starts(folder).count("train") == 2, 90)
    daemon.until(lambda: is_training(folder), 90)
    for job in jobs():
        subprocess.run(["scancel", job.split()[0]], check=True)
    daemon.until(lambda: starts(folder).count("train") == 3, 90)
    daemon.until(is_in(folder, State.FINISHED), 120)
    assert len(set(steps(folder))) == 400
    assert len(steps(folder)) <= 402


def test_a_full_queue_is_waited_for_and_said(daemon: Daemon, make_project: MakeProject) -> None:
    with subprocess.Popen(["srun", "--quiet", "--gres=gpu:1", "sleep", "300"]) as other:
        folder = make_project()
        daemon.until(lambda: "waiting for srun" in status(folder).message)
        daemon.rounds(2)
        assert "train" not in starts(folder)
        other.terminate()
        other.wait()
    daemon.until(is_in(folder, State.FINISHED), 90)


def test_who_is_paused_while_the_queue_is_full_leaves_it(daemon: Daemon, make_project: MakeProject) -> None:
    with subprocess.Popen(["srun", "--quiet", "--gres=gpu:1", "sleep", "300"]) as other:
        folder = make_project(train={"waits": True})
        daemon.until(lambda: "waiting for srun" in status(folder).message)
        folder.save(folder.load().model_copy(update={"wanted": Wanted.PAUSE}))
        daemon.until(is_in(folder, State.PAUSED))
        daemon.until(lambda: len(jobs()) == 1)
        other.terminate()
        other.wait()
    let_go(folder.path)
