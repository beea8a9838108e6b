from __future__ import annotations

from collections.abc import Iterator

import pytest

from daemon.attempt import Attempt
from daemon.runner import Child
from engine.project.stage import StageName

from .conftest import MakeProject
from .driver import fake_command


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def silent(make_project: MakeProject) -> Iterator[tuple[Attempt, Clock]]:
    """A child that never says anything, and the clock it is measured by."""
    clock = Clock()
    child = Child(StageName.EXTRACT, make_project(extract={"hang_at": 0}), command=fake_command, monotonic=clock)
    yield Attempt(child), clock
    child.kill()


def test_silence_adds_up_look_by_look(silent: tuple[Attempt, Clock]) -> None:
    attempt, clock = silent
    for _ in range(10):
        clock.now += 10
        seconds = attempt.facts(clock.now).silent_seconds
    assert seconds == 100


def test_time_in_which_nobody_listened_is_no_silence(silent: tuple[Attempt, Clock]) -> None:
    attempt, clock = silent
    clock.now += 5
    attempt.facts(clock.now)
    clock.now += 7200
    assert attempt.facts(clock.now).silent_seconds <= 20


def test_a_request_to_stop_is_made_once_and_timed(silent: tuple[Attempt, Clock]) -> None:
    attempt, clock = silent
    assert attempt.facts(clock.now).asked_seconds is None
    attempt.ask_to_stop(clock.now)
    attempt.ask_to_stop(clock.now + 5)
    assert attempt.facts(clock.now + 9).asked_seconds == 9
