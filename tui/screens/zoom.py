"""A picture over the whole screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Label

from tui.messages import ShowPicture
from tui.screens.page import Page
from tui.services import Services
from tui.terminal.facts import more_than_this
from tui.widgets.picture import Picture

_OF_A_PAIR = 2
"""Columns of a pair."""


class Zoom(Page):
    """Shows one picture as large as the terminal allows."""

    HELP = """\
The larger the window and the smaller its letters, the more is seen. **z** shows the swap alone, as large as can be, and
then all there is; **←** and **→** turn to others where there are some. **Escape** goes back.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("z", "alone", "Swap alone"),
        Binding("z", "whole", "Show all"),
        Binding("z", "one_pair", "One pair"),
        Binding("left", "turn(-1)", "Before", show=False),
        Binding("right", "turn(1)", "Next"),
        Binding("escape,enter", "app.pop_screen", "Back"),
    ]

    def __init__(self, services: Services, shown: ShowPicture) -> None:
        super().__init__(services)
        self._shown = shown
        self._pair = shown.pair or 0

    def compose_body(self) -> ComposeResult:
        """Yield the picture, what its columns are, and how to see more."""
        shown = self._shown
        yield Picture(
            shown.path,
            columns_of_squares=shown.columns_of_squares,
            pair=shown.pair,
            captions=shown.captions,
            id="zoom",
        )
        note = Label(more_than_this(self.app.console, self.services.graphics), id="zoom-note", markup=False)
        note.display = bool(note.content)
        yield note

    def on_mount(self) -> None:
        """Say what it is."""
        self.top.say(self._shown.title)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what there is to see."""
        if not self.is_mounted:
            return True
        shown, picture = self._shown, self._picture
        is_alone, is_pair = picture.column is not None, picture.pair is not None
        offered = {
            "alone": not is_alone and (is_pair or bool(shown.columns_of_squares)),
            "one_pair": not is_alone and not is_pair and shown.pair is not None,
            "whole": is_alone,
            "turn": picture.pair is not None,
        }
        return offered.get(action, True)

    def action_alone(self) -> None:
        """Show the last column alone."""
        self._picture.column = (self._shown.columns_of_squares or _OF_A_PAIR) - 1
        self.refresh_bindings()

    def action_one_pair(self) -> None:
        """Show one pair alone."""
        self._picture.pair = self._pair
        self.refresh_bindings()

    def action_whole(self) -> None:
        """Show all there is."""
        self._picture.column = self._picture.pair = None
        self.refresh_bindings()

    def action_turn(self, by: int) -> None:
        """Show the pair beside."""
        self._pair += by
        self._picture.pair = self._pair

    @property
    def _picture(self) -> Picture:
        return self.query_one("#zoom", Picture)
