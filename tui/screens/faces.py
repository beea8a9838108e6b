"""A face set to look through, page by page: one key throws a face out, one takes that back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Vertical
from textual.message import Message
from textual.widgets import Label, Static

from engine.project.folder import ProjectFolder
from engine.role import Role
from engine.text import counted
from tui.projects.face_pages import list_faces, put_back, throw_out
from tui.screens.page import Page
from tui.services import Services
from tui.widgets.picture import Picture

_CELL = (19, 9)
"""Columns and rows of one face, its frame included."""


class FacesScreen(Page):
    """The faces of one person at a time."""

    TITLE = "Faces"
    HELP = """\
Faces that were found, in the order of the film. Throw out those that are blurred, covered, or of somebody else: the
model learns from what is left, and a result that was finished is made again. Where a face of the video is thrown out,
the result shows the original face.

Nothing is deleted: **u** brings the last one back.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x,delete", "throw_out", "Throw out"),
        Binding("u", "undo", "Undo"),
        Binding("t", "turn", "Other person"),
        Binding("left", "move(-1)", "Before", show=False),
        Binding("right", "move(1)", "After", show=False),
        Binding("up", "line(-1)", "Line up", show=False),
        Binding("down", "line(1)", "Line down", show=False),
        Binding("pageup", "page(-1)", "Page before", show=False),
        Binding("pagedown,space", "page(1)", "Next page"),
        Binding("home", "edge(0)", "First", show=False),
        Binding("end", "edge(1)", "Last", show=False),
        Binding("escape", "app.pop_screen", "Back"),
    ]

    class Listed(Message):
        """The face set was read."""

        def __init__(self, faces: list[Path]) -> None:
            super().__init__()
            self.faces = faces

    def __init__(self, services: Services, path: Path) -> None:
        super().__init__(services)
        self.folder = ProjectFolder(path)
        self._role = Role.SOURCE
        self._faces: list[Path] = []
        self._at = 0
        self._thrown: list[tuple[int, Path]] = []
        self._grid = (0, 0)

    def compose_body(self) -> ComposeResult:
        """Yield a line of words and the grid."""
        yield Static(id="faces-line", markup=False)
        yield Grid(id="faces")
        yield Label("", id="faces-name", markup=False)

    def on_mount(self) -> None:
        """Read the face set."""
        self.top.say(f"{self.folder.path.name} · faces")
        self.look()

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def look(self) -> None:
        """Read the names of the pictures. Runs in a worker."""
        self.post_message(self.Listed(list_faces(self._face_set)))

    @on(Listed)
    async def on_listed(self, message: Listed) -> None:
        """Show the first page."""
        self._faces, self._at, self._thrown = message.faces, 0, []
        await self._lay_out()

    def on_resize(self, event: events.Resize) -> None:
        """Lay out as many faces as there is room for."""
        super().on_resize(event)
        self.call_later(self._lay_out)

    @property
    def _face_set(self) -> Path:
        return self.folder.faces_of(self._role)

    @property
    def _page_size(self) -> int:
        return self._grid[0] * self._grid[1]

    async def _lay_out(self) -> None:
        columns = max(1, (self.app.size.width - 2) // _CELL[0])
        rows = max(1, (self.app.size.height - 5) // _CELL[1])
        grid = self.query_one("#faces", Grid)
        if (columns, rows) != self._grid:
            self._grid = (columns, rows)
            grid.styles.grid_size_columns = columns
            await grid.remove_children()
            cells = (Vertical(Picture(), classes="face") for _ in range(columns * rows))
            await grid.mount_all(cells)
        self._show()

    def _show(self) -> None:
        first = self._at - self._at % self._page_size if self._page_size else 0
        for number, cell in enumerate(self.query(".face").results(Vertical), first):
            cell.query_one(Picture).path = self._faces[number] if number < len(self._faces) else None
            cell.set_class(number == self._at and bool(self._faces), "-current")
        self.query_one("#faces-line", Static).update(self._words())
        current = self._faces[self._at].name if self._faces else ""
        self.query_one("#faces-name", Label).update(current)

    def _words(self) -> Text:
        who = self._role.person.capitalize()
        if not self._faces:
            return Text(f"{who}: no faces yet. They are found in the first stage.", style="bold")
        line = Text.assemble((f"{who}: {counted(len(self._faces), 'face')}", "bold"))
        pages = -(-len(self._faces) // self._page_size)
        line.append(f"   page {self._at // self._page_size + 1:,} of {pages:,}", "dim")
        if self._thrown:
            line.append(f"   {len(self._thrown):,} thrown out", "dim")
        return line

    def action_move(self, by: int) -> None:
        """Go to another face."""
        self._at = max(0, min(self._at + by, len(self._faces) - 1))
        self._show()

    def action_line(self, by: int) -> None:
        """Go a line up or down."""
        self.action_move(by * self._grid[0])

    def action_page(self, by: int) -> None:
        """Go a page on or back."""
        self.action_move(by * self._page_size)

    def action_edge(self, last: int) -> None:
        """Go to the first or last face."""
        self.action_move(len(self._faces) if last else -len(self._faces))

    async def action_turn(self) -> None:
        """Show the other person's faces."""
        self._role = self._role.other
        self.look()

    @work(group="change", exit_on_error=False)
    async def action_throw_out(self) -> None:
        """Throw out the face under the cursor."""
        if not self._faces:
            return
        index = self._at
        picture = self._faces.pop(index)
        self._at = max(0, min(index, len(self._faces) - 1))
        self._show()
        self._thrown.append((index, await asyncio.to_thread(throw_out, picture)))
        self._show()

    @work(group="change", exit_on_error=False)
    async def action_undo(self) -> None:
        """Bring back the face that was thrown out last."""
        if self._thrown:
            index, kept = self._thrown.pop()
            self._faces.insert(index, await asyncio.to_thread(put_back, kept))
            self._at = index
            self._show()
