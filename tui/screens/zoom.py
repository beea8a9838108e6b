"""A picture over the whole screen."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.screens.page import Page
from tui.services import Services
from tui.widgets.picture import Picture


class Zoom(Page):
    """Shows one picture as large as the terminal allows."""

    HELP = "The larger the window and the smaller its letters, the more is seen. Escape goes back."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,z,q,enter", "app.pop_screen", "Back")]

    def __init__(self, services: Services, title: str, path: Path, columns_of_squares: int = 0) -> None:
        super().__init__(services)
        self._words = title
        self._picture = path
        self._columns = columns_of_squares

    def compose_body(self) -> ComposeResult:
        """Yield the picture."""
        yield Picture(self._picture, columns_of_squares=self._columns, id="zoom")

    def on_mount(self) -> None:
        """Say what it is."""
        self.top.say(self._words)
