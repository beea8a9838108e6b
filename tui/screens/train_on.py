"""How many more minutes to train: asked with a number in hand that helps."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label

from engine.project.settings import Project
from tui.drafts.validation import parse_minutes
from tui.format import moment
from tui.projects.train_on import Trained, trained_on
from tui.screens.settings import REPLACES
from tui.widgets.field import Field


class TrainOnDialog(ModalScreen[Project | None]):
    """Returns the project with more minutes, or None where it stays as it is."""

    HELP = """\
The minutes come **on top** of those that were trained already; nothing that was learnt is lost. Then the video is
converted again. The one that is there stays until the new one takes its place, and is kept
then: **e** shows it.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("question_mark,f1", "app.help", "Help", key_display="F1"),
        Binding("ctrl+n", "take", "Train on"),
    ]

    def __init__(self, project: Project, trained: Trained, now: dt.datetime) -> None:
        super().__init__()
        self._project = project
        self._trained = trained
        self._now = now

    def compose(self) -> ComposeResult:
        """Yield what was learnt, the minutes, and when it would be ready."""
        helps = self._trained.helps_minutes
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Train on, then convert again"
            yield Label(self._trained.words, markup=False)
            yield Label("")
            yield Field("More minutes", "" if helps is None else f"{helps:g}", id="more", placeholder="such as 30")
            yield Label("", id="ready", markup=False, classes="quiet")
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Train on", id="take", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Begin at the minutes."""
        self.query_one(Field).focus()
        self._show_ready()

    @on(Field.Given)
    def on_minutes(self) -> None:
        """Say when it would be ready."""
        self._show_ready()

    @on(Field.Submitted)
    def on_enter(self, event: Field.Submitted) -> None:
        """Go to the buttons."""
        event.stop()
        self.query_one("#take").focus()

    @on(Button.Pressed, "#take")
    def on_take(self) -> None:
        """Train on."""
        self.action_take()

    @on(Button.Pressed, "#cancel")
    def on_cancel(self) -> None:
        """Leave."""
        self.action_cancel()

    def action_take(self) -> None:
        """Return the project, or say what is wrong with the minutes."""
        minutes = parse_minutes(self.query_one(Field).value)
        try:
            if minutes is not None:
                self.dismiss(trained_on(self._project, self._trained, minutes))
                return
        except ValueError:
            pass
        self.query_one(Field).complain("Give a number of minutes such as 30.")
        self.query_one(Field).focus()

    def action_cancel(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)

    def _show_ready(self) -> None:
        minutes = parse_minutes(self.query_one(Field).value)
        words = REPLACES
        if minutes is not None:
            ready = self._now + dt.timedelta(minutes=minutes + self._trained.other_minutes)
            words = f"Ready about {moment(ready, self._now)}. {words}"
        self.query_one("#ready", Label).update(words)
