"""Let one step of a pipeline work ahead of the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item], depth: int) -> Generator[Item, None, None]:
    """Yield `items`, which a thread takes from their iterator up to `depth` ahead.

    What the iterator raises is raised here. Closing the generator lets the thread end, then closes the iterator.
    """
    try:
        with ThreadPoolExecutor(1, "ahead") as thread:
            waiting: deque[Future[tuple[Item] | None]] = deque()
            waiting.extend(thread.submit(_take, items) for _ in range(depth))
            try:
                while taken := waiting.popleft().result():
                    waiting.append(thread.submit(_take, items))
                    yield taken[0]
            finally:
                for future in waiting:
                    future.cancel()
    finally:
        if isinstance(items, Generator):
            items.close()


def _take(items: Iterator[Item]) -> tuple[Item] | None:
    """Return the next item in a tuple of one, so that it differs from None, the end."""
    for item in items:
        return (item,)
    return None
