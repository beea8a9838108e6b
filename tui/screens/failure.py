"""A failure, said calmly: what happened, what to do now, that nothing is lost, and where the log is."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label


class Failure(ModalScreen[None]):
    """Laid over the screen on which it happened."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter", "close", "Go on")]

    def __init__(self, title: str, hint: str, log: Path | None = None) -> None:
        super().__init__()
        self._title = title
        self._hint = hint
        self._log_file = log

    def compose(self) -> ComposeResult:
        """Yield the words and one button."""
        with Vertical(classes="dialog failure") as dialog:
            dialog.border_title = "This did not work"
            yield Label(self._title, classes="failure-title", markup=False)
            yield Label(self._hint, markup=False)
            yield Label("Your answers are kept.", markup=False)
            if self._log_file is not None:
                yield Label(f"Log: {self._log_file}", classes="quiet", markup=False)
            yield Button("Go on", variant="primary", compact=True, id="close")

    def on_button_pressed(self) -> None:
        """Close."""
        self.action_close()

    def action_close(self) -> None:
        """Back to the screen beneath."""
        self.dismiss(None)
