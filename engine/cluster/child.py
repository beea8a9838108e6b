"""The confined process beside a Dask worker that does the tasks: it alone opens what they are about."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import BinaryIO

from engine.cluster.messages import Kind, Message, read_message, write_message
from engine.process.workers import prepare_worker
from engine.project.stage import ExitCode

IDLE_SECONDS = 30.0
"""A child that gets no task for this long ends: it keeps models and memory."""


def do_tasks(source: BinaryIO, out: BinaryIO, idle_seconds: float = IDLE_SECONDS) -> None:
    """Do the tasks that come in, one after the other, until none has come for a while.

    This process ends at once, also in the middle of a task, when whoever started it is gone.

    Args:
        source: Where tasks come from.
        out: Where answers go.
        idle_seconds: How long to wait for a task.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prepare_worker()
    tasks: SimpleQueue[Message] = SimpleQueue()

    def listen() -> None:
        while (message := read_message(source)) is not None:
            tasks.put(message)
        os._exit(ExitCode.INTERRUPTED)

    threading.Thread(target=listen, daemon=True, name="parent-watch").start()
    # All tasks in one thread: models are kept for each.
    with ThreadPoolExecutor(1, "task") as hands:
        while True:
            try:
                message = tasks.get(timeout=idle_seconds)
            except Empty:
                return
            future = hands.submit(_do, message.content)
            write_message(out, Message(Kind.ANSWER, _answer(future), message.number))


def _do(task: bytes) -> object:
    function, argument = pickle.loads(task)
    return function(argument)


def _answer(future: Future[object]) -> bytes:
    error = future.exception()
    if error is None:
        return pickle.dumps((True, future.result()), pickle.HIGHEST_PROTOCOL)
    # Where it was raised does not travel with an error, and the log of the stage should tell.
    error.add_note("In a worker of the cluster:\n" + "".join(traceback.format_exception(error)))
    return pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
