from __future__ import annotations

import re
import time

import pytest

from daemon.commands import Change, change_project
from daemon.foreground import RunResult, run_project
from daemon.reconcile import Timeouts
from engine.errors import ConsentMissing
from engine.project.folder import ProjectFolder
from engine.project.limits import read_limits
from engine.project.markers import next_stage
from engine.project.settings import ConsentRecord, Project
from engine.project.stage import ExitCode, Progress, StageName
from tests.rights import give_away, ordinary_rights

from .conftest import MakeProject
from .driver import fake_command

PATIENCE = Timeouts(hang_seconds=60, stop_seconds=60)


def run(folder: ProjectFolder, seconds: float = 60, timeouts: Timeouts = PATIENCE) -> tuple[RunResult, list[Progress]]:
    heard: list[Progress] = []
    until = time.monotonic() + seconds
    result = run_project(
        folder, heard.append, lambda: time.monotonic() > until, command=fake_command, timeouts=timeouts
    )
    return result, heard


def starts(folder: ProjectFolder) -> list[str]:
    return [line.split()[0] for line in (folder.path / "starts.log").read_text().splitlines()]


def test_a_project_is_carried_to_its_result(make_project: MakeProject) -> None:
    folder = make_project(train={"units": 10, "unit_seconds": 0.05})
    result, heard = run(folder)
    assert result == RunResult(ExitCode.DONE)
    assert next_stage(folder, folder.load()) is None
    assert starts(folder) == ["extract", "train", "convert", "report"]
    assert StageName.TRAIN in {progress.stage for progress in heard}
    log = folder.log_file.read_text()
    # Said with each of ten steps, and once in the log.
    assert log.count("train: computing on 2 cores\n") == 1
    assert re.search(r"^[-0-9]+ [:0-9]+Z  train is done after ", log, re.MULTILINE)


@pytest.mark.slow
def test_a_finished_project_starts_nothing(make_project: MakeProject) -> None:
    folder = make_project()
    run(folder)
    assert run(folder)[0].exit_code is ExitCode.DONE
    assert len(starts(folder)) == 4


@pytest.mark.slow
def test_a_stopped_run_goes_on_where_it_was(make_project: MakeProject) -> None:
    folder = make_project(train={"units": 40, "unit_seconds": 0.05})
    until = time.monotonic() + 60
    result = run_project(
        folder,
        lambda progress: None,
        lambda: (folder.work / "units/train").exists() or time.monotonic() > until,
        command=fake_command,
    )
    assert result.exit_code is ExitCode.INTERRUPTED
    assert run(folder)[0].exit_code is ExitCode.DONE
    units = (folder.path / "units.log").read_text().splitlines()
    assert len(units) == len(set(units)) == 6 + 40 + 6 + 6


@pytest.mark.slow
def test_a_run_whose_cluster_is_lost_goes_on_with_what_is_left(make_project: MakeProject) -> None:
    folder = make_project(convert={"loses_cluster_at": 3})
    assert run(folder)[0].exit_code is ExitCode.DONE
    assert starts(folder).count("convert") == 2
    units = (folder.path / "units.log").read_text().splitlines()
    assert len(units) == len(set(units)), "nothing is done twice"


def test_a_cluster_that_does_not_answer_ends_the_run_in_words(make_project: MakeProject) -> None:
    result, _ = run(make_project(extract={"needs_cluster": True}))
    assert (result.exit_code, result.title) == (ExitCode.FAILED, "The cluster's scheduler does not answer.")


@pytest.mark.slow
def test_a_failure_ends_the_run_in_words(make_project: MakeProject) -> None:
    result, _ = run(make_project(convert={"fail_at": 0}))
    assert result.exit_code is ExitCode.FAILED
    assert result.failure is not None
    assert result.failure.title == "The video is broken."


@pytest.mark.slow
def test_a_video_that_was_not_copied_whole_ends_the_run_until_a_person_takes_what_is_there(
    make_project: MakeProject,
) -> None:
    folder = make_project(extract={"is_cut_short": True})
    result, _ = run(folder)
    assert (result.exit_code, result.title) == (ExitCode.FAILED, "The video ends after 13 of 44 s.")
    change_project(folder, Change.TAKE_WHAT_IS_THERE)
    assert run(folder)[0].exit_code is ExitCode.DONE


def test_a_folder_that_may_not_be_written_is_said_before_anything_is_done(make_project: MakeProject) -> None:
    folder = make_project()
    folder.result.mkdir(exist_ok=True)
    give_away(folder.result, 0o555)
    with ordinary_rights():
        result, _ = run(folder)
    assert result.exit_code is ExitCode.FAILED
    assert str(folder.result) in result.title
    assert not (folder.path / "starts.log").exists()


@pytest.mark.slow
def test_a_stage_that_keeps_dying_is_given_up_after_three_times(make_project: MakeProject) -> None:
    folder = make_project(extract={"crash_at": 3})
    result, _ = run(folder)
    assert result.exit_code is ExitCode.BUG
    assert result.failure is not None
    assert "3 times without getting any further" in result.failure.title
    # The first death came after getting further than ever before.
    assert len(starts(folder)) == 3


@pytest.mark.slow
def test_a_hang_is_noticed(make_project: MakeProject) -> None:
    result, _ = run(make_project(extract={"hang_at": 0}), timeouts=Timeouts(1.0, 60))
    assert result.failure is not None
    assert "hung 3 times" in result.failure.title


def test_a_stage_that_will_not_stop_is_cut_off(make_project: MakeProject) -> None:
    folder = make_project(extract={"units": 1000, "stop_seconds": 60})
    began = time.monotonic()
    result, _ = run(folder, seconds=1.5, timeouts=Timeouts(60, 0.5))
    assert result.exit_code is ExitCode.INTERRUPTED
    assert time.monotonic() - began < 10


@pytest.mark.slow
def test_out_of_memory_is_healed_by_a_smaller_batch(make_project: MakeProject) -> None:
    folder = make_project(train={"fits_batch": 4})
    assert run(folder)[0].exit_code is ExitCode.DONE
    assert read_limits(folder).micro_batch == 4
    assert "Z  train ran out of memory; the next try takes less at a time: " in folder.log_file.read_text()


@pytest.mark.slow
def test_out_of_memory_with_the_smallest_batch_is_a_failure(make_project: MakeProject) -> None:
    result, _ = run(make_project(train={"fits_batch": 0}))
    assert result.failure is not None
    assert result.failure.kind == "OutOfMemory"


def test_nothing_starts_without_consent(make_project: MakeProject, project: Project) -> None:
    folder = make_project(wanted=project.model_copy(update={"consent": ConsentRecord()}))
    with pytest.raises(ConsentMissing):
        run(folder)
