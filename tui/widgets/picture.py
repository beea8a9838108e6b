"""A picture in the terminal: two pixels a cell, everywhere; finer graphics only where they were asked for.

textual-image asks the terminal what it can when it is imported, and over a slow line the answer arrives as typed keys.
So it is imported as if there were no terminal, unless the person asked for `auto`. It is imported late, too: the first
screen does not wait for it.
"""

from __future__ import annotations

import fcntl
import importlib
import io
import os
import struct
import sys
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from rich.console import Group
from rich.text import Text
from textual.app import ComposeResult
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from tui.background import TellsFailures
from tui.widgets.cells import Part, captions_of, cells_of, cut_out, half_cells, toned, tones_of, under_columns


class Graphics(StrEnum):
    """How pictures are drawn."""

    HALF_CELLS = "half-cells"
    """Two coloured pixels a cell: works in tmux, over SSH and in the browser."""
    AUTO = "auto"
    """Ask the terminal."""
    SIXEL = "sixel"
    KITTY = "kitty"


_LATE_SECONDS = 0.5
"""How long to wait for answers of the terminal that nobody waits for any more."""


@cache
def load_graphics(graphics: Graphics) -> Any:
    """Return what draws pictures, as textual-image has it: a renderable for half cells, a widget for the others.

    Only for `AUTO` the terminal is asked, the first time, so call this before the app runs. What it answers too late is
    thrown away.
    """
    match graphics:
        case Graphics.AUTO:
            widget = importlib.import_module("textual_image.widget").Image
            time.sleep(_LATE_SECONDS)
            if sys.stdin.isatty():
                termios.tcflush(sys.stdin, termios.TCIFLUSH)
            return widget
        case Graphics.HALF_CELLS:
            with _unasked():
                return importlib.import_module("textual_image.renderable").HalfcellImage
        case Graphics.SIXEL:
            with _unasked():
                return importlib.import_module("textual_image.widget").SixelImage
        case Graphics.KITTY:
            with _unasked():
                return importlib.import_module("textual_image.widget").TGPImage


