"""Links that change while somebody follows them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def swapping(place: Path, inner: Path, outer: Path) -> Iterator[None]:
    """Put, in turn and as fast as can be, a link to `inner` and one to `outer` at `place`."""
    stop = threading.Event()

    def swap() -> None:
        aside = place.with_name("aside")
        while not stop.is_set():
            for target in (inner, outer):
                aside.symlink_to(target)
                aside.replace(place)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
