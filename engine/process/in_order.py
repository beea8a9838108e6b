"""Hand tasks to workers and take their results back in the order of the tasks, however many workers there are."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

from engine.errors import OutOfMemory
from engine.process.workers import Elastic
from engine.project.stage import ShouldStop

Task = TypeVar("Task")
Result = TypeVar("Result")

_AHEAD = 2
"""Tasks under way beyond the number of workers, where there are several: the most results that wait in memory."""
_POLL_SECONDS = 0.2


def in_order(
    executor: Executor,
    function: Callable[[Task], Result],
    tasks: Iterable[Task],
    should_stop: ShouldStop,
    workers: int,
) -> Iterator[tuple[Task, Result]]:
    """Call `function` on each task in a worker; yield each task with its result, in the order of the tasks.

    When asked to stop, tasks that no worker has begun are dropped, and what follows the first of them is not yielded.
    So it is where the executor drops a task because all its workers are gone.

    Args:
        executor: Does the tasks.
        function: What is done with each.
        tasks: Taken as they are needed.
        should_stop: Asked all the time.
        workers: How many the executor has, where they do not come and go.

    Raises:
        OutOfMemory: A worker was ended from outside.
    """
    waiting = iter(tasks)
    running: deque[tuple[Task, Future[Result]]] = deque()
    try:
        while True:
            room = 0 if should_stop() else max(0, _most(executor, workers) - len(running))
            running.extend((task, executor.submit(function, task)) for task in islice(waiting, room))
            if not running:
                return
            task, future = running[0]
            if should_stop() and future.cancel():
                return
            if wait([future], _POLL_SECONDS).done:
                running.popleft()
                yield task, future.result()
    except CancelledError:
        return
    except BrokenProcessPool as error:
        raise OutOfMemory(
            "A helper process was ended by the system: memory ran out, or a damaged file kept it busy for ever.",
            "Close other programs and start again; what was finished is kept.",
        ) from error
    finally:
        for _, future in running:
            future.cancel()


def _most(executor: Executor, workers: int) -> int:
    """Return how many tasks may be under way now."""
    now = executor.workers if isinstance(executor, Elastic) else workers
    # A pool takes one task more than it has workers, and never gives it back: a stop would have to wait for it. A
    # single worker is handed its next one within milliseconds of its last.
    return now + _AHEAD if now > 1 else 1
