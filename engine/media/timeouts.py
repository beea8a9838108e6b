"""Time limits on decoding, for files whose decoding never ends.

A crafted file can keep a decoder in an endless loop. It cannot be interrupted there, so each step (the next packet, the
next frame, a picture) is taken by a thread of its own, while the thread that wants it watches the clock and, after two
minutes of work for one step, goes on without it. The stuck thread stays behind at the lowest priority and ends with its
process. Where a step does not even let other threads run, the kernel ends the process.

A frame of 8K video takes a third of a second on one core; the hand-over between the threads, 30 microseconds.
"""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from engine.errors import MediaError, ProjectError

Item = TypeVar("Item")

LONGEST_STEP_SECONDS = 120.0
"""Limit for one step, both by the clock and in processor time: neither a slow disk nor a suspended machine counts."""

_MOST_STUCK = 3
"""Stuck threads of one process; with more, the machine would be busy with nothing else."""
_STUCK = "stuck in a file"


class DecodingTimeout(MediaError):
    """A file keeps its decoder busy for ever; a thread is still in it, so nothing of it may be closed."""


def with_timeout(
    name: str, steps: Iterator[Item], seconds: float = LONGEST_STEP_SECONDS
) -> Generator[Item, None, None]:
    """Yield `steps`, each taken in another thread, which is given up where one of them does not end.

    What the iterator raises is raised here.

    Args:
        name: Name of the file, for the message.
        steps: Closed in the end, unless stuck.
        seconds: How long one step may take.

    Raises:
        DecodingTimeout: A step did not end.
        ProjectError: That happened to several files.
    """
    helper = _Helper(steps)
    is_stuck = False
    try:
        while True:
            helper.wanted.put(True)
            try:
                answer = helper.answer(seconds)
            except Empty:
                is_stuck = True
                raise _given_up(name, helper.thread) from None
            if isinstance(answer, BaseException):
                raise answer
            if answer is None:
                return
            yield answer[0]
    finally:
        helper.wanted.put(False)
        if not is_stuck:
            helper.thread.join()


def call_with_timeout(name: str, call: Callable[[], Item], seconds: float = LONGEST_STEP_SECONDS) -> Item:
    """Return what a call returns, unless it does not end.

    Raises:
        DecodingTimeout: It did not.
        ProjectError: That happened to several files.
    """
    steps = with_timeout(name, (step() for step in (call,)), seconds)
    try:
        return next(steps)
    finally:
        steps.close()


class _Helper(Generic[Item]):
    """The thread that takes the steps."""

    def __init__(self, steps: Iterator[Item]) -> None:
        self.wanted: SimpleQueue[bool] = SimpleQueue()
        self._answers: SimpleQueue[tuple[Item] | BaseException | None] = SimpleQueue()
        self._steps = steps
        self.thread = threading.Thread(target=self._run, daemon=True, name="decoding")
        self.thread.start()

    def answer(self, seconds: float) -> tuple[Item] | BaseException | None:
        """Return the next item in a tuple of one, what was raised, or None at the end.

        Raises:
            Empty: There was no answer.
        """
        by_clock, of_processor = time.monotonic(), time.process_time()
        while True:
            try:
                return self._answers.get(timeout=min(1.0, seconds))
            except Empty:
                if min(time.monotonic() - by_clock, time.process_time() - of_processor) > seconds:
                    raise

    def _run(self) -> None:
        while self.wanted.get():
            _bound_processor_time(LONGEST_STEP_SECONDS * (2 + (os.cpu_count() or 1)))
            answer: tuple[Item] | BaseException | None
            try:
                answer = next(((item,) for item in self._steps), None)
            except BaseException as error:  # noqa: BLE001 - raised again where the step is wanted
                answer = error
            _bound_processor_time(None)
            self._answers.put(answer)
        if isinstance(self._steps, Generator):
            self._steps.close()


def _given_up(name: str, thread: threading.Thread) -> MediaError | ProjectError:
    _bound_processor_time(None)
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread.native_id or 0, 19)
    thread.name = _STUCK
    if sum(each.name == _STUCK for each in threading.enumerate()) > _MOST_STUCK:
        return ProjectError(
            f"Several files keep the decoder busy for ever; {name} is one of them.",
            "Take it, and others from the same place, out of the project. Everything finished so far is kept.",
        )
    return DecodingTimeout(
        f"{name} keeps the decoder busy for ever: it is damaged, or made to do so.",
        "Take it out, or save it again with a video or picture editor. The other files are not affected.",
    )


def _bound_processor_time(seconds: float | None) -> None:
    """Have the kernel end this process once it has used so much more processor time; None takes that back."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = hard
    if seconds is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime + seconds) + 1
        soft = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
