"""A file that keeps its decoder busy for ever is given up by name, and the others go on."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import MediaError, ProjectError
from engine.media.timeouts import DecodingTimeout, call_with_timeout, with_timeout

ROOT = Path(__file__).parents[2]


def busy(until: threading.Event) -> None:
    while not until.is_set():
        pass


@pytest.fixture
def mercy() -> Iterator[threading.Event]:
    """Ends what would never end, when the test is over."""
    event, before = threading.Event(), set(threading.enumerate())
    yield event
    event.set()
    for thread in set(threading.enumerate()) - before:
        thread.join()


def test_items_and_errors_come_through_in_order() -> None:
    def steps() -> Iterator[int]:
        yield from (1, 2)
        raise MediaError("Broken.", "Mend it.")

    taken: list[int] = []
    with pytest.raises(MediaError, match="Broken"):
        taken.extend(with_timeout("a.mp4", steps()))
    assert taken == [1, 2]


def test_what_is_not_wanted_any_more_is_closed_before_anything_else_goes_on() -> None:
    closed = threading.Event()

    def steps() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    wanted = with_timeout("a.mp4", steps())
    assert next(wanted) == 1
    wanted.close()
    assert closed.is_set()
    assert not [each for each in threading.enumerate() if each.name == "decoding"]


def test_a_step_that_never_ends_is_given_up_by_name(mercy: threading.Event) -> None:
    with pytest.raises(DecodingTimeout, match=r"loop\.mp4 keeps the decoder busy for ever"):
        call_with_timeout("loop.mp4", lambda: busy(mercy), 0.2)
    assert call_with_timeout("fine.mp4", lambda: 3, 0.2) == 3


def test_waiting_is_no_work(mercy: threading.Event) -> None:
    assert call_with_timeout("slow-disk.mp4", lambda: mercy.wait(1.0), 0.3) is False


@pytest.mark.slow
def test_many_such_files_are_too_many(mercy: threading.Event) -> None:
    refusals = []
    for _ in range(6):
        with pytest.raises((DecodingTimeout, ProjectError)) as refused:
            call_with_timeout("a.mp4", lambda: busy(mercy), 0.1)
        refusals.append(refused.value)
    # One or two are no reason to give up all others.
    assert [type(each) for each in refusals[:2]] == [DecodingTimeout, DecodingTimeout]
    assert isinstance(refusals[-1], ProjectError)
    assert refusals[-1].title.startswith("Several files")


@pytest.mark.slow
def test_a_step_that_lets_no_other_thread_run_is_ended_by_the_kernel() -> None:
    script = """
import re
from engine.media import timeouts
timeouts.LONGEST_STEP_SECONDS = 0.01
timeouts.call_with_timeout("a.jpg", lambda: re.match("(a+)+b", "a" * 40), 0.2)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, cwd=ROOT, timeout=60)
    assert ended.returncode == -signal.SIGXCPU


def test_the_stuck_thread_gives_way_to_all_others(mercy: threading.Event) -> None:
    before = set(threading.enumerate())
    with pytest.raises(DecodingTimeout):
        call_with_timeout("a.mp4", lambda: busy(mercy), 0.1)
    (stuck,) = set(threading.enumerate()) - before
    assert os.getpriority(os.PRIO_PROCESS, stuck.native_id or 0) == 19