@contextmanager
def _unasked() -> Iterator[None]:
    """Let textual-image believe that there is no terminal to ask; how large a cell is, the system knows."""
    terminal = sys.__stdout__
    rows, columns, width, height = _window()
    if width and height and rows and columns:
        os.environ.setdefault("TEXTUAL_CELL_WIDTH", str(width // columns))
        os.environ.setdefault("TEXTUAL_CELL_HEIGHT", str(height // rows))
    sys.__stdout__ = io.StringIO()  # type: ignore[misc, assignment]
    try:
        importlib.import_module("textual_image._terminal").get_cell_size()
        yield
    finally:
        sys.__stdout__ = terminal  # type: ignore[misc]


def _window() -> tuple[int, ...]:
    """Return rows, columns, and width and height in pixels of the terminal; zeros where the system does not know."""
    try:
        packed = fcntl.ioctl(sys.__stderr__ or 2, termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return 0, 0, 0, 0
    return struct.unpack("HHHH", packed)


class Picture(TellsFailures, Widget):
    """Shows a picture file as large as its place allows; reads and scales it in a worker."""

    DEFAULT_CSS = "Picture { width: 1fr; height: 1fr; }"

    _TURN: ClassVar[threading.Lock] = threading.Lock()
    """Pictures are drawn one after another: a page of them at once would leave the keys waiting."""

    path: reactive[Path | None] = reactive(None)
    """The picture; None shows nothing."""
    version: reactive[int] = reactive(0)
    """Raised when the file has other content under the same name."""

    pair: reactive[int | None] = reactive(None)
    """See `Part`."""
    column: reactive[int | None] = reactive(None)
    """See `Part`."""

    class _Drawn(Message):
        def __init__(self, path: Path | None, picture: Any, lines: Group, words: Text, cells: Size) -> None:
            super().__init__()
            self.path = path
            self.picture = picture
            self.lines = lines
            self.words = words
            self.cells = cells

    def __init__(
        self,
        path: Path | None = None,
        *,
        alt: str = "",
        rows: int | None = None,
        columns_of_squares: int = 0,
        pair: int | None = None,
        captions: Sequence[str] = (),
        id: str | None = None,
    ) -> None:
        """Make a picture.

        Args:
            path: The picture file; None shows nothing.
            alt: Shown where there is no picture.
            rows: As many rows at most, and no more than the picture needs; None fills its place.
            columns_of_squares: See `Part`.
            pair: The first value of `pair`.
            captions: What its columns are, said beneath them.
            id: The widget's id.
        """
        super().__init__(id=id)
        self._rows = rows
        self._columns_of_squares = columns_of_squares
        self._captions = captions
        self._alt = alt
        self._lines: Group | Text = Text(alt, style="dim")
        self._size_asked_for = Size()
        """What it is to be drawn in; a worker that was begun for another size may come late."""
        self._finer: Any = None
        """textual-image's widget, which has an `image`; None in half cells."""
        self.set_reactive(Picture.path, path)
        self.set_reactive(Picture.pair, pair)

    def show(
        self, path: Path | None, version: int = 0, *, columns_of_squares: int = 0, captions: Sequence[str] = ()
    ) -> None:
        """Show another picture, with other columns.

        Args:
            path: The picture file; None shows nothing.
            version: See `version`.
            columns_of_squares: See `Part`.
            captions: What its columns are, said beneath them.
        """
        self._columns_of_squares, self._captions = columns_of_squares, captions
        self.path, self.version = path, version

    def compose(self) -> ComposeResult:
        """Yield the widget of finer graphics, where the app asks for them."""
        if self._graphics is not Graphics.HALF_CELLS:
            self._finer = load_graphics(self._graphics)()
            yield self._finer
            yield Static(classes="captions", markup=False)

    def render(self) -> Group | Text:
        """Return what was drawn last."""
        return self._lines

    def on_mount(self) -> None:
        """Draw for the first time."""
        self._redraw()

    def on_resize(self) -> None:
        """Draw in the new size."""
        self._redraw()

    def watch_path(self) -> None:
        """Draw the other picture."""
        self._redraw()

    def watch_version(self) -> None:
        """Draw the new content."""
        self._redraw()

    def watch_pair(self) -> None:
        """Draw the other pair."""
        self._redraw()

    def watch_column(self) -> None:
        """Draw the other column."""
        self._redraw()

    @property
    def _part(self) -> Part:
        return Part(self._columns_of_squares, self.column, self.pair)

    @property
    def _graphics(self) -> Graphics:
        # Any app can show pictures; one that says nothing gets half cells.
        return getattr(self.app, "graphics", Graphics.HALF_CELLS)

    def _redraw(self) -> None:
        size, path = self.content_size, self.path
        if self._rows is not None:
            size = Size(size.width, self._rows)
        self._size_asked_for = size
        if not self.is_mounted or not size.area:
            return
        if path is None:
            self._show(None, Text(self._alt, style="dim"), Text(), Size(0, 0))
        else:
            self.run_worker(
                lambda: self._draw(path, size, self._part), thread=True, exclusive=True, exit_on_error=False
            )

    def _draw(self, path: Path, size: Size, part: Part) -> None:
        """Read, cut out, scale and turn into cells. Runs in a worker."""
        asked_for = size
        captions = captions_of(self._captions, part, size)
        if captions:
            size = Size(size.width, max(1, size.height - 1))
        lines, words = Group(), Text()
        with self._TURN:
            if (path, part, asked_for) != (self.path, self._part, self._size_asked_for):
                return
            try:
                picture = cut_out(path, size, part)
                columns, rows = cells_of(picture, size)
                words = under_columns(captions, columns) if captions else words
                if self._graphics is Graphics.HALF_CELLS:
                    dots = toned(picture, columns, rows, tones_of(self.app.console))
                    lines = Group(half_cells(load_graphics(Graphics.HALF_CELLS), dots, columns, rows), words)
            except (OSError, ValueError, SyntaxError):
                picture, lines, columns, rows = None, Group(Text(self._alt or "no picture", style="dim")), 0, 1
        self.post_message(self._Drawn(path, picture, lines, words, Size(columns, rows)))

    def on_picture__drawn(self, message: _Drawn) -> None:
        """Show what the worker drew, unless another picture was asked for meanwhile."""
        message.stop()
        if message.path == self.path:
            if self._rows is not None:
                self.styles.height = max(1, message.cells.height)
            self._show(message.picture, message.lines, message.words, message.cells)

    def _show(self, picture: Any, lines: Group | Text, words: Text, cells: Size) -> None:
        """Show a picture in finer graphics where there are such, in cells where not."""
        self._lines = lines
        if self._finer is not None:
            self._finer.styles.width, self._finer.styles.height = cells
            self._finer.image = picture
            self.query_one(".captions", Static).update(words)
        self.refresh(layout=self._rows is not None)
