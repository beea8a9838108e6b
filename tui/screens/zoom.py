"""A picture over the whole screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.messages import ShowPicture
from tui.screens.page import Page
from tui.services import Services
from tui.widgets.picture import Picture


class Zoom(Page):
    """Shows one picture as large as the terminal allows."""

    HELP = "The larger the window and the smaller its letters, the more is seen. Escape goes back."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,z,q,enter", "app.pop_screen", "Back")]

    def __init__(self, services: Services, shown: ShowPicture) -> None:
        super().__init__(services)
        self._shown = shown

    def compose_body(self) -> ComposeResult:
        """Yield the picture."""
        yield Picture(
            self._shown.path, columns_of_squares=self._shown.columns_of_squares, pair=self._shown.pair, id="zoom"
        )

    def on_mount(self) -> None:
        """Say what it is."""
        self.top.say(self._shown.title)
