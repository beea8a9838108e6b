"""File events as hints: they only cut the sleep short. The one door to watchdog."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

_log = logging.getLogger(__name__)

_EVENTS: list[type[FileSystemEvent]] = [
    FileClosedEvent,
    # A hard link is made, and never written or closed.
    FileCreatedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]
"""Not those of reading, which our own looks would set off."""

_OURS = ("work", "result", ".understudio")


@contextmanager
def watched(workspace: Path, hint: Callable[[], None]) -> Iterator[bool]:
    """Call `hint`, from another thread, whenever a person changes something; yield whether this works here."""
    observer = Observer()
    # Of a folder that it begins to watch twice it tells by printing all it knows, and watches it all the same.
    warnings.filterwarnings("ignore", message="Callback with id", category=RuntimeWarning, module=r"watchdog\.")
    # It calls being stopped in the middle of an event an error. Nothing that it misses is lost: the rescan finds it.
    logging.getLogger("watchdog").setLevel(logging.CRITICAL)
    try:
        observer.schedule(_Hinter(workspace, hint), str(workspace), recursive=True, event_filter=_EVENTS)
        observer.start()
    except OSError as error:
        # The system's number of watches is used up, or the file system has none.
        _log.warning("file events are not to be had here (%s): looking at the folders from time to time instead", error)
        yield False
        return
    try:
        yield True
    finally:
        observer.stop()
        observer.join(timeout=2)


class _Hinter(FileSystemEventHandler):
    def __init__(self, workspace: Path, hint: Callable[[], None]) -> None:
        self._root = os.fsencode(workspace)
        self._hint = hint

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Pass the hint on, unless the engine or the daemon itself did it."""
        if any(path and not self._is_ours(path) for path in (event.src_path, event.dest_path)):
            self._hint()

    def _is_ours(self, path: str | bytes) -> bool:
        parts = Path(os.fsdecode(os.path.relpath(os.fsencode(path), self._root))).parts
        return any(part in _OURS for part in parts[:2])
