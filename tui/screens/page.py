"""What all screens share: a top line, the keys at the bottom, help, and a word where the window is too small."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import events, work
from textual.app import ComposeResult
from textual.screen import Screen
from textual.timer import Timer

from tui.background import TellsFailures
from tui.format import fit_end
from tui.processes.clipboard import copy
from tui.services import Services
from tui.widgets.key_bar import KeyBar
from tui.widgets.quiet_static import QuietStatic

SMALLEST = (80, 24)
"""Columns and rows in which every control is in sight."""
_READ_SECONDS = 8.0
"""How long it takes to read what became of a copy: two sentences."""


class TopLine(QuietStatic):
    """The name of the program, where one is, and what holds for the whole screen."""

    def __init__(self, title: str) -> None:
        super().__init__(id="top")
        self._title = title
        self._aside = Text()
        self._warning = Text()

    def on_mount(self) -> None:
        """Draw."""
        self._draw()

    def on_resize(self) -> None:
        """Draw in the new width."""
        self._draw()

    def say(self, title: str | None = None, aside: Text | None = None) -> None:
        """Show another title, or another remark at the right."""
        self._title = self._title if title is None else title
        self._aside = self._aside if aside is None else aside
        self._draw()

    def warn(self, words: Text) -> None:
        """Show a warning in place of the remark; without words it is over."""
        if words != self._warning:
            self._warning = words
            self._draw()

    def _draw(self) -> None:
        columns, rows = self.app.size
        aside = self._warning if self._warning.plain else self._aside
        if columns < SMALLEST[0] or rows < SMALLEST[1]:
            aside = Text(
                f"window {columns}×{rows}: make it {SMALLEST[0]}×{SMALLEST[1]} or larger", style="bold reverse"
            )
        room = max(0, self.size.width - 15 - aside.cell_len)
        line = Text.assemble(
            ("Understudio", "bold"), ("  ", ""), (fit_end(self._title, room) if room else "", ""), aside
        )
        line.no_wrap = True
        self.update(line, layout=False)


class Page(TellsFailures, Screen[None]):
    """A whole screen of the wizard."""

    TITLE: ClassVar[str] = ""

    IS_WORK: ClassVar[bool] = False
    """Whether it only shows work, and is to be closed where that fails."""

    SAYS_WHO_WORKS: ClassVar[bool] = False
    """Whether it has a line of its own on who works on what."""

    HELP: ClassVar[str] = ""
    """What this screen is for, in paragraphs with **bold** words; shown on `?`."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self._looking: tuple[Timer, Callable[[], object]] | None = None

    def compose(self) -> ComposeResult:
        """Put the body between the top line and the keys."""
        yield TopLine(self.TITLE)
        yield from self.compose_body()
        yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """Yield what is particular to this screen."""
        yield from ()

    @property
    def top(self) -> TopLine:
        """The line at the top."""
        return self.query_one(TopLine)

    def warn(self, words: Text) -> None:
        """Say at the top what stands still; of a screen that is only being made, the next time."""
        for line in self.query(TopLine):
            line.warn(words)

    def look_every(self, seconds: float, look: Callable[[], object]) -> None:
        """Look as soon as this is in view, and again and again for as long as this is in view.

        What stirs beneath another screen has that one drawn anew, and all of it sent over the line.
        """
        self._looking = self.set_interval(seconds, look), look

    @work(thread=True, exclusive=True, group="copy", exit_on_error=False)
    def copy_text(self, text: str) -> None:
        """Copy a text to the person's own machine, and say whether that worked. Runs in a worker."""
        words = copy(text, lambda given: self.app.call_from_thread(self.app.copy_to_clipboard, given))
        self.app.call_from_thread(self.notify, words, timeout=_READ_SECONDS)

    def on_screen_suspend(self) -> None:
        """Rest while another screen lies over this."""
        if self._looking is not None:
            self._looking[0].pause()

    def on_screen_resume(self) -> None:
        """Look at once, at first and whenever another screen was left."""
        if self._looking is not None:
            timer, look = self._looking
            timer.resume()
            look()

    def on_resize(self, event: events.Resize) -> None:
        """Say where the window is too small, or no longer."""
        self.top.say()
