"""What becomes of dropped projects: the daemon in this process, with quick settings."""

from __future__ import annotations

import datetime as dt
import errno
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from daemon.commands import Change, change_project
from daemon.overview import read_overview
from daemon.status import State
from engine.host.machine import share
from engine.project.folder import ProjectFolder
from engine.project.settings import ConsentRecord, Project
from engine.project.stage import StageName
from tests.rights import give_away, ordinary_rights

from .conftest import MP4, PNG, MakeProject, mark_finished
from .driver import QUICK, Daemon, has_begun, is_in, rewrite, starts, status
from .fake_engine import let_go


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


def test_the_status_names_what_computes_and_says_of_a_card_that_it_is_not_used(
    daemon: Daemon, make_project: MakeProject
) -> None:
    said = "NVIDIA H200 is in this machine and is not used: `make gpu`"
    folder = make_project(train={"units": 300, "unit_seconds": 0.02, "remark": said})
    daemon.until(lambda: said in status(folder).note, 40)
    progress = status(folder).progress
    assert progress is not None
    assert progress.device == "2 cores"


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
    daemon.until(lambda: starts(folder))


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
    daemon.until(lambda: starts(folder))


def test_a_file_that_cannot_be_read_is_named(
    daemon: Daemon, make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_project()
    damaged = folder.target / "clip.mp4"
    with monkeypatch.context() as broken_disk:
        broken_disk.setattr(os, "open", refusing(damaged))
        daemon.until(is_in(folder, State.FAILED))
        assert f"cannot be read: {damaged} (Input/output error)" in status(folder).message
    damaged.write_bytes(MP4 + b"mended")
    daemon.until(lambda: starts(folder))


def refusing(damaged: Path) -> Callable[..., int]:
    """Return `os.open` as it is on a disk with one damaged file."""
    healthy = os.open

    def open_unless_damaged(path: str, *words: int, **named: int) -> int:
        if Path(path) == damaged:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return healthy(path, *words, **named)

    return open_unless_damaged


@pytest.mark.slow
def test_a_failed_stage_is_tried_again_when_its_media_change(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"fail_at": 2})
    daemon.until(is_in(folder, State.FAILED))
    assert status(folder).message == "The video is broken."
    daemon.rounds(0.5)
    assert starts(folder) == ["extract"]
    rewrite(folder)
    (folder.target / "clip.mp4").write_bytes(MP4 + b"mended")
    daemon.until(has_begun(folder, StageName.TRAIN))


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


@pytest.mark.slow
def test_a_video_that_was_not_copied_whole_waits_for_a_word_also_with_the_next_daemon(
    daemon: Daemon, make_project: MakeProject
) -> None:
    folder = make_project(extract={"is_cut_short": True})
    daemon.until(is_in(folder, State.WAITING))
    assert status(folder).message == "The video ends after 13 of 44 s."
    assert status(folder).missing is not None
    later = Daemon(folder.path.parent)
    later.rounds(0.6)
    assert status(folder).state is State.WAITING
    assert starts(folder) == ["extract"]
    change_project(folder, Change.TAKE_WHAT_IS_THERE)
    later.until(has_begun(folder, StageName.TRAIN))
    later.leave()


