"""A name, asked for with the present one in hand."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Label

from tui.screens.dialog import Dialog
from tui.widgets.field import Field


class NameDialog(Dialog[str]):
    """Returns another name, or None where it stays as it is."""

    HELP = "Any letters, digits and spaces. **Enter** takes the name, **Escape** leaves everything as it was."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "take", "Rename"),
    ]

    def __init__(self, title: str, name_now: str, words: str = "") -> None:
        """Make the dialog.

        Args:
            title: What is renamed.
            name_now: Its present name.
            words: What follows from it; empty where there is nothing to say.
        """
        super().__init__()
        self._title = title
        self._name_now = name_now
        self._words = words

    def compose(self) -> ComposeResult:
        """Yield the name, and what follows."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            yield Field("Name", self._name_now, id="new-name")
            yield Label(self._words, markup=False, classes="quiet")
            with Horizontal(classes="dialog-buttons"):
                yield from self.buttons("Rename")

    def on_mount(self) -> None:
        """Begin at the name."""
        self.query_one(Field).focus()

    @on(Field.Submitted)
    def on_enter(self) -> None:
        """Rename."""
        self.action_take()

    def action_take(self) -> None:
        """Return the name, where it is another one."""
        name = self.query_one(Field).value.strip()
        self.dismiss(name if name and name != self._name_now else None)
