"""Where it is not clear who is meant, nothing is trained before a person has said it."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.commands import Change, change_project
from daemon.foreground import RunResult, run_project
from daemon.overview import read_overview
from daemon.status import State
from engine.errors import CutShort, PersonUnclear
from engine.project.persons import choose_person, write_persons
from engine.project.stage import ExitCode, StageName
from engine.role import Role
from tests.persons import seen

from .conftest import MakeProject
from .driver import Daemon, fake_command, has_begun, is_in, starts, status


@pytest.mark.slow
def test_the_daemon_waits_before_training_until_a_person_has_chosen(daemon: Daemon, make_project: MakeProject) -> None:
    folder = make_project()
    write_persons(folder, Role.TARGET, seen(0.6, 0.4))
    daemon.until(is_in(folder, State.WAITING))
    daemon.rounds(0.5)
    assert starts(folder) == ["extract"]
    told = status(folder)
    assert told.message == "Who is the person who is replaced? 2 persons were seen in target/."
    assert "--target-person NUMBER" in told.hint
    assert told.missing is not None
    assert told.missing.is_a(PersonUnclear)
    assert told.missing.role is Role.TARGET
    choose_person(folder, Role.TARGET, 2)
    daemon.until(is_in(folder, State.FINISHED))
    assert starts(folder) == ["extract", "train", "convert", "report"]


def test_the_status_tells_before_training_who_is_taken_of_several(
    daemon: Daemon, make_project: MakeProject, workspace: Path
) -> None:
    folder = make_project(train={"waits": True})
    write_persons(folder, Role.TARGET, seen(0.9, 0.1))
    daemon.until(has_begun(folder, StageName.TRAIN))
    daemon.until(lambda: status(folder).stage is StageName.TRAIN)
    (words,) = status(folder).persons
    assert words.startswith("2 persons were seen in target/. Person 1 is taken as the person who is replaced: 90 %")
    (row,) = read_overview(workspace, status(folder).updated_at).projects
    assert row.persons == (words,)


@pytest.mark.slow
def test_a_run_says_at_once_that_it_is_not_clear_and_goes_on_with_the_word(make_project: MakeProject) -> None:
    folder = make_project()
    write_persons(folder, Role.SOURCE, seen(0.5, 0.5))
    result = run_project(folder, lambda _: None, lambda: False, command=fake_command)
    assert result.exit_code is ExitCode.FAILED
    assert result.failure is not None
    assert result.failure.is_a(PersonUnclear)
    assert result.failure.role is Role.SOURCE
    assert starts(folder) == ["extract"]
    choose_person(folder, Role.SOURCE, 1)
    assert run_project(folder, lambda _: None, lambda: False, command=fake_command).exit_code is ExitCode.DONE


@pytest.mark.slow
def test_the_word_on_the_video_is_waited_for_before_the_one_on_the_person(
    daemon: Daemon, make_project: MakeProject
) -> None:
    folder = make_project(extract={"is_cut_short": True})
    write_persons(folder, Role.TARGET, seen(0.6, 0.4))
    daemon.until(is_in(folder, State.WAITING))
    missing = status(folder).missing
    assert missing is not None
    assert missing.is_a(CutShort)
    change_project(folder, Change.TAKE_WHAT_IS_THERE)
    daemon.until(lambda: (told := status(folder).missing) is not None and told.is_a(PersonUnclear))
    assert "train" not in starts(folder)
    choose_person(folder, Role.TARGET, 2)
    daemon.until(is_in(folder, State.FINISHED))


@pytest.mark.slow
def test_a_run_asks_for_the_word_on_the_video_first_too(make_project: MakeProject) -> None:
    folder = make_project(extract={"is_cut_short": True})
    write_persons(folder, Role.TARGET, seen(0.6, 0.4))

    def run() -> RunResult:
        return run_project(folder, lambda _: None, lambda: False, command=fake_command)

    for question, answer in (
        (CutShort, lambda: change_project(folder, Change.TAKE_WHAT_IS_THERE)),
        (PersonUnclear, lambda: choose_person(folder, Role.TARGET, 1)),
    ):
        ended = run()
        assert ended.exit_code is ExitCode.FAILED
        assert ended.failure is not None
        assert ended.failure.is_a(question)
        answer()
    assert run().exit_code is ExitCode.DONE
