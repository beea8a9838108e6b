from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from daemon.runner import Child, engine_command
from engine.project.folder import ProjectFolder
from engine.project.markers import is_done
from engine.project.stage import ExitCode, Outcome, StageName

from .conftest import MakeProject
from .driver import fake_command


def wait_until(holds: Callable[[], object], seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


def start(folder: ProjectFolder) -> Child:
    return Child(StageName.EXTRACT, folder, command=fake_command)


def test_a_child_reports_its_progress_and_its_end(make_project: MakeProject) -> None:
    folder = make_project()
    child = start(folder)
    wait_until(child.poll)
    ended = child.poll()
    assert ended is not None
    assert (ended.exit_code, ended.outcome) == (ExitCode.DONE, Outcome.DONE)
    assert child.progress is not None
    assert child.progress.done == child.progress.total == 6
    assert child.last_heard > child.started
    assert is_done(folder, folder.load(), StageName.EXTRACT)


def test_a_child_stops_at_its_safe_point_when_asked(make_project: MakeProject) -> None:
    child = start(make_project(extract={"units": 100_000, "unit_seconds": 0.05}))
    wait_until(lambda: child.progress and child.progress.done)
    child.request_stop()
    wait_until(child.poll)
    ended = child.poll()
    assert ended is not None
    assert (ended.exit_code, ended.outcome) == (ExitCode.INTERRUPTED, Outcome.INTERRUPTED)


def test_a_failure_is_told_in_words(make_project: MakeProject) -> None:
    child = start(make_project(extract={"fail_at": 2}))
    wait_until(child.poll)
    ended = child.poll()
    assert ended is not None
    assert ended.exit_code == ExitCode.FAILED
    assert ended.failure is not None
    assert (ended.failure.kind, ended.failure.title) == ("MediaError", "The video is broken.")


def test_a_traceback_goes_to_the_log(make_project: MakeProject) -> None:
    folder = make_project(extract={"crash_at": 2})
    child = start(folder)
    wait_until(child.poll)
    ended = child.poll()
    assert ended is not None
    assert ended.exit_code == ExitCode.BUG
    assert "RuntimeError: a bug" in folder.log_file.read_text()


def test_a_deaf_child_is_killed_with_all_it_started(make_project: MakeProject) -> None:
    child = start(make_project(extract={"hang_at": 2, "workers": True}))
    wait_until(lambda: child.progress and child.progress.done)
    family = [child.pid, *(process.pid for process in psutil.Process(child.pid).children(recursive=True))]
    assert len(family) == 2
    assert child.kill().was_killed
    wait_until(lambda: not any(is_alive(pid) for pid in family))


def test_what_a_dead_child_started_does_not_stay_behind(make_project: MakeProject) -> None:
    child = start(make_project(extract={"hang_at": 2, "workers": True}))
    wait_until(lambda: child.progress and child.progress.done)
    (worker,) = psutil.Process(child.pid).children()
    os.kill(child.pid, signal.SIGKILL)
    wait_until(child.poll)
    wait_until(lambda: not is_alive(worker.pid))


def test_a_child_stops_when_its_starter_is_killed(make_project: MakeProject) -> None:
    folder = make_project(extract={"units": 100_000, "unit_seconds": 0.05})
    script = (
        "import sys, time; from pathlib import Path; sys.path[:0] = sys.argv[2:]\n"
        "from daemon.runner import Child; from engine.project.folder import ProjectFolder\n"
        "from engine.project.stage import StageName\n"
        "words = lambda stage, folder: [sys.executable, sys.argv[1], stage.value, str(folder.path)]\n"
        f"child = Child(StageName.EXTRACT, ProjectFolder(Path({str(folder.path)!r})), command=words)\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    fake = fake_command(StageName.EXTRACT, folder)[1]
    root = str(Path(__file__).parents[2])
    starter = subprocess.Popen([sys.executable, "-c", script, fake, root], stdout=subprocess.PIPE, text=True)
    with starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        wait_until((folder.path / "units.log").exists)
        starter.kill()
    wait_until(lambda: not is_alive(pid))


def test_a_long_log_is_put_aside(make_project: MakeProject) -> None:
    folder = make_project()
    folder.work.mkdir()
    folder.log_file.write_bytes(b"x" * (9 << 20))
    child = start(folder)
    wait_until(child.poll)
    assert folder.log_file.stat().st_size < 1 << 20
    assert folder.log_file.with_name("log.1.txt").stat().st_size == 9 << 20


def test_the_engine_is_started_from_the_same_environment(make_project: MakeProject) -> None:
    folder = make_project()
    assert engine_command(StageName.TRAIN, folder) == [sys.executable, "-m", "engine", "train", str(folder.path)]


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
