"""Stages started through somebody else's command keep their promises: real programs that stand for a cluster's."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.attempt import Attempt
from daemon.launching import Launcher
from daemon.retry_policy import Consequence, End, Tries, judge
from daemon.runner import Child, Ended
from daemon.status import State
from engine.project.folder import ProjectFolder
from engine.project.lock import is_free
from engine.project.stage import ExitCode, Outcome, StageName

from .conftest import MakeProject
from .driver import QUICK, Daemon, fake_command, is_in, starts, status
from .test_runner import wait_until

EXTRACT = StageName.EXTRACT
LONG: dict[str, object] = {"units": 100_000, "unit_seconds": 0.02}

LAUNCHERS = {
    "nice": Launcher(("nice", "-n", "1")),
    "own session": Launcher(("setsid", "--wait")),
    "wrapper": Launcher(("sh", "-c", '"$@"; exit $?', "wrapper")),
    "deaf wrapper": Launcher(("sh", "-c", "trap '' TERM INT; \"$@\"; exit $?", "wrapper")),
    "shell elsewhere": Launcher(("env", "-i", "-C", "/", "sh", "-c"), quotes=True),
}


@pytest.fixture(params=list(LAUNCHERS.values()), ids=list(LAUNCHERS))
def launcher(request: pytest.FixtureRequest) -> Launcher:
    found: Launcher = request.param
    return found


def start(folder: ProjectFolder, launcher: Launcher, **environment: str) -> Child:
    environment["HOME"] = str(Path.home())
    return Child(EXTRACT, folder, command=fake_command, environment=environment, launcher=launcher)


def ended(child: Child) -> Ended:
    wait_until(child.poll, 60)
    found = child.poll()
    assert found is not None
    return found


def test_words_environment_and_exit_code_get_through(make_project: MakeProject, launcher: Launcher) -> None:
    done = ended(start(make_project("anna's"), launcher, UNDERSTUDIO_X="one 'two' $three"))
    assert (done.exit_code, done.outcome) == (ExitCode.DONE, Outcome.DONE)


def test_a_failure_is_told_in_words_through_a_launcher(make_project: MakeProject, launcher: Launcher) -> None:
    failed = ended(start(make_project(extract={"fail_at": 2}), launcher))
    assert failed.exit_code == ExitCode.FAILED
    assert failed.failure is not None
    assert failed.failure.title == "The video is broken."


def test_asked_to_stop_a_stage_behind_a_launcher_reaches_its_safe_point(
    make_project: MakeProject, launcher: Launcher
) -> None:
    child = start(make_project(extract=LONG), launcher)
    wait_until(lambda: child.progress and child.progress.done, 60)
    assert not child.is_waiting
    child.request_stop()
    stopped = ended(child)
    assert (stopped.exit_code, stopped.outcome) == (ExitCode.INTERRUPTED, Outcome.INTERRUPTED)


def test_a_stage_whose_launcher_was_killed_stops_by_itself(make_project: MakeProject, launcher: Launcher) -> None:
    folder = make_project(extract=LONG)
    child = start(folder, launcher)
    wait_until(lambda: child.progress and child.progress.done, 60)
    child.kill()
    wait_until(lambda: is_free(folder.lock_file), 40)
    size = (folder.path / "units.log").stat().st_size
    time.sleep(0.3)
    assert (folder.path / "units.log").stat().st_size == size


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Launcher]:
    """A launcher that lets a stage begin when a file is there, as a full queue does."""
    free = tmp_path / "free"
    yield Launcher(("sh", "-c", f'while [ ! -e {free} ]; do sleep 0.1; done; exec "$@"', "queue"))
    free.touch()


def test_waiting_in_a_queue_is_no_silence(make_project: MakeProject, queue: Launcher, tmp_path: Path) -> None:
    attempt = Attempt(start(make_project(), queue))
    later = time.monotonic() + 100_000
    facts = attempt.facts(later)
    assert (facts.silent_seconds, facts.waits_for) == (0.0, "sh")
    (tmp_path / "free").touch()
    wait_until(attempt.poll, 60)
    assert attempt.facts(later).waits_for == ""


def test_who_waits_in_a_queue_leaves_it_when_asked_to_stop(make_project: MakeProject, queue: Launcher) -> None:
    child = start(make_project(), queue)
    child.request_stop()
    assert ended(child).exit_code == -signal.SIGTERM


@pytest.mark.parametrize("exit_code", [1, 137, 143, 255, -signal.SIGTERM])
def test_a_launcher_that_ends_without_a_word_is_tried_again_for_long(exit_code: int) -> None:
    end = End(EXTRACT, Ended(exit_code, None, None), launcher="srun")
    tries, times = Tries(), 0
    while (judgement := judge(end, tries)).consequence is Consequence.AGAIN:
        tries, times = judgement.tries, times + 1
    assert times == 29
    assert judgement.failure is not None
    assert f"started through srun (exit code {exit_code})" in judgement.failure.title


def test_a_crash_behind_a_launcher_is_a_crash() -> None:
    judgement = judge(End(EXTRACT, Ended(128 + signal.SIGSEGV, None, None), launcher="srun"), Tries())
    assert (judgement.tries.deaths, judgement.tries.kills) == (1, 0)


def test_a_stage_that_stopped_is_interrupted_whatever_its_launcher_makes_of_the_exit_code() -> None:
    end = End(EXTRACT, Ended(1, None, Outcome.INTERRUPTED), launcher="srun")
    assert judge(end, Tries()).consequence is Consequence.INTERRUPTED


@pytest.mark.slow
def test_the_daemon_starts_each_kind_of_stage_through_its_launcher(workspace: Path, make_project: MakeProject) -> None:
    """Given a launcher that notes what it starts, for training only, nothing else is started through it."""
    note = workspace / "noted"
    script = workspace / "launcher"
    script.write_text(f'#!/bin/sh\necho "$@" >> "{note}"\nexec "$@"\n')
    script.chmod(0o755)
    (workspace / "understudio.toml").write_text(f'{QUICK}\n[launch]\ntrain = ["{script}", "--gres=gpu:1"]\n')
    script.write_text(f'#!/bin/sh\nshift\necho "$@" >> "{note}"\nexec "$@"\n')
    daemon = Daemon(workspace)
    folder = make_project()
    daemon.until(is_in(folder, State.FINISHED))
    assert starts(folder) == ["extract", "train", "convert", "report"]
    (line,) = note.read_text().splitlines()
    assert " train " in line
    assert "UNDERSTUDIO_CORES" not in line
    assert not status(folder).failure
    daemon.leave()
    daemon.wake.close()
