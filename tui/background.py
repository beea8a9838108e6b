"""Work that goes on while the person reads or types."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import cached_property

from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.worker import Worker, WorkerState, WorkType

from tui.messages import WorkFailed


class TellsFailures(MessagePump):
    """A screen or widget that has work done in the background: what fails there is said, and once by each.

    Textual tells nobody else of it, and a look that fails is taken again and again.
    """

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Hand on what failed."""
        error = event.worker.error
        if event.state is not WorkerState.ERROR or error is None or repr(error) in self._told:
            return
        self._told.add(repr(error))
        self.app.post_message(WorkFailed(error))

    @cached_property
    def _told(self) -> set[str]:
        """What was said already."""
        return set()


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
