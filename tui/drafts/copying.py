"""Files on their way into a project: how much is in, and the person's wish that it stop."""

from __future__ import annotations

import threading
from collections.abc import Callable

from textual.message import Message

from tui.format import bar, megabytes


class Copied(Message):
    """Some more bytes are in."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__()
        self._done = done
        self._total = total

    def words(self, columns: int) -> str:
        """Return a bar of so many columns, and the amounts."""
        share = self._done / self._total if self._total else 1.0
        return f"{bar(share, columns)}  {megabytes(self._done)} of {megabytes(self._total)}"


class CopyStopped(Exception):
    """The person wants to stop."""


class Copying:
    """What a screen hands to the worker that copies."""

    def __init__(self, tell: Callable[[Copied], object]) -> None:
        """Make it.

        Args:
            tell: Given the amounts, in the worker.
        """
        self._tell = tell
        self._stop = threading.Event()

    def report(self, done: int, total: int) -> None:
        """Tell how many bytes are in, of how many.

        Raises:
            CopyStopped: Nobody waits for the rest.
        """
        if self._stop.is_set():
            raise CopyStopped
        self._tell(Copied(done, total))

    def stop(self) -> None:
        """Break off at the next report."""
        self._stop.set()

    def clear(self) -> None:
        """Let the next copy begin."""
        self._stop.clear()
