"""End a process that fills too much memory, before the system has to choose which one to end.

The kernel's own bound (`engine.process.sandbox`) is on what a process reserves. It stops a decoder at once, and it will
not do where TensorFlow computes: refused memory, TensorFlow crashes in places, and the library of a graphics card
reserves more than any machine has. What counts here are pages that were really filled, however many are reserved.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

from engine.host.machine import memory_bytes

_GIB = 1 << 30
_LEAST = 4 * _GIB
"""With less than this, a large photograph or an 8K video could not be read at all."""
_SHARE = 0.8
"""Share of the machine's memory; the rest lets the daemon survive and report what happened."""

_POLL_SECONDS = 0.25
"""Time between two checks, in which a machine fills about half a gigabyte."""
_STATUS = Path("/proc/self/status")
_FILLED = re.compile(rb"^(?:RssAnon|VmSwap):\s+(\d+) kB$", re.M)


def share_of_memory() -> int:
    """Return how many bytes one process may take on this machine, or of what its daemon has given it."""
    return max(_LEAST, int(_SHARE * memory_bytes()))


def when_filled(most_bytes: int, end: Callable[[], None]) -> None:
    """Call `end`, from another thread, once this process has filled more memory of its own than `most_bytes`.

    Memory that was swapped out counts; shared libraries and mapped files do not.
    """

    def watch() -> None:
        while filled_bytes() <= most_bytes:
            time.sleep(_POLL_SECONDS)
        end()

    threading.Thread(target=watch, daemon=True, name="memory").start()


def filled_bytes() -> int:
    """Return how much private memory this process has filled; 0 where the kernel does not say."""
    try:
        status = _STATUS.read_bytes()
    except OSError:
        return 0
    return sum(int(kilobytes) for kilobytes in _FILLED.findall(status)) << 10
