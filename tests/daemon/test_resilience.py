"""What becomes of projects when something goes wrong, or others want their turn."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from daemon.clock import Moment, system_clock
from daemon.service import Service, ServiceOptions
from daemon.status import State
from daemon.wake import StopFlag, Wake
from engine.project.limits import MOST_GIGAPIXELS_VARIABLE, read_limits
from engine.project.lock import alone_on
from engine.project.markers import next_stage
from engine.project.settings import ConsentRecord, Project
from engine.project.stage import ExitCode, StageName

from .conftest import MP4, MakeProject, mark_finished
from .driver import QUICK, Daemon, fake_command, has_begun, is_in, rewrite, starts, status
from .fake_engine import let_go


@pytest.mark.slow
def test_a_hang_is_ended_and_tried_again(workspace: Path, daemon: Daemon, make_project: MakeProject) -> None:
    (workspace / "understudio.toml").write_text(QUICK.replace("hang_seconds = 60", "hang_seconds = 6"))
    folder = make_project(extract={"hang_at": 3})
    daemon.until(lambda: len(starts(folder)) == 2, 60)
    rewrite(folder)
    daemon.until(has_begun(folder, StageName.TRAIN))


@pytest.mark.slow
def test_three_deaths_without_progress_fail_with_the_logs_path(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"crash_at": 3})
    daemon.until(is_in(folder, State.FAILED))
    failure = status(folder).failure
    assert failure is not None
    assert "3 times without getting any further" in failure.title
    assert failure.log == str(folder.log_file)
    assert "RuntimeError: a bug" in folder.log_file.read_text()
    assert len(starts(folder)) == 3


@pytest.mark.slow
def test_a_stage_that_claims_to_be_done_and_is_not_does_not_go_on_for_ever(
    daemon: Daemon, make_project: MakeProject
) -> None:
    folder = make_project(extract={"forgets_marker": True})
    daemon.until(is_in(folder, State.FAILED))
    assert len(starts(folder)) == 3


@pytest.mark.slow
def test_a_killed_child_is_started_again(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"waits": True})
    daemon.until(lambda: starts(folder) and status(folder).child_pid)
    psutil.Process(status(folder).child_pid).send_signal(signal.SIGKILL)
    let_go(folder.path)
    daemon.until(has_begun(folder, StageName.TRAIN))
    assert starts(folder) == ["extract", "extract", "train"]


@pytest.mark.slow
def test_out_of_memory_is_healed_and_said(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(train={"fits_batch": 3})
    daemon.until(has_begun(folder, StageName.CONVERT))
    assert read_limits(folder).micro_batch == 2
    assert "training takes 2 faces at a time and adds up 4" in status(folder).note
    assert "Z  train ran out of memory; the next try takes less at a time: " in folder.log_file.read_text()


@pytest.mark.slow
def test_projects_wait_in_line_and_are_told_their_place(
    daemon: Daemon, make_project: MakeProject, project: Project
) -> None:
    first = make_project("a", extract={"waits": True})
    daemon.until(lambda: starts(first))
    second = make_project("b")
    third = make_project("c", project.model_copy(update={"name": "c", "priority": 5}))
    daemon.until(lambda: status(third).queue_position == 1 and status(second).queue_position == 2)
    let_go(first.path)
    daemon.until(lambda: starts(third))
    assert starts(second) == []
    daemon.until(lambda: starts(second))


@pytest.mark.slow
def test_conversion_goes_on_beside_a_training_where_the_settings_allow(
    workspace: Path, daemon: Daemon, make_project: MakeProject
) -> None:
    (workspace / "understudio.toml").write_text(QUICK + "light_jobs = 1\n")
    first = make_project("a", train={"waits": True})
    daemon.until(lambda: "train" in starts(first))
    second = make_project("b")
    daemon.until(lambda: status(second).state is State.QUEUED and starts(second) == ["extract"])
    assert status(first).state is State.RUNNING


@pytest.mark.slow
def test_a_project_somebody_else_works_on_is_not_started(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"waits": True})
    words = fake_command(StageName.EXTRACT, folder)
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as other:
        while not starts(folder):
            time.sleep(0.02)
        daemon.until(lambda: "Another process" in status(folder).message)
        let_go(folder.path)
        other.wait()
    daemon.until(has_begun(folder, StageName.TRAIN))
    assert starts(folder) == ["extract", "train"]


@pytest.mark.slow
def test_the_users_command_is_run_once_for_each_event(
    workspace: Path, daemon: Daemon, make_project: MakeProject
) -> None:
    script = "import os; print(os.environ['UNDERSTUDIO_EVENT'], file=open('../events.log', 'a'))"
    hook = f"[hook]\ncommand = {json.dumps([sys.executable, '-c', script])}\n"
    (workspace / "understudio.toml").write_text(QUICK + hook)
    folder = make_project()
    mark_finished(folder)
    log = workspace / "events.log"
    daemon.until(log.exists)
    later = Daemon(workspace)
    later.rounds(0.6)
    (folder.target / "clip.mp4").write_bytes(MP4 + b"other")
    rewrite(folder, extract={"fail_at": 0})
    later.until(lambda: log.read_text() == "done\nfailed\n")
    later.leave()


def test_stages_are_told_the_limit_that_was_valid_last(workspace: Path, make_project: MakeProject) -> None:
    told = workspace / "told.txt"
    settings = workspace / "understudio.toml"
    settings.write_text(QUICK + "max_video_gigapixels = 5\n")
    words = ("sh", "-c", f'printf %s "${MOST_GIGAPIXELS_VARIABLE}" > "{told}"')
    daemon = Daemon(workspace, command=lambda stage, folder: words)
    settings.write_text("max_video_gigapixels = nonsense\n")
    make_project()
    daemon.until(lambda: told.exists() and told.read_text())
    daemon.leave()
    assert told.read_text() == "5.0"


@pytest.mark.slow
def test_a_clock_that_jumps_disturbs_nothing(workspace: Path, make_project: MakeProject) -> None:
    jumps = itertools.cycle([dt.timedelta(days=-100), dt.timedelta(), dt.timedelta(days=4000)])

    def jumping() -> Moment:
        now = system_clock()
        return replace(now, wall=now.wall + next(jumps))

    daemon = Daemon(workspace, jumping)
    folder = make_project(train={"units": 30, "unit_seconds": 0.05})
    daemon.until(has_begun(folder, StageName.CONVERT))
    daemon.leave()
    assert starts(folder) == ["extract", "train", "convert"]


def test_what_a_reboot_left_behind_is_nobodys_process(
    workspace: Path, daemon: Daemon, make_project: MakeProject
) -> None:
    """After a reboot the status names a process that now is somebody else's, and the lock file lies there unheld."""
    folder = make_project()
    folder.work.mkdir()
    folder.lock_file.touch()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        left = {"name": "anna", "state": "running", "stage": "train", "child_pid": other.pid, "updated_at": 0}
        folder.status_file.write_text(json.dumps(left))
        daemon.until(has_begun(folder, StageName.TRAIN))
        assert other.poll() is None
        other.communicate(b"\n")
    assert starts(folder) == ["extract", "train"]


