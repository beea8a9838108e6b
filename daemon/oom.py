"""Tell a process that the kernel killed for want of memory from one that somebody else killed."""

from __future__ import annotations

from pathlib import Path

KERNEL_COUNTER = Path("/proc/vmstat")
"""Counts the processes the kernel killed for want of memory, since it started, under `oom_kill` (Linux 4.13)."""


class OomWatch:
    """Remembers the kernel's count of processes killed for want of memory, and tells whether it has grown."""

    def __init__(self, counter: Path = KERNEL_COUNTER) -> None:
        self._counter = counter
        self._at_start = _oom_kills(counter)

    def has_killed(self) -> bool:
        """Return whether the kernel has killed any process for want of memory since this was made."""
        now = _oom_kills(self._counter)
        return now is not None and self._at_start is not None and now > self._at_start


def _oom_kills(counter: Path) -> int | None:
    """Return the kernel's count; None where this kernel does not tell."""
    try:
        lines = counter.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), None)
