"""The keys at the bottom of a screen, drawn anew only when they change."""

from __future__ import annotations

from textual.binding import Binding
from textual.widgets import Footer


class KeyBar(Footer):
    """The keys that count on a screen.

    Textual makes a footer anew at each look at the keys: at every focus, and whenever a screen says that something may
    have changed. Most of the time nothing has, and a widget for each key, with its style, is the dearest part of a
    screen.
    """

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)
        self._keys: list[tuple[Binding, bool, str]] = []

    async def recompose(self) -> None:
        """Show the keys that count now, if they are not shown already."""
        # A screen may have been left since this was asked for; the parts that its keys ask about are going then.
        if not self.is_attached or self.screen not in self.app.screen_stack:
            return
        keys = [(key.binding, key.enabled, key.tooltip) for key in self.screen.active_bindings.values()]
        if keys != self._keys:
            self._keys = keys
            await super().recompose()
