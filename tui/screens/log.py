"""The end of a log, kept up to date."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.cells import chop_cells
from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, Static

from engine.files.safe_open import leads_out
from engine.text import printable
from tui.format import short_path
from tui.screens.page import Page
from tui.services import Services
from tui.widgets.rows import Rows

_TAIL_BYTES = 256 * 1024
_LOOK_SECONDS = 1.0
_LONGEST_LINE = 4000
"""Letters; a longer line is cut in its middle."""
_MARGIN = 3
"""Columns left and right of a line."""


class LogScreen(Page):
    """What the stages had to say, the newest at the bottom."""

    TITLE = "Log"
    HELP = """\
What the stages did, when, and for how long; the newest lines are at the bottom. The whole log is a text file; its place
is in the last line, and beside it lies what libraries print by themselves (log-libraries.txt).

**/** looks for words, from the cursor upwards; **n** goes to the next place, **N** back.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/"),
        Binding("n", "again(1)", "Next"),
        Binding("N", "again(-1)", "One before", show=False),
        Binding("escape,l", "leave", "Back"),
    ]

    class Read(Message):
        """The end of the log was read."""

        def __init__(self, lines: list[str]) -> None:
            super().__init__()
            self.lines = lines

    def __init__(self, services: Services, path: Path) -> None:
        super().__init__(services)
        self._path = path
        self._bytes = -1
        self._lines: list[str] = []

    def compose_body(self) -> ComposeResult:
        """Yield the lines and the place of the file."""
        yield Rows[str](lambda line, width: Text(line), empty="Nothing was logged yet.", can_choose=False, id="log")
        yield Input(placeholder="words to look for; Enter", compact=True, id="log-search")
        yield Static(short_path(self._path), classes="quiet", id="log-path", markup=False)

    def on_mount(self) -> None:
        """Read now, and then every second."""
        self.query_one("#log-search").display = False
        self.query_one(Rows).focus()
        self.look_every(_LOOK_SECONDS, self.look)

    @work(thread=True, exclusive=True, exit_on_error=False)
    def look(self) -> None:
        """Read the end of the file where it has grown. Runs in a worker."""
        if leads_out(self._path, self._path.parent):
            return
        try:
            size = self._path.stat().st_size
            if size == self._bytes:
                return
            self._bytes = size
            with self._path.open("rb") as file:
                file.seek(max(0, size - _TAIL_BYTES))
                lines = file.read().decode(errors="replace").splitlines()
        except OSError:
            return
        if size > _TAIL_BYTES:
            # Most likely the rest of a line.
            lines = lines[1:] or lines
        self.post_message(self.Read([_printable(line) for line in lines]))

    @on(Read)
    def on_read(self, message: Read) -> None:
        """Show the lines; who stands at the end stays at the end."""
        self._lines = message.lines
        self._fold()

    def on_resize(self, event: events.Resize) -> None:
        """Fold the lines to the new width."""
        super().on_resize(event)
        self.call_after_refresh(self._fold)

    def action_search(self) -> None:
        """Ask for words."""
        search = self.query_one("#log-search", Input)
        search.display = True
        search.focus()

    @on(Input.Submitted, "#log-search")
    def on_words(self) -> None:
        """Go to the newest line that has the words."""
        self.query_one(Rows).focus()
        self.action_again(1)

    def action_again(self, by: int) -> None:
        """Go to the line above, or below, that has the words; past the end it begins at the other one."""
        words = self.query_one("#log-search", Input).value.casefold()
        rows: Rows[str] = self.query_one(Rows)
        found = [index for index, line in enumerate(rows.items) if words and words in line.casefold()]
        if not found:
            self.notify(f"No line has “{printable(words)}”." if words else "/ asks for words.", markup=False)
            return
        above, below = [at for at in found if at < rows.cursor], [at for at in found if at > rows.cursor]
        rows.cursor = (above or found)[-1] if by > 0 else (below or found)[0]

    def action_leave(self) -> None:
        """Leave the search, or the log."""
        search = self.query_one("#log-search", Input)
        if search.has_focus:
            search.display = False
            self.query_one(Rows).focus()
        else:
            self.app.pop_screen()

    def _fold(self) -> None:
        rows = self.query_one(Rows)
        at_end = rows.cursor >= len(rows.items) - 1
        width = max(20, rows.size.width - _MARGIN)
        folded = [part for line in self._lines for part in chop_cells(line, width) or [""]]
        rows.show(folded, len(folded) - 1 if at_end else None)


def _printable(line: str) -> str:
    return printable(line.expandtabs(), longest=_LONGEST_LINE)
