"""The bin: projects that were deleted, until it is emptied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from engine.text import printable
from tui.format import fit_end, megabytes, past
from tui.projects.bin import Deleted
from tui.screens.confirm import Confirm
from tui.screens.page import Page
from tui.widgets.rows import Rows

_WHEN_COLUMNS, _SIZE_COLUMNS = 17, 8


class _Projects(Rows[Deleted]):
    """What lies in the bin; Enter brings it back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "Bring back")]


class BinScreen(Page):
    """The list, and the two ways out of it."""

    TITLE = "Bin"
    HELP = """\
Deleted projects lie here, and take their room on the disk, until they are deleted for good. Nobody works on them.

**u** or **Enter** brings one back, **x** deletes one for good, **X** all of them.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "bring_back", "Bring back", show=False),
        Binding("x", "delete", "Delete for good"),
        Binding("X", "delete_all", "Empty the bin"),
        Binding("escape", "app.pop_screen", "Home"),
    ]

    class Read(Message):
        """The bin was looked into."""

        def __init__(self, deleted: Sequence[Deleted]) -> None:
            super().__init__()
            self.deleted = deleted

    def compose_body(self) -> ComposeResult:
        """Yield the list."""
        yield _Projects(self._line, empty="Looking …", id="deleted")

    def on_mount(self) -> None:
        """Look into it."""
        self.query_one(Rows).focus()
        self._do(lambda: None)

    @work(thread=True, group="change", exit_on_error=False)
    def _do(self, change: Callable[[], object]) -> None:
        """Change something, and look what there is then. Runs in a worker."""
        try:
            change()
        finally:
            self.post_message(self.Read(self.services.bin.all()))

    @on(Read)
    def on_read(self, message: Read) -> None:
        """Show it."""
        rows: Rows[Deleted] = self.query_one(Rows)
        rows.set_empty("The bin is empty.")
        rows.show(message.deleted)
        size = megabytes(sum(each.size_bytes for each in message.deleted))
        self.top.say(aside=Text(size if message.deleted else "", style="dim"))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done now."""
        if action in ("bring_back", "delete", "delete_all"):
            return self.is_mounted and self.query_one(Rows).current is not None
        return True

    @on(Rows.Chosen)
    def action_bring_back(self) -> None:
        """Bring the one under the cursor back."""
        deleted: Deleted | None = self.query_one(Rows).current
        if deleted is not None:
            self._do(lambda: self.services.bin.bring_back(deleted.path))
            self.notify(f"{printable(deleted.name)} is back.", markup=False)

    def action_delete(self) -> None:
        """Delete the one under the cursor for good, after asking."""
        deleted: Deleted | None = self.query_one(Rows).current
        if deleted is not None:
            self._ask([deleted], printable(deleted.name))

    def action_delete_all(self) -> None:
        """Delete all for good, after asking."""
        deleted: Sequence[Deleted] = self.query_one(Rows).items
        self._ask(deleted, "all that is in the bin")

    @work
    async def _ask(self, deleted: Sequence[Deleted], what: str) -> None:
        size = megabytes(sum(each.size_bytes for each in deleted))
        words = f"That makes {size} of room, and cannot be undone: pictures, faces, model and results are gone."
        if await self.app.push_screen_wait(Confirm(f"Delete {what} for good?", words, yes="Yes, for good")):
            self._do(partial(self._empty, deleted))

    def _empty(self, deleted: Sequence[Deleted]) -> None:
        for each in deleted:
            self.services.bin.empty(each.path)

    def _line(self, deleted: Deleted, width: int) -> Text:
        return Text.assemble(
            fit_end(printable(deleted.name), max(8, width - _WHEN_COLUMNS - _SIZE_COLUMNS - 2)),
            " ",
            (fit_end(past(deleted.deleted_at, self.services.clock()), _WHEN_COLUMNS), "dim"),
            " ",
            (megabytes(deleted.size_bytes).rjust(_SIZE_COLUMNS), "dim"),
        )
