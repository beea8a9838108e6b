"""A curve in braille dots: four dots high and two wide in each cell."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.text import Text
from textual.widget import Widget

from tui.theme import WAITS

_EMPTY = 0x2800
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


class Curve(Widget):
    """Shows how a figure went; a falling loss on a logarithmic scale."""

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = title
        self._points: Sequence[tuple[float, float]] = ()

    def show(self, points: Sequence[tuple[float, float]]) -> None:
        """Show other points, x rising."""
        drawn = self._points
        self._points = [(x, y) for x, y in points if math.isfinite(y) and y > 0]
        if self._points != drawn:
            self.refresh()

    def render(self) -> Text:
        """Return title, curve and the ends of both axes."""
        width, height = self.content_size
        if len(self._points) < 2 or width < 12 or height < 4:
            return Text(f"{self._title}: comes with training" if height else "", style="dim")
        newest = self._points[-1]
        lines = [Text.assemble((self._title, "dim"), f"  {newest[1]:.4f}", ("  now", "dim"))]
        lines += [Text(line, style=WAITS) for line in draw(self._points, width, height - 2)]
        first, last = f"step {self._points[0][0]:,.0f}", f"{newest[0]:,.0f}"
        lines.append(Text(first + last.rjust(width - len(first)), style="dim"))
        return Text("\n").join(lines)


def draw(points: Sequence[tuple[float, float]], columns: int, rows: int) -> list[str]:
    """Return a curve as lines of braille, the lowest value at the bottom, y logarithmic.

    Args:
        points: At least two (x, y), x rising, y above 0.
        columns: Width in cells.
        rows: Height in cells.
    """
    wide, high = columns * 2, rows * 4
    xs = [x for x, _ in points]
    ys = [math.log(y) for _, y in points]
    low, span = min(ys), (max(ys) - min(ys)) or 1.0
    cells = [[_EMPTY] * columns for _ in range(rows)]
    before = round((ys[0] - low) / span * (high - 1))
    for column in range(wide):
        x = xs[0] + (xs[-1] - xs[0]) * column / max(1, wide - 1)
        level = round((_value_at(xs, ys, x) - low) / span * (high - 1))
        # A steep part is drawn as an unbroken line, from the level before to this one.
        for dot in range(min(level, before), max(level, before) + 1):
            row = high - 1 - dot
            cells[row // 4][column // 2] |= _DOTS[column % 2][row % 4]
        before = level
    return ["".join(" " if cell == _EMPTY else chr(cell) for cell in line) for line in cells]


def _value_at(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    """Return y at x, straight lines between the points."""
    for index in range(1, len(xs)):
        if xs[index] >= x:
            span = xs[index] - xs[index - 1]
            part = (x - xs[index - 1]) / span if span else 1.0
            return ys[index - 1] + (ys[index] - ys[index - 1]) * part
    return ys[-1]
