"""A list of any length of one-line rows: only the lines in view are ever drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

T = TypeVar("T")

DrawRow = Callable[[T, int], Text]
"""Makes the line of an item for a width in cells."""

_BAR = "▌"


class Rows(ScrollView, Generic[T], can_focus=True):
    """Rows to move through with the arrow keys and to choose from with Enter."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--row", "rows--cursor", "rows--bar"}

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "edge(0)", "First", show=False),
        Binding("end", "edge(-1)", "Last", show=False),
        Binding("enter", "choose", "Open"),
    ]

    cursor: reactive[int] = reactive(0)
    """Index of the row the keys act on."""

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another row."""

        rows: Rows[Any]

        @property
        def control(self) -> Rows[Any]:
            """The list it happened in."""
            return self.rows

    @dataclass
    class Chosen(Message):
        """Enter was pressed on a row, or it was clicked."""

        rows: Rows[Any]

        @property
        def control(self) -> Rows[Any]:
            """The list it happened in."""
            return self.rows

    def __init__(self, draw: DrawRow[T], *, empty: str = "", can_choose: bool = True, id: str | None = None) -> None:
        """Make a list.

        Args:
            draw: Makes the line of an item.
            empty: Lines to show where there is nothing to list.
            can_choose: Whether Enter means anything here.
            id: The widget's id.
        """
        super().__init__(id=id)
        self._can_choose = can_choose
        self._draw = draw
        self._empty = empty
        self._items: Sequence[T] = ()

    @property
    def items(self) -> Sequence[T]:
        """What is listed."""
        return self._items

    @property
    def current(self) -> T | None:
        """The item under the cursor."""
        return self._items[self.cursor] if self.cursor < len(self._items) else None

    def set_empty(self, words: str) -> None:
        """Say something else where there is nothing to list."""
        self._empty = words
        self.refresh()

    def show(self, items: Sequence[T], cursor: int | None = None) -> None:
        """List other items; the cursor keeps its place where it can."""
        self._items = items
        self.virtual_size = Size(0, max(len(items), 1))
        before = self.current
        self.cursor = max(0, min(self.cursor if cursor is None else cursor, len(items) - 1))
        if self.current is not before or cursor is not None:
            self.post_message(self.Highlighted(self))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is in view."""
        width, index = self.size.width, y + self.scroll_offset.y
        base = self.get_component_rich_style("rows--row")
        if not self._items:
            return self._blank(y, width, base)
        if index >= len(self._items):
            return Strip.blank(width, base)
        is_current = index == self.cursor
        style = self.get_component_rich_style("rows--cursor" if is_current and self.has_focus else "rows--row")
        bar = self.get_component_rich_style("rows--bar") if is_current else style
        line = self._draw(self._items[index], max(0, width - 2))
        line.truncate(max(0, width - 2), overflow="ellipsis", pad=True)
        segments = line.render(self.app.console)
        styled = Segment.apply_style((segment for segment in segments if segment.text != "\n"), style)
        return Strip(
            [Segment(_BAR if is_current else " ", style + Style(color=bar.color)), Segment(" ", style), *styled], width
        )

    def watch_cursor(self, before: int, after: int) -> None:
        """Bring the cursor's row into view."""
        if before != after:
            self.refresh_line(before)
            self.refresh_line(after)
            self.scroll_to_region(Region(0, after, 1, 1), animate=False, force=True)
            self.post_message(self.Highlighted(self))

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the mouse."""
        index = event.y + self.scroll_offset.y
        if index < len(self._items):
            self.cursor = index
            self.action_choose()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer Enter only where it means something."""
        return action != "choose" or (self._can_choose and bool(self._items))

    def action_move(self, by: int) -> None:
        """Move the cursor by some rows."""
        self.cursor = max(0, min(self.cursor + by, len(self._items) - 1))

    def action_page(self, direction: int) -> None:
        """Move the cursor by what is in view."""
        self.action_move(direction * max(1, self.size.height - 1))

    def action_edge(self, index: int) -> None:
        """Move the cursor to the first or last row."""
        self.cursor = max(0, len(self._items) - 1) if index else 0

    def action_choose(self) -> None:
        """Say that the row under the cursor was chosen."""
        if self._items:
            self.post_message(self.Chosen(self))

    def _blank(self, y: int, width: int, base: Style) -> Strip:
        lines = self._empty.splitlines()
        line = Text(f"  {lines[y]}" if y < len(lines) else "")
        line.truncate(width, overflow="ellipsis", pad=True)
        segments = (segment for segment in line.render(self.app.console) if segment.text != "\n")
        return Strip(list(Segment.apply_style(segments, base)), width)
