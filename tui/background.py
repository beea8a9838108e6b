"""Work that goes on while the person reads or types."""

from __future__ import annotations

from collections.abc import Callable, Coroutine

from textual.dom import DOMNode
from textual.worker import WorkType


def in_background(
    owner: DOMNode, work: Callable[[], Coroutine[None, None, None]], group: str, *, exclusive: bool = False
) -> None:
    """Do something until it is over or its owner is gone.

    Args:
        owner: The screen or app that it is for.
        work: What to do, not a coroutine: one that is overtaken before it began would be left behind unawaited.
        group: Of work of the same kind.
        exclusive: Break off what the owner has under way in the group.
    """
    started: WorkType[None] = work
    owner.run_worker(started, group=group, exclusive=exclusive, exit_on_error=False)
