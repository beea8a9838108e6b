"""The list of projects: in an order, by part of a name, each on a line that gives its name the room that there is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from engine.text import printable
from tui.background import TellsFailures
from tui.format import bar, clock, fit_end, megabytes, past
from tui.projects.condition import Condition
from tui.projects.order import Order, ordered
from tui.projects.sizes import size_of
from tui.projects.view import View
from tui.services import Services
from tui.widgets.rows import Rows

_SAYS_COLUMNS, _WIDE_SAYS_COLUMNS = 24, 44
"""The most that is said of a project takes."""
_WIDE = 70
_COUNTS_BYTES = 1_000_000
"""Smaller projects are not worth tidying up."""


def _shared(room: int, name: int, says: int, columns: int) -> int:
    """Return how many of a line's columns go to what is said: those that all lines give it, unless something is cut.

    Args:
        room: Columns of both together.
        name: Columns of the whole name.
        says: Columns of all that is to be said.
        columns: What all lines give to that, so that it stands in a column of its own.
    """
    if name > room - columns:
        return min(says, columns)
    return max(columns, min(says, room - name))


class _Filter(Input):
    """The field for part of a name: its keys are not the list's, of which most are letters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "To the list"),
        Binding("escape", "screen.show_all", "Show all"),
        Binding("f1", "app.help", "Help", key_display="F1"),
    ]


class ProjectList(TellsFailures, Vertical):
    """Rows of projects, and the field with part of a name above them."""

    class Measured(Message):
        """It is known how much some projects take."""

        def __init__(self, sizes: dict[Path, int]) -> None:
            super().__init__()
            self.sizes = sizes

    def __init__(self, services: Services) -> None:
        super().__init__(id="listed")
        self._services = services
        self._views: list[View] = []
        self._sizes: dict[Path, int] = {}
        self._asked: dict[Path, dt.datetime | None] = {}
        """When each project that was measured had changed last."""
        self._says_columns = _SAYS_COLUMNS
        """Columns for what goes on: no more than what is listed needs, so that names have the rest."""
        self.order = Order.NAME

    def compose(self) -> ComposeResult:
        """Yield the field, which waits until it is asked for, and the rows."""
        field = _Filter(placeholder="part of a name; Escape shows all", compact=True, id="filter")
        field.display = False
        yield field
        yield Rows[View](self._line, empty="Looking …", id="projects")

    @property
    def current(self) -> View | None:
        """The project under the cursor."""
        view: View | None = self.query_one(Rows).current
        return view

    def show(self, views: list[View]) -> None:
        """List projects; a cursor that was moved stays on its project where others come or go above it."""
        self._views = views
        rows: Rows[View] = self.query_one(Rows)
        wanted = self.query_one("#filter", Input).value.strip().casefold()
        views = [view for view in ordered(views, self.order, self._sizes) if wanted in view.name.casefold()]
        says = (cell_len(self._says(view, is_wide=self._is_wide)) for view in views)
        self._says_columns = min(_WIDE_SAYS_COLUMNS if self._is_wide else _SAYS_COLUMNS, max(says, default=0))
        rows.set_empty(f"No project has “{printable(wanted)}” in its name." if wanted else "")
        under = rows.current.place if rows.current and rows.cursor else None
        found = [index for index, view in enumerate(views) if view.place == under] if under else []
        rows.show(views, found[0] if found and found[0] != rows.cursor else None)
        self._measure()

    def on_resize(self) -> None:
        """Give names the new room."""
        if self._views:
            self.show(self._views)

    def ask_for_name(self) -> None:
        """Ask for part of a name."""
        field = self.query_one("#filter", Input)
        field.display = True
        field.focus()

    def show_all(self) -> None:
        """List all projects again."""
        field = self.query_one("#filter", Input)
        field.value, field.display = "", False
        self.query_one(Rows).focus()

    @on(Input.Changed, "#filter")
    def on_filter(self) -> None:
        """List only the projects that have it in their names."""
        self.show(self._views)

    @on(Input.Submitted, "#filter")
    def on_filtered(self) -> None:
        """Go to the list."""
        self.query_one(Rows).focus()

    def take_next_order(self) -> None:
        """List the projects in the next order, from its first one on."""
        self.order = self.order.next
        self.query_one(Rows).cursor = 0
        self.show(self._views)

    @on(Rows.Highlighted)
    def on_seen(self) -> None:
        """Measure what is under the cursor."""
        if self.order is not Order.LARGEST:
            self._measure()

    def _measure(self) -> None:
        """Have the project under the cursor measured, or all where the largest come first, unless nothing changed."""
        wanted = self._views if self.order is Order.LARGEST else [self.current]
        signs = {view.path: view.changed_at for view in wanted if view is not None and view.path is not None}
        new = {path: sign for path, sign in signs.items() if path not in self._asked or self._asked[path] != sign}
        if new:
            self._asked |= new
            self._measure_all(list(new))

    @work(thread=True, group="measure", exit_on_error=False)
    def _measure_all(self, paths: list[Path]) -> None:
        """Measure projects. Runs in a worker."""
        self.post_message(self.Measured({path: size_of(path) for path in paths}))

    @on(Measured)
    def on_measured(self, message: Measured) -> None:
        """Put the largest first, now that they are known."""
        is_news = not message.sizes.items() <= self._sizes.items()
        self._sizes |= message.sizes
        if is_news and self.order is Order.LARGEST:
            self.show(self._views)

    def facts_of(self, view: View) -> str:
        """Return when a project was changed last, and its size where it is known and counts; empty of drafts."""
        size = self._sizes.get(view.path) if view.path is not None else None
        facts = [f"changed {past(view.changed_at, self._services.clock())}"] if view.changed_at is not None else []
        return "\n".join([*facts, *([megabytes(size)] if size and size >= _COUNTS_BYTES else [])])

    @property
    def _is_wide(self) -> bool:
        return self.size.width >= _WIDE

    def _line(self, view: View, width: int) -> Text:
        name, says = printable(view.name), self._says(view, is_wide=self._is_wide)
        room = width - 3
        columns = _shared(room, cell_len(name), cell_len(says), self._says_columns)
        return Text.assemble(
            (f"{view.condition.sign} ", view.condition.style),
            fit_end(name, max(8, room - columns)),
            " ",
            (fit_end(says, columns) if columns else "", "" if view.condition is Condition.RUNNING else "dim"),
        )

    def _says(self, view: View, *, is_wide: bool) -> str:
        parts = [view.says]
        if view.share is not None:
            parts = [f"{bar(view.share, 12)} {view.says}"] if is_wide else parts
            parts.append(f"{100 * view.share:.0f} %")
        if view.ready_at is not None:
            parts.append(f"→ {clock(view.ready_at, self._services.clock())}")
        return " ".join(parts)
