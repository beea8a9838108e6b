"""Steps that work ahead of one another."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from engine.errors import MediaError
from engine.stages.read_ahead import ahead


def test_items_come_in_order_and_all() -> None:
    assert list(ahead(iter(range(100)), 3)) == list(range(100))


def test_items_are_made_in_another_thread() -> None:
    assert list(ahead((threading.current_thread() is threading.main_thread() for _ in range(2)), 2)) == [False, False]


def test_an_error_reaches_whoever_wants_the_next_item() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise MediaError("torn", "mend it")

    items = ahead(broken(), 4)
    assert next(items) == 1
    with pytest.raises(MediaError):
        next(items)


def test_closing_ends_the_thread_and_the_iterator() -> None:
    ended = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            ended.set()

    items = ahead(endless(), 2)
    next(items)
    items.close()
    assert ended.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]