def test_pause_and_resume(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(train={"waits": True})
    daemon.until(lambda: "train" in starts(folder))
    change_project(folder, Change.PAUSE)
    daemon.until(is_in(folder, State.PAUSED))
    daemon.rounds(0.5)
    assert starts(folder) == ["extract", "train"]
    let_go(folder.path)
    change_project(folder, Change.RESUME)
    daemon.until(has_begun(folder, StageName.CONVERT))
    units = (folder.path / "units.log").read_text().splitlines()
    assert len(units) == len(set(units))


@pytest.mark.slow
def test_finish_ends_training_and_converts(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(train={"waits": True})
    daemon.until(lambda: "train" in starts(folder))
    change_project(folder, Change.FINISH)
    daemon.until(has_begun(folder, StageName.CONVERT))
    assert starts(folder) == ["extract", "train", "train", "convert"]


@pytest.mark.slow
def test_changed_blending_redoes_conversion_only(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project()
    mark_finished(folder)
    daemon.until(is_in(folder, State.FINISHED))
    project = folder.load()
    folder.save(project.model_copy(update={"convert": project.convert.model_copy(update={"mask_blur": 0.2})}))
    daemon.until(lambda: starts(folder) == ["convert", "report"])
    daemon.until(is_in(folder, State.FINISHED))


@pytest.mark.slow
def test_a_change_under_way_stops_the_stage_and_starts_it_anew(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"waits": True})
    daemon.until(lambda: starts(folder) == ["extract"])
    rewrite(folder)
    (folder.source / "more.png").write_bytes(PNG)
    daemon.until(has_begun(folder, StageName.TRAIN))
    assert starts(folder) == ["extract", "extract", "train"]


@pytest.mark.slow
def test_other_blending_does_not_disturb_a_training(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(train={"waits": True})
    daemon.until(lambda: "train" in starts(folder))
    project = folder.load()
    folder.save(project.model_copy(update={"convert": project.convert.model_copy(update={"mask_blur": 0.2})}))
    daemon.rounds(0.5)
    let_go(folder.path)
    daemon.until(has_begun(folder, StageName.CONVERT))
    assert starts(folder) == ["extract", "train", "convert"]


@pytest.mark.slow
def test_withdrawn_consent_stops_the_stage_at_work(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project(extract={"waits": True})
    daemon.until(lambda: starts(folder))
    folder.save(folder.load().model_copy(update={"consent": ConsentRecord()}))
    daemon.until(is_in(folder, State.WAITING))


def test_a_deleted_folder_ends_its_stage_and_stays_deleted(
    daemon: Daemon, make_project: MakeProject, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    folder = make_project(extract={"waits": True})
    daemon.until(lambda: status(folder).child_pid)
    child = psutil.Process(status(folder).child_pid)
    moved = folder.path.with_name(".gone")
    folder.path.rename(moved)
    daemon.until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    daemon.rounds(0.5)
    assert not folder.path.exists()
    assert any(line.endswith("ended with its folder") for line in caplog.messages)
    assert not any("next try" in line for line in caplog.messages)
    shutil.rmtree(moved)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lost+found", "theirs"])
def test_a_folder_that_may_not_be_read_is_named_once_and_stops_no_other_project(
    daemon: Daemon, workspace: Path, make_project: MakeProject, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    folder = make_project()
    (workspace / name / "source").mkdir(parents=True)
    give_away(workspace / name, 0o700)
    with ordinary_rights(), caplog.at_level(logging.WARNING):
        daemon.until(is_in(folder, State.FINISHED))
    (line,) = (each for each in caplog.messages if each.startswith(f"{name} is passed over"))
    assert str(workspace / name) in line


@pytest.mark.slow
def test_dropped_media_that_may_not_be_read_are_named_and_stop_no_other_project(
    daemon: Daemon, workspace: Path, make_project: MakeProject
) -> None:
    folder, dropped = make_project(), ProjectFolder(workspace / "dropped")
    dropped.target.mkdir(parents=True)
    (dropped.target / "film.mp4").write_bytes(MP4)
    dropped.source.mkdir()
    give_away(dropped.source, 0)
    with ordinary_rights():
        daemon.until(is_in(folder, State.FINISHED))
        daemon.until(is_in(dropped, State.FAILED))
        rows = {row.folder: row for row in read_overview(workspace, dt.datetime.now(dt.UTC)).projects}
    assert str(dropped.source) in status(dropped).message
    assert str(dropped.source) in rows["dropped"].message


@pytest.mark.slow
@pytest.mark.parametrize("part", [".", "work", "result"])
def test_a_project_that_may_not_be_written_is_named_and_stops_no_other(
    daemon: Daemon, workspace: Path, make_project: MakeProject, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    folder, theirs = make_project(), make_project("theirs")
    place = theirs.path / part
    place.mkdir(exist_ok=True)
    give_away(place, 0o755 if part == "." else 0)
    with ordinary_rights(), caplog.at_level(logging.WARNING):
        daemon.until(is_in(folder, State.FINISHED))
        rows = {row.folder: row for row in read_overview(workspace, dt.datetime.now(dt.UTC)).projects}
    assert starts(theirs) == []
    assert any("theirs: the status cannot be written" in line for line in caplog.messages) is (part != "result")
    assert rows["theirs"].state == State.FAILED
    assert str(place) in rows["theirs"].message


@pytest.mark.slow
def test_media_that_may_not_be_read_fail_the_project_until_they_may(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project()
    give_away(folder.source, 0)
    with ordinary_rights():
        daemon.until(is_in(folder, State.FAILED))
        assert str(folder.source) in status(folder).message
        folder.source.chmod(0o755)
        daemon.until(is_in(folder, State.FINISHED))


@pytest.mark.parametrize(("count", "among"), [(1, 1), (3, 2)])
def test_stages_at_work_together_share_the_machine_and_a_single_one_has_all_of_it(
    daemon: Daemon, workspace: Path, make_project: MakeProject, count: int, among: int
) -> None:
    (workspace / "understudio.toml").write_text(QUICK + "light_jobs = 1\n")
    folders = [make_project(f"p{number}", extract={"waits": True}) for number in range(count)]
    daemon.until(lambda: sum(bool(starts(folder)) for folder in folders) == among)
    pids = [pid for folder in folders if (pid := status(folder).child_pid) is not None]
    assert len(pids) == among
    for pid in pids:
        told = Path(f"/proc/{pid}/environ").read_text().split("\0")
        assert {f"{name}={value}" for name, value in share(among).items()} <= set(told)