def test_as_long_as_somebody_else_works_on_a_project_the_same_is_said(
    daemon: Daemon, make_project: MakeProject
) -> None:
    folder = make_project()
    folder.work.mkdir()
    said: set[str] = set()

    def has_listened() -> bool:
        said.add(status(folder).message)
        return time.monotonic() > until

    with alone_on(folder):
        daemon.until(
            lambda: (
                folder.status_file.exists() and status(folder).message == "Another process is working on this project."
            )
        )
        until = time.monotonic() + 2.5
        daemon.until(has_listened)
    assert said == {"Another process is working on this project."}
    daemon.until(has_begun(folder, StageName.TRAIN))


def test_deleting_the_status_loses_nothing(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project()
    mark_finished(folder)
    daemon.until(is_in(folder, State.FINISHED))
    folder.status_file.unlink()
    later = Daemon(folder.path.parent)
    later.until(is_in(folder, State.FINISHED))
    assert starts(folder) == []


@pytest.mark.slow
def test_a_cluster_that_does_not_answer_is_said_and_looked_for_again(
    workspace: Path, make_project: MakeProject, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.supervised._AWAY_SECONDS", 1.0)
    folder = make_project(extract={"needs_cluster": True})
    daemon.until(lambda: status(folder).message == "The cluster's scheduler does not answer.")
    assert (status(folder).state, status(folder).hint) == (State.QUEUED, "Start it.")
    daemon.until(lambda: len(starts(folder)) >= 3)
    assert status(folder).state is not State.FAILED
    let_go(folder.path)
    daemon.until(is_in(folder, State.FINISHED))


def test_a_full_disk_holds_a_project_up_until_there_is_room(
    workspace: Path, daemon: Daemon, make_project: MakeProject
) -> None:
    settings = workspace / "understudio.toml"
    settings.write_text(QUICK.replace("min_free_mb = 1", "min_free_mb = 90_000_000"))
    folder = make_project()
    daemon.until(is_in(folder, State.NO_ROOM))
    assert "are needed" in status(folder).message
    settings.write_text(QUICK)
    daemon.until(lambda: starts(folder))


def test_stopping_the_daemon_stops_the_stage_at_its_safe_point(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"waits": True})
    daemon.until(lambda: starts(folder))
    daemon.leave()
    assert status(folder).state is State.QUEUED
    assert next_stage(folder, folder.load()) is StageName.EXTRACT


def test_once_ends_when_nothing_is_left_to_do(workspace: Path, make_project: MakeProject, project: Project) -> None:
    (workspace / "understudio.toml").write_text(QUICK)
    done = make_project("a")
    mark_finished(done)
    waiting = make_project("b", project.model_copy(update={"consent": ConsentRecord()}))
    failing = make_project("c", extract={"fail_at": 0})
    service = Service(workspace, Wake(), StopFlag(), ServiceOptions(once=True, command=fake_command))
    assert service.run() is ExitCode.FAILED
    assert [status(each).state for each in (done, waiting, failing)] == [State.FINISHED, State.WAITING, State.FAILED]
