"""A failure, said calmly: what happened, what to do now, that nothing is lost, and where the log is."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label

from tui.messages import ShowLog


class FailureDialog(ModalScreen[None]):
    """Laid over the screen on which it happened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "close", "Go on"),
        Binding("l", "log", "Log"),
    ]

    def __init__(self, title: str, hint: str, log: Path | None = None) -> None:
        super().__init__()
        self._title = title
        self._hint = hint
        self._log_file = log

    def compose(self) -> ComposeResult:
        """Yield the words and the buttons."""
        with Vertical(classes="dialog failure") as dialog:
            dialog.border_title = "This did not work"
            yield Label(self._title, classes="failure-title", markup=False)
            yield Label(self._hint, markup=False)
            yield Label("Your answers are kept.", markup=False)
            if self._log_file is not None:
                yield Label(f"Log: {self._log_file}", classes="quiet", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Go on", variant="primary", compact=True, id="close")
                if self._log_file is not None:
                    yield Button("Show the log (l)", compact=True, id="show-log")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Close, or show the log."""
        if event.button.id == "show-log":
            self.action_log()
        else:
            self.action_close()

    def action_log(self) -> None:
        """Show the log, where there is one."""
        if self._log_file is not None:
            self.app.post_message(ShowLog(self._log_file))

    def action_close(self) -> None:
        """Back to the screen beneath."""
        self.dismiss(None)
