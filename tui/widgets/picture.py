"""A picture in the terminal: two pixels a cell, everywhere; finer graphics only where they were asked for.

textual-image asks the terminal what it can when it is imported, and over a slow line the answer arrives as typed keys.
So it is imported as if there were no terminal, unless the person chose graphics.
"""

from __future__ import annotations

import importlib
import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.segment import Segment, Segments
from rich.text import Text
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


def load_graphics(graphics: Graphics) -> Any:
    """Return the class of textual-image that draws; call once before the app runs where the terminal is to be asked."""
    if graphics is not Graphics.HALF_CELLS:
        module = importlib.import_module("textual_image.renderable")
        names = {Graphics.AUTO: "Image", Graphics.SIXEL: "SixelImage", Graphics.KITTY: "TGPImage"}
        return getattr(module, names[graphics])
    terminal = sys.__stdout__
    sys.__stdout__ = io.StringIO()  # type: ignore[misc]
    try:
        module = importlib.import_module("textual_image.renderable")
        importlib.import_module("textual_image._terminal").get_cell_size()
    finally:
        sys.__stdout__ = terminal  # type: ignore[misc]
    return module.HalfcellImage


class Picture(Widget):
    """Shows a picture file as large as its place allows; reads and scales it in a worker."""

    DEFAULT_CSS = "Picture { width: 1fr; height: 1fr; }"

    path: reactive[Path | None] = reactive(None)
    """The picture; None shows nothing."""
    version: reactive[int] = reactive(0)
    """Raised when the file has other content under the same name."""

    class _Drawn(Message):
        def __init__(self, path: Path | None, lines: Segments | Text, rows: int) -> None:
            super().__init__()
            self.path = path
            self.lines = lines
            self.rows = rows

    def __init__(
        self, path: Path | None = None, *, alt: str = "", rows: int | None = None, id: str | None = None
    ) -> None:
        """Make a picture.

        Args:
            path: The picture file; None shows nothing.
            alt: Shown where there is no picture.
            rows: As many rows at most, and no more than the picture needs; None fills its place.
            id: The widget's id.
        """
        super().__init__(id=id)
        self._rows = rows
        self._alt = alt
        self._lines: Segments | Text = Text(alt, style="dim")
        self.set_reactive(Picture.path, path)

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

    def _redraw(self) -> None:
        size, path = self.content_size, self.path
        if self._rows is not None:
            size = Size(size.width, self._rows)
        if not self.is_mounted or not size.area:
            return
        if path is None:
            self._lines = Text(self._alt, style="dim")
            self.refresh()
            return
        self.run_worker(lambda: self._draw(path, size), thread=True, exclusive=True, exit_on_error=False)

    def _draw(self, path: Path, size: Size) -> None:
        """Read, scale and turn into cells. Runs in a worker."""
        lines: Segments | Text
        try:
            columns, rows = _fitted(path, size)
            lines = _half_cells(path, size, columns, rows)
        except (OSError, ValueError, SyntaxError):
            lines, rows = Text(self._alt or "no picture", style="dim"), 1
        self.post_message(self._Drawn(path, lines, rows))

    def on_picture__drawn(self, message: _Drawn) -> None:
        """Show what the worker drew, unless another picture was asked for meanwhile."""
        message.stop()
        if message.path == self.path:
            self._lines = message.lines
            if self._rows is not None:
                self.styles.height = max(1, message.rows)
            self.refresh(layout=self._rows is not None)


def _half_cells(path: Path, size: Size, columns: int, rows: int) -> Segments:
    renderable = load_graphics(Graphics.HALF_CELLS)(path, columns, rows)
    console = Console(
        width=size.width, height=size.height, color_system="truecolor", force_terminal=True, file=io.StringIO()
    )
    options = console.options.update(width=size.width, height=size.height)
    lines: list[Segment] = list(console.render(renderable, options))
    return Segments(lines)


def _fitted(path: Path, size: Size) -> tuple[int, int]:
    """Return the cells that keep the picture's proportions: a cell is twice as high as wide."""
    meta = importlib.import_module("textual_image._pixeldata").PixelMeta(path)
    scale = min(size.width / meta.width, size.height * 2 / meta.height)
    return max(1, round(meta.width * scale)), max(1, round(meta.height * scale / 2))
