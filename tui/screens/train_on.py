"""How many more minutes to train: asked with a number in hand that helps."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Label

from engine.project.settings import Project
from tui.drafts.validation import parse_minutes
from tui.format import moment
from tui.projects.train_on import Trained, trained_on
from tui.screens.dialog import Dialog
from tui.screens.settings import REPLACES
from tui.widgets.field import Field


class TrainOnDialog(Dialog[Project]):
    """Returns the project with more minutes, or None where it stays as it is."""

    HELP = """\
The minutes come **on top** of those that were trained already; nothing that was learnt is lost. Then the video is
converted again. The one that is there stays until the new one takes its place, and is kept
then: **e** shows it.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
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
                yield from self.buttons("Train on")

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

    def _show_ready(self) -> None:
        minutes = parse_minutes(self.query_one(Field).value)
        words = REPLACES
        if minutes is not None:
            ready = self._now + dt.timedelta(minutes=minutes + self._trained.other_minutes)
            words = f"Ready about {moment(ready, self._now)}. {words}"
        self.query_one("#ready", Label).update(words)
