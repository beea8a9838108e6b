"""Sleep that can be cut short: by a file event, by the end of a child, by a signal."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Wake:
    """A pipe to oneself. `wake` may be called from any thread and from signal handlers, which must not take locks."""

    def __init__(self) -> None:
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        os.set_blocking(self._write_end, False)

    def wake(self) -> None:
        """Cut the present sleep short, or the next one."""
        # A full pipe wakes as well as a fuller one; a closed one has nobody asleep.
        with suppress(BlockingIOError, OSError):
            os.write(self._write_end, b"w")

    def sleep(self, seconds: float) -> bool:
        """Sleep at most so long, and return whether somebody woke us."""
        ready, _, _ = select.select([self._read_end], [], [], max(0.0, seconds))
        if not ready:
            return False
        with suppress(BlockingIOError):
            while os.read(self._read_end, 4096):
                pass
        return True

    def close(self) -> None:
        """Give the pipe back."""
        os.close(self._write_end)
        os.close(self._read_end)


class StopFlag:
    """Whether somebody asked this process to end."""

    def __init__(self) -> None:
        self.is_set = False


@contextmanager
def stop_signals(wake: Wake) -> Iterator[StopFlag]:
    """Turn SIGTERM and Ctrl-C into a flag and a wake-up call, as long as this lasts."""
    flag = StopFlag()

    def asked(number: int, frame: object) -> None:
        flag.is_set = True
        wake.wake()

    previous = {number: signal.signal(number, asked) for number in _STOP_SIGNALS}
    try:
        yield flag
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
