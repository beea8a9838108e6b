"""Worker processes for chunks of frames."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing.connection import wait


def worker_pool(workers: int) -> Executor:
    """Return a pool of spawned processes that end when this process does, however it ends.

    Forking is out of the question: a process forked after TensorFlow has started hangs.
    """
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)


def _start_worker() -> None:
    """Leave signals to the parent, which stops handing out chunks, and follow the parent into death."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def follow() -> None:
        # A parent that was killed cannot tell: without this, workers would wait for chunks for ever.
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True, name="lifeline").start()
