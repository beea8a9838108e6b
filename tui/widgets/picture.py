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
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from rich.console import Console
from rich.segment import Segment, Segments
from rich.text import Text
from textual.app import ComposeResult
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


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


def load_graphics(graphics: Graphics) -> Any:
    """Return what draws pictures, as textual-image has it: a renderable for half cells, a widget for the others.

    Only for `AUTO` the terminal is asked, so call this before the app runs. What it answers too late is thrown away.
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


class Picture(Widget):
    """Shows a picture file as large as its place allows; reads and scales it in a worker."""

    DEFAULT_CSS = "Picture { width: 1fr; height: 1fr; }"

    _TURN: ClassVar[threading.Lock] = threading.Lock()
    """Pictures are drawn one after another: a page of them at once would leave the keys waiting."""

    path: reactive[Path | None] = reactive(None)
    """The picture; None shows nothing."""
    version: reactive[int] = reactive(0)
    """Raised when the file has other content under the same name."""

    pair: reactive[int | None] = reactive(None)
    """Where squares stand above one another, before and after: which of these pairs to show, side by side."""

    class _Drawn(Message):
        def __init__(self, path: Path | None, picture: Any, lines: Segments | Text, cells: Size) -> None:
            super().__init__()
            self.path = path
            self.picture = picture
            self.lines = lines
            self.cells = cells

    def __init__(
        self,
        path: Path | None = None,
        *,
        alt: str = "",
        rows: int | None = None,
        columns_of_squares: int = 0,
        pair: int | None = None,
        id: str | None = None,
    ) -> None:
        """Make a picture.

        Args:
            path: The picture file; None shows nothing.
            alt: Shown where there is no picture.
            rows: As many rows at most, and no more than the picture needs; None fills its place.
            columns_of_squares: Where the picture is a table of square ones: how many stand side by side. Then only so
                many of its lines are shown, from the top, that each is as large as can be.
            pair: The first value of `pair`.
            id: The widget's id.
        """
        super().__init__(id=id)
        self._rows = rows
        self._columns_of_squares = columns_of_squares
        self._alt = alt
        self._lines: Segments | Text = Text(alt, style="dim")
        self.set_reactive(Picture.path, path)
        self.set_reactive(Picture.pair, pair)

    def compose(self) -> ComposeResult:
        """Yield the widget of finer graphics, where the app asks for them."""
        if self._graphics is not Graphics.HALF_CELLS:
            yield load_graphics(self._graphics)()

    def render(self) -> Segments | Text:
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

    @property
    def _graphics(self) -> Graphics:
        # Any app can show pictures; one that says nothing gets half cells.
        return getattr(self.app, "graphics", Graphics.HALF_CELLS)

    def _redraw(self) -> None:
        size, path = self.content_size, self.path
        if self._rows is not None:
            size = Size(size.width, self._rows)
        if not self.is_mounted or not size.area:
            return
        if path is None:
            self._show(None, Text(self._alt, style="dim"), Size(0, 0))
        else:
            self.run_worker(lambda: self._draw(path, size, self.pair), thread=True, exclusive=True, exit_on_error=False)

    def _draw(self, path: Path, size: Size, pair: int | None) -> None:
        """Read, cut out, scale and turn into cells. Runs in a worker."""
        lines: Segments | Text = Text()
        with self._TURN:
            if (path, pair) != (self.path, self.pair):
                return
            try:
                picture = _cut_out(path, size, self._columns_of_squares, pair)
                columns, rows = _cells(picture, size)
                if self._graphics is Graphics.HALF_CELLS:
                    lines = _half_cells(picture, columns, rows)
            except (OSError, ValueError, SyntaxError):
                picture, lines, columns, rows = None, Text(self._alt or "no picture", style="dim"), 0, 1
        self.post_message(self._Drawn(path, picture, lines, Size(columns, rows)))

    def on_picture__drawn(self, message: _Drawn) -> None:
        """Show what the worker drew, unless another picture was asked for meanwhile."""
        message.stop()
        if message.path == self.path:
            if self._rows is not None:
                self.styles.height = max(1, message.cells.height)
            self._show(message.picture, message.lines, message.cells)

    def _show(self, picture: Any, lines: Segments | Text, cells: Size) -> None:
        """Show a picture in finer graphics where there are such, in cells where not."""
        self._lines = lines
        for finer in self.children:
            finer.styles.width, finer.styles.height = cells
            finer.image = picture  # type: ignore[attr-defined]
        self.refresh(layout=self._rows is not None)


def _cut_out(path: Path, size: Size, columns_of_squares: int, pair: int | None) -> Any:
    """Return what of a picture file is to be seen."""
    with importlib.import_module("PIL.Image").open(path, formats=("JPEG", "PNG")) as opened:
        picture = opened.convert("RGB")
    if pair is not None:
        return _side_by_side(picture, pair)
    return _top_lines(picture, size, columns_of_squares) if columns_of_squares else picture


def _cells(picture: Any, size: Size) -> tuple[int, int]:
    """Return the columns and rows that a picture takes; a cell is twice as high as wide."""
    scale = min(size.width / picture.width, size.height * 2 / picture.height)
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale / 2))


def _half_cells(picture: Any, columns: int, rows: int) -> Segments:
    """Return a picture in cells."""
    half_cells = load_graphics(Graphics.HALF_CELLS)
    console = Console(width=columns, height=rows, color_system="truecolor", force_terminal=True, file=io.StringIO())
    options = console.options.update(width=columns, height=rows)
    lines: list[Segment] = list(console.render(half_cells(picture, columns, rows), options))
    return Segments(lines)


def _top_lines(picture: Any, size: Size, columns: int) -> Any:
    """Return the first lines of a table of squares: as many as fit when it is as wide as its place."""
    square = picture.width / columns
    lines = max(1, int(size.height * 2 * columns / size.width))
    return picture.crop((0, 0, picture.width, min(picture.height, round(lines * square))))


def _side_by_side(picture: Any, pair: int) -> Any:
    """Return one pair of squares that stand above one another, the upper one at the left."""
    square = picture.height // 2
    left = pair % max(1, picture.width // square) * square
    upper, lower = (picture.crop((left, top, left + square, top + square)) for top in (0, square))
    beside = importlib.import_module("PIL.Image").new("RGB", (2 * square, square))
    beside.paste(upper, (0, 0))
    beside.paste(lower, (square, 0))
    return beside
