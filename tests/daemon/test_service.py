"""The daemon in this process, over real folders and the pretended engine, with quick settings."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from daemon.commands import Change, change_project
from daemon.service import Manner, Service
from daemon.status import State, Status, read_status
from daemon.wake import StopFlag, Wake
from engine.folder import ProjectFolder
from engine.limits import read_limits
from engine.project import ConsentRecord, Project
from engine.stage import ExitCode, StageName, next_stage

from .conftest import MP4, PNG, MakeProject, fake_command

QUICK = "settle_seconds = 0.1\nrescan_seconds = 0.05\nmin_free_mb = 1\nhang_seconds = 60\n"


class Daemon:
    """A service that is driven round by round."""

    def __init__(self, workspace: Path) -> None:
        self.wake, self.stop = Wake(), StopFlag()
        self.service = Service(workspace, self.wake, self.stop, Manner(command=fake_command))

    def until(self, holds: Callable[[], object], seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, "waited in vain"
            self.service.go_round()
            time.sleep(0.02)

    def rounds(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > until)

    def leave(self) -> None:
        self.stop.is_set = True
        self.until(lambda: self.service.go_round().at_work == 0)
        self.service.close()


@pytest.fixture
def daemon(workspace: Path) -> Iterator[Daemon]:
    (workspace / "understudio.toml").write_text(QUICK)
    daemon = Daemon(workspace)
    yield daemon
    daemon.leave()
    daemon.wake.close()


def status(folder: ProjectFolder) -> Status:
    return read_status(folder) or Status.model_validate({"name": "", "state": "arriving", "updated_at": 0})


def is_in(folder: ProjectFolder, state: State) -> Callable[[], bool]:
    return lambda: status(folder).state is state


def starts(folder: ProjectFolder) -> list[str]:
    log = folder.path / "starts.log"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def rewrite(folder: ProjectFolder, **scripts: dict[str, object]) -> None:
    (folder.path / "fake.json").write_text(json.dumps(scripts))


def test_a_dropped_project_is_carried_to_its_result(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project()
    daemon.until(is_in(folder, State.FINISHED))
    assert starts(folder) == ["extract", "train", "convert", "report"]
    assert status(folder).result == "result/anna.mp4"
    assert status(folder).stages_done == tuple(StageName)


@pytest.mark.slow
def test_the_status_tells_stage_progress_and_loss(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(train={"units": 300, "unit_seconds": 0.02})
    daemon.until(lambda: status(folder).stage is StageName.TRAIN and status(folder).losses, 40)
    now = status(folder)
    assert now.state is State.RUNNING
    assert now.progress is not None
    assert now.progress.total == 300
    assert now.progress.eta_seconds is not None
    assert now.child_pid is not None
    assert now.stage_started_at is not None


def test_media_without_a_project_file_wait_for_answers(daemon: Daemon, workspace: Path) -> None:
    folder = ProjectFolder(workspace / "dropped")
    for place, content in ((folder.source, PNG), (folder.target, MP4)):
        place.mkdir(parents=True)
        (place / "media").write_bytes(content)
    daemon.until(is_in(folder, State.WAITING))
    assert "not answered yet" in status(folder).message


def test_a_project_without_consent_waits_and_goes_on_when_it_is_given(
    daemon: Daemon, make_project: MakeProject, project: Project
) -> None:
    folder = make_project(wanted=project.model_copy(update={"consent": ConsentRecord()}))
    daemon.until(is_in(folder, State.WAITING))
    assert "no record that the person who will appear agreed" in status(folder).message
    assert starts(folder) == []
    folder.save(project)
    daemon.until(is_in(folder, State.FINISHED))


def test_a_bad_project_file_is_named_and_tried_again_when_it_changes(
    daemon: Daemon, make_project: MakeProject, project: Project
) -> None:
    folder = make_project()
    folder.project_file.write_text(folder.project_file.read_text().replace("batch_size", "batch_sise"))
    daemon.until(is_in(folder, State.FAILED))
    failure = status(folder).failure
    assert failure is not None
    assert "train.batch_sise is not a setting" in failure.title
    folder.save(project)
    daemon.until(is_in(folder, State.FINISHED))


@pytest.mark.slow
def test_a_failed_stage_is_tried_again_when_its_media_change(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"fail_at": 2})
    daemon.until(is_in(folder, State.FAILED))
    assert status(folder).message == "The video is broken."
    daemon.rounds(0.5)
    assert starts(folder) == ["extract"]
    rewrite(folder)
    (folder.target / "clip.mp4").write_bytes(MP4 + b"mended")
    daemon.until(is_in(folder, State.FINISHED))


def test_a_failure_is_remembered_by_the_next_daemon(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"fail_at": 2})
    daemon.until(is_in(folder, State.FAILED))
    later = Daemon(folder.path.parent)
    later.rounds(0.6)
    assert status(folder).state is State.FAILED
    assert len(starts(folder)) == 1
    change_project(folder, Change.RETRY)
    later.until(lambda: len(starts(folder)) == 2)
    later.leave()


def test_pause_and_resume(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(train={"units": 400, "unit_seconds": 0.01})
    daemon.until(lambda: "train" in starts(folder))
    change_project(folder, Change.PAUSE)
    daemon.until(is_in(folder, State.PAUSED))
    daemon.rounds(0.5)
    assert starts(folder) == ["extract", "train"]
    change_project(folder, Change.RESUME)
    daemon.until(is_in(folder, State.FINISHED))
    units = (folder.path / "units.log").read_text().splitlines()
    assert len(units) == len(set(units))


@pytest.mark.slow
def test_finish_ends_training_and_converts(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(train={"units": 100_000, "unit_seconds": 0.01})
    daemon.until(lambda: "train" in starts(folder))
    change_project(folder, Change.FINISH)
    daemon.until(is_in(folder, State.FINISHED))
    assert starts(folder) == ["extract", "train", "train", "convert", "report"]


@pytest.mark.slow
def test_changed_blending_redoes_conversion_only(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project()
    daemon.until(is_in(folder, State.FINISHED))
    project = folder.load()
    folder.save(project.model_copy(update={"convert": project.convert.model_copy(update={"mask_blur": 0.2})}))
    daemon.until(lambda: starts(folder)[4:] == ["convert", "report"])
    daemon.until(is_in(folder, State.FINISHED))


@pytest.mark.slow
def test_a_change_under_way_stops_the_stage_and_starts_it_anew(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"units": 100_000, "unit_seconds": 0.01})
    daemon.until(lambda: starts(folder) == ["extract"])
    rewrite(folder)
    (folder.source / "more.png").write_bytes(PNG)
    daemon.until(is_in(folder, State.FINISHED))
    assert starts(folder) == ["extract", "extract", "train", "convert", "report"]


@pytest.mark.slow
def test_other_blending_does_not_disturb_a_training(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(train={"units": 150, "unit_seconds": 0.01})
    daemon.until(lambda: "train" in starts(folder))
    project = folder.load()
    folder.save(project.model_copy(update={"convert": project.convert.model_copy(update={"mask_blur": 0.2})}))
    daemon.until(is_in(folder, State.FINISHED))
    assert starts(folder) == ["extract", "train", "convert", "report"]


@pytest.mark.slow
def test_withdrawn_consent_stops_the_stage_at_work(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"units": 100_000})
    daemon.until(lambda: starts(folder))
    folder.save(folder.load().model_copy(update={"consent": ConsentRecord()}))
    daemon.until(is_in(folder, State.WAITING))


def test_a_deleted_folder_ends_its_stage_and_stays_deleted(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"units": 100_000})
    daemon.until(lambda: status(folder).child_pid)
    child = psutil.Process(status(folder).child_pid)
    moved = folder.path.with_name(".gone")
    folder.path.rename(moved)
    daemon.until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    daemon.rounds(0.5)
    assert not folder.path.exists()
    shutil.rmtree(moved)


@pytest.mark.slow
def test_a_hang_is_ended_and_tried_again(workspace: Path, daemon: Daemon, make_project: MakeProject) -> None:
    (workspace / "understudio.toml").write_text(QUICK.replace("hang_seconds = 60", "hang_seconds = 2"))
    folder = make_project(extract={"hang_at": 3})
    daemon.until(lambda: len(starts(folder)) == 2)
    rewrite(folder)
    daemon.until(is_in(folder, State.FINISHED))


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


def test_a_killed_child_is_started_again(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"units": 100})
    daemon.until(lambda: starts(folder))
    psutil.Process(status(folder).child_pid).send_signal(signal.SIGKILL)
    daemon.until(is_in(folder, State.FINISHED))
    assert starts(folder).count("extract") == 2


@pytest.mark.slow
def test_out_of_memory_is_healed_and_said(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(train={"fits_batch": 3})
    daemon.until(is_in(folder, State.FINISHED))
    assert read_limits(folder).micro_batch == 2
    assert "training takes 2 faces at a time and adds up 4" in status(folder).note


@pytest.mark.slow
def test_projects_wait_in_line_and_are_told_their_place(
    daemon: Daemon, make_project: MakeProject, project: Project
) -> None:
    first = make_project("a", extract={"units": 200})
    daemon.until(lambda: starts(first))
    second = make_project("b")
    third = make_project("c", project.model_copy(update={"name": "c", "priority": 5}))
    daemon.until(lambda: status(third).queue_position == 1 and status(second).queue_position == 2)
    daemon.until(lambda: all(status(each).state is State.FINISHED for each in (first, second, third)), 60)
    assert (third.path / "starts.log").stat().st_mtime < (second.path / "starts.log").stat().st_mtime


@pytest.mark.slow
def test_conversion_goes_on_beside_a_training_where_the_settings_allow(
    workspace: Path, daemon: Daemon, make_project: MakeProject
) -> None:
    (workspace / "understudio.toml").write_text(QUICK + "light_jobs = 1\n")
    first = make_project("a", train={"units": 100_000})
    daemon.until(lambda: "train" in starts(first))
    second = make_project("b")
    daemon.until(lambda: status(second).state is State.QUEUED and starts(second) == ["extract"])
    assert status(first).state is State.RUNNING


@pytest.mark.slow
def test_a_project_somebody_else_works_on_is_not_started(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"units": 150})
    words = fake_command(StageName.EXTRACT, folder)
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as other:
        while not starts(folder):
            time.sleep(0.02)
        daemon.until(lambda: "Another process" in status(folder).message)
        other.wait()
    daemon.until(is_in(folder, State.FINISHED))
    assert starts(folder) == ["extract", "train", "convert", "report"]


@pytest.mark.slow
def test_the_users_command_is_run_once_for_each_event(
    workspace: Path, daemon: Daemon, make_project: MakeProject
) -> None:
    script = "import os; print(os.environ['UNDERSTUDIO_EVENT'], file=open('../events.log', 'a'))"
    hook = f"[hook]\ncommand = {json.dumps([sys.executable, '-c', script])}\n"
    (workspace / "understudio.toml").write_text(QUICK + hook)
    folder = make_project()
    log = workspace / "events.log"
    daemon.until(log.exists)
    later = Daemon(workspace)
    later.rounds(0.6)
    (folder.target / "clip.mp4").write_bytes(MP4 + b"other")
    rewrite(folder, extract={"fail_at": 0})
    later.until(lambda: log.read_text() == "done\nfailed\n")
    later.leave()


def test_deleting_the_status_loses_nothing(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project()
    daemon.until(is_in(folder, State.FINISHED))
    folder.status_file.unlink()
    later = Daemon(folder.path.parent)
    later.until(is_in(folder, State.FINISHED))
    assert len(starts(folder)) == 4


def test_a_full_disk_holds_a_project_up_until_there_is_room(
    workspace: Path, daemon: Daemon, make_project: MakeProject
) -> None:
    settings = workspace / "understudio.toml"
    settings.write_text(QUICK.replace("min_free_mb = 1", "min_free_mb = 90_000_000"))
    folder = make_project()
    daemon.until(is_in(folder, State.NO_ROOM))
    assert "are needed" in status(folder).message
    settings.write_text(QUICK)
    daemon.until(is_in(folder, State.FINISHED))


def test_stopping_the_daemon_stops_the_stage_at_its_safe_point(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"units": 100_000})
    daemon.until(lambda: (folder.path / "units.log").exists())
    daemon.leave()
    assert status(folder).state is State.QUEUED
    assert next_stage(folder, folder.load()) is StageName.EXTRACT


def test_once_ends_when_nothing_is_left_to_do(workspace: Path, make_project: MakeProject, project: Project) -> None:
    (workspace / "understudio.toml").write_text(QUICK)
    done = make_project("a")
    waiting = make_project("b", project.model_copy(update={"consent": ConsentRecord()}))
    failing = make_project("c", extract={"fail_at": 0})
    service = Service(workspace, Wake(), StopFlag(), Manner(once=True, command=fake_command))
    assert service.run() is ExitCode.FAILED
    assert [status(each).state for each in (done, waiting, failing)] == [State.FINISHED, State.WAITING, State.FAILED]
