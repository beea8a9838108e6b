"""A question with two answers; the harmless one is in hand."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label


class Confirm(ModalScreen[bool]):
    """Returns whether the person wants it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "No"),
        Binding("y", "answer(True)", "Yes"),
        Binding("left,right", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, words: str, *, yes: str, no: str = "No, keep", in_hand: bool = False) -> None:
        super().__init__()
        self._no = no
        self._in_hand = in_hand
        self._title = title
        self._words = words
        self._yes = yes

    def compose(self) -> ComposeResult:
        """Yield the question and two answers."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            yield Label(self._words, markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(self._no, id="no", compact=True)
                yield Button(self._yes, id="yes", compact=True)

    def on_mount(self) -> None:
        """Take one of the answers in hand."""
        self.query_one("#yes" if self._in_hand else "#no").focus()

    @on(Button.Pressed)
    def on_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.action_answer(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """Return the answer."""
        self.dismiss(answer)
