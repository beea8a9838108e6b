"""One process at a time on a project folder."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from filelock import FileLock, Timeout

from engine.errors import ProjectBusy
from engine.project.folder import ProjectFolder

_POLL_SECONDS = 1.0


@contextlib.contextmanager
def alone_on(
    folder: ProjectFolder, patience: float = 0.0, waiting: Callable[[], bool] = lambda: True
) -> Iterator[None]:
    """Hold a project; the operating system lets go of it when this process ends, however it ends.

    Args:
        folder: Of the project.
        patience: How long to wait for another process, in seconds.
        waiting: Called about once a second while another process holds the project; false gives up at once.

    Raises:
        ProjectBusy: Another process held it all along.
    """
    lock = FileLock(folder.lock_file)
    deadline = time.monotonic() + patience
    while True:
        left = deadline - time.monotonic()
        try:
            lock.acquire(timeout=max(0.0, min(_POLL_SECONDS, left)))
            break
        except Timeout as error:
            if left <= _POLL_SECONDS or not waiting():
                raise ProjectBusy(
                    f"Another process is working on {folder.path.name}.",
                    "Wait for it, or stop it. Nothing was changed.",
                ) from error
    try:
        yield
    finally:
        lock.release()
