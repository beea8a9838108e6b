"""An input for a path, which Tab completes in place."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Label

from engine.text import printable
from tui.drafts.paths import completed, is_there, typed_paths
from tui.widgets.field import Field

_MOST_NAMES = 40
"""Names that are offered at once: more than fit on two lines of any terminal."""


_NOTHING = "No file or folder begins like this."


def _leads_somewhere(text: str) -> bool:
    return all(map(is_there, typed_paths(text, Path.cwd())))


class PathField(Field):
    """Tab completes what is typed, and names what it may go on with; where there is nothing to add, it goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", "Complete", show=False)]

    def __init__(self, label: str, value: str = "", *, id: str, placeholder: str = "", media_only: bool = True) -> None:
        """Make a field.

        Args:
            label: What it asks for.
            value: What stands in it.
            id: The widget's id.
            placeholder: Said while it is empty.
            media_only: Whether only folders, photos and videos are completed, and not all files.
        """
        super().__init__(label, value, id=id, placeholder=placeholder)
        self._media_only = media_only
        self._offered = ""
        """The text for which names were shown, or that there are none."""

    def compose(self) -> ComposeResult:
        """Yield the line, the error, and the names that it may go on with."""
        yield from super().compose()
        yield Label("", markup=False, classes="field-names")

    async def action_complete(self) -> None:
        """Complete what is typed; go on where there is nothing to add, or the names were seen."""
        text = self.value
        if not text.strip() or text == self._offered:
            self.screen.focus_next()
            return
        found = await asyncio.to_thread(completed, text, Path.cwd(), media_only=self._media_only)
        if self.value != text:
            # Something was typed meanwhile.
            return
        if found.text != text:
            self.value = found.text
        elif not found.names and self._media_only and not await asyncio.to_thread(_leads_somewhere, text):
            # Who types on would otherwise type into a button. Evidence may be a message, which begins no path.
            self._say(text, _NOTHING)
        elif not found.names:
            self.screen.focus_next()
        if found.names:
            self._say(found.text, "   ".join(map(printable, found.names[:_MOST_NAMES])))

    def _say(self, text: str, words: str) -> None:
        self._offered = text
        label = self.query_one(".field-names", Label)
        label.update(words)
        label.display = True

    @on(Field.Given)
    def on_other_text(self, event: Field.Given) -> None:
        """Names that were shown for another text are over."""
        if event.value != self._offered:
            self._offered = ""
            self.query_one(".field-names", Label).display = False
