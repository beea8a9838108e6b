"""What the dialogs share in which something is filled in: a button that takes it, and three ways out without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Button

from tui.background import TellsFailures

T = TypeVar("T")


class Dialog(TellsFailures, ModalScreen[T | None], Generic[T]):
    """Returns what was filled in, or None where everything stays as it was; its action `take` is each dialog's own."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("question_mark,f1", "app.help", "Help", key_display="F1"),
    ]

    def buttons(self, take: str) -> Iterator[Button]:
        """Yield the two buttons at its end; `take` is what the one says that takes what was filled in."""
        yield Button("Cancel", id="cancel", compact=True)
        yield Button(take, id="take", variant="primary", compact=True)

    @on(Button.Pressed, "#take")
    async def on_take(self) -> None:
        """Take it."""
        await self.run_action("take")

    @on(Button.Pressed, "#cancel")
    def on_cancel(self) -> None:
        """Leave."""
        self.action_cancel()

    def action_cancel(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)
