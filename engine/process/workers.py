"""Worker processes for chunks of frames."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import threading
from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing.connection import wait

from engine.process.libraries import load_quickly
from engine.process.memory import share_of_memory, when_filled
from engine.project.stage import ExitCode

Pool = Callable[[int], Executor]
"""Makes an executor of a number of workers."""


class Elastic(Executor):
    """An executor whose workers come and go."""

    @property
    @abstractmethod
    def workers(self) -> int:
        """How many there are now."""


def worker_pool(workers: int, most_bytes: int | None = None) -> Executor:
    """Return a pool of spawned processes that end when this process does, however it ends.

    Forking is out of the question: a process forked after TensorFlow has started hangs.

    Args:
        workers: How many.
        most_bytes: A worker that has filled more memory than this ends; None stands for its share of the machine's.
    """
    _share_no_products()
    context = multiprocessing.get_context("spawn")
    most = share_of_memory() if most_bytes is None else most_bytes
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(most,))


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 256 << 20
_LARGEST_KEPT_BYTES = 32 << 20
"""The most that glibc allows."""


def _keep_memory() -> None:
    """Have glibc keep what one frame or batch took for the next, instead of giving it back and asking for it again.

    Pages that are new to a process cost more than much of what is computed in them: without this a conversion at 720
    rows spends a fifth of its processor time on them.
    """
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def _share_no_products() -> None:
    # Products of small matrices, which is what workers have, cost several times as much when threads share them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def prepare_worker() -> None:
    """Make this process fit for tasks, before it loads what they need."""
    _share_no_products()
    _keep_memory()
    load_quickly()


def _start_worker(most_bytes: int) -> None:
    """Leave signals to the parent, which stops handing out chunks, and follow the parent into death."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _keep_memory()
    load_quickly()
    when_filled(most_bytes, lambda: os._exit(ExitCode.FAILED))
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def follow() -> None:
        # A parent that was killed cannot tell: without this, workers would wait for chunks for ever.
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True, name="parent-watch").start()
