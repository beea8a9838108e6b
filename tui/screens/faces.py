"""A face set to look through, page by page: keys mark faces and throw them out, one takes that back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
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
from engine.text import counted, printable
from tui.messages import ShowPicture
from tui.projects.face_pages import UNKNOWN, FacesFound, faces_found, put_back, throw_out
from tui.screens.confirm import Confirm
from tui.screens.page import Page
from tui.services import Services
from tui.widgets.picture import Picture

_LEAST_ROWS = 9
_MOST_ROWS = 12
"""Of one face, its frame included: larger ones would leave too few on a page."""
_FRAME_ROWS = 2
_FRAME_COLUMNS = 5


@dataclass(frozen=True)
class _Thrown:
    """Faces that were thrown out together."""

    person: int
    faces: tuple[tuple[int, Path], ...]
    """Place among the person's faces, and where the picture is kept."""


class FacesScreen(Page):
    """The faces of one person at a time."""

    TITLE = "Faces"
    HELP = """\
The faces that are learnt, in the order of the film. Throw out those that are blurred, covered, or of somebody else:
the model learns from what is left, and a result that was finished is made again. Where a face of the video is thrown
out, the result shows the original face.

**m** marks a face and goes on to the next: **x** then throws all marked ones out. **X** throws out all faces of the
person in view, after asking. Nothing is deleted: **u** brings back what went last. **z** shows a face large.

Where several persons were seen, **o** shows the faces of the others, one person after the other. Who is meant is chosen
on the project's own screen. **t** turns to the other of the two people.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x,delete", "throw_out", "Throw out"),
        Binding("m", "mark", "Mark"),
        Binding("X", "throw_all", "All", tooltip="Throw out all faces of this person"),
        Binding("u", "undo", "Undo"),
        Binding("o", "others", "Others"),
        Binding("t", "turn", "Other person"),
        # With it, the others would not fit into 80 columns.
        Binding("z", "zoom", "See it large", show=False),
        Binding("left", "move(-1)", "Before", show=False),
        Binding("right", "move(1)", "After", show=False),
        Binding("up", "line(-1)", "Line up", show=False),
        Binding("down", "line(1)", "Line down", show=False),
        Binding("pageup", "page(-1)", "Page before", show=False),
        Binding("pagedown,space", "page(1)", "Next page", show=False),
        Binding("home", "edge(0)", "First", show=False),
        Binding("end", "edge(1)", "Last", show=False),
        Binding("escape", "app.pop_screen", "Back"),
    ]

    class Listed(Message):
        """The face set was read."""

        def __init__(self, found: FacesFound) -> None:
            super().__init__()
            self.found = found

    def __init__(self, services: Services, path: Path) -> None:
        super().__init__(services)
        self.folder = ProjectFolder(path)
        self._role = Role.SOURCE
        self._found = FacesFound()
        self._person = UNKNOWN
        self._marked: set[Path] = set()
        self._at = 0
        self._thrown: list[_Thrown] = []
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
        self.post_message(self.Listed(faces_found(self.folder, self._role)))

    @on(Listed)
    async def on_listed(self, message: Listed) -> None:
        """Show the first page."""
        self._found, self._person = message.found, message.found.chosen
        self._at, self._thrown, self._marked = 0, [], set()
        await self._lay_out()
        self.refresh_bindings()

    def on_resize(self, event: events.Resize) -> None:
        """Lay out as many faces as there is room for."""
        super().on_resize(event)
        self.call_later(self._lay_out)

    @property
    def _faces(self) -> list[Path]:
        """The faces in view."""
        return self._found.by_person.setdefault(self._person, [])

    @property
    def _page_size(self) -> int:
        return self._grid[0] * self._grid[1]

    async def _lay_out(self) -> None:
        room = self.app.size.height - 5
        rows = max(1, room // _LEAST_ROWS)
        high = min(_MOST_ROWS, max(_LEAST_ROWS, room // rows))
        # A face is square, and a cell twice as high as wide.
        wide = 2 * (high - _FRAME_ROWS) + _FRAME_COLUMNS
        columns = max(1, (self.app.size.width - 2) // wide)
        grid = self.query_one("#faces", Grid)
        grid.set_styles(f"grid-columns: {wide}; grid-rows: {high};")
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
            cell.set_class(number < len(self._faces) and self._faces[number] in self._marked, "-marked")
        self.query_one("#faces-line", Static).update(self._words())
        self.query_one("#faces-name", Label).update(self._below())

    def _words(self) -> Text:
        who = self._role.person.capitalize()
        if not self._faces and not self._found.by_person.keys() - {self._person}:
            return Text(f"{who}: no faces yet. They are found in the first stage.", style="bold")
        if self._person != self._found.chosen:
            who = f"Not {self._role.person}, person {self._person}"
        line = Text.assemble((f"{who}: {counted(len(self._faces), 'face')}", "bold"))
        pages = max(1, -(-len(self._faces) // self._page_size))
        line.append(f"   page {self._at // self._page_size + 1:,} of {pages:,}", "dim")
        thrown = sum(len(each.faces) for each in self._thrown)
        for count, words in ((thrown, "thrown out"), (len(self._marked), "marked")):
            if count:
                line.append(f"   {count:,} {words}", "dim")
        return line.append("   z large" if self._faces else "", "dim")

    def _below(self) -> Text:
        """Return the name of the current picture, who found its face, and how many there are of others."""
        name = self._faces[self._at].name if self._faces else ""
        line = Text(f"{name}, {self._found.named[name].finder.words}" if name in self._found.named else name)
        others = sum(len(faces) for number, faces in self._found.by_person.items() if number != self._found.chosen)
        if others and self._person == self._found.chosen:
            line.append(f"   {counted(others, 'face')} of others: o shows them")
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

    def action_zoom(self) -> None:
        """Show the face under the cursor over the whole screen."""
        for face in self._faces[self._at : self._at + 1]:
            self.post_message(ShowPicture(printable(face.name), face))

    async def action_turn(self) -> None:
        """Show the faces of the other of the two people."""
        self._role = self._role.other
        self.look()

    def action_others(self) -> None:
        """Show the faces of the next person who was seen, and after the last those that are learnt."""
        persons = self._found.persons
        self._see(persons[(persons.index(self._person) + 1) % len(persons)])

    def action_mark(self) -> None:
        """Mark the face under the cursor, or take its mark away, and go on to the next."""
        if self._faces:
            self._marked ^= {self._faces[self._at]}
            self.action_move(1)

    @work(group="change", exit_on_error=False)
    async def action_throw_out(self) -> None:
        """Throw out the marked faces; where none is marked, the one under the cursor."""
        await self._throw_out(self._marked or set(self._faces[self._at : self._at + 1]))

    @work(exit_on_error=False)
    async def action_throw_all(self) -> None:
        """Throw out all faces of the person in view, after asking."""
        count = len(self._faces)
        if not count:
            return
        words = (
            "The model learns from what is left, and where these faces are in the video, the result shows the original."
            " Nothing is deleted: u brings them back."
        )
        title = f"Throw out all {counted(count, 'face')} of this person?"
        if await self.app.push_screen_wait(Confirm(title, words, yes="Throw all out")):
            await self._throw_out(set(self._faces))

    @work(group="change", exit_on_error=False)
    async def action_undo(self) -> None:
        """Bring back what was thrown out last."""
        if not self._thrown:
            return
        thrown = self._thrown.pop()
        back = await asyncio.to_thread(_put_back, thrown)
        faces = self._found.by_person.setdefault(thrown.person, [])
        for index, picture in back:
            faces.insert(index, picture)
        self._see(thrown.person, back[0][0])

    async def _throw_out(self, chosen: set[Path]) -> None:
        """Take faces of the person in view out, first from the screen and then from the set."""
        person, faces = self._person, self._faces
        out = [(index, picture) for index, picture in enumerate(faces) if picture in chosen]
        if not out:
            return
        faces[:] = [picture for picture in faces if picture not in chosen]
        self._marked -= chosen
        self._at = max(0, min(out[0][0], len(faces) - 1))
        self._show()
        kept = await asyncio.to_thread(lambda: tuple((index, throw_out(picture)) for index, picture in out))
        self._thrown.append(_Thrown(person, kept))
        self._show()

    def _see(self, person: int, at: int = 0) -> None:
        self._person, self._at, self._marked = person, at, set()
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the others only where there are some."""
        return len(self._found.persons) > 1 if action == "others" else True


def _put_back(thrown: _Thrown) -> list[tuple[int, Path]]:
    return [(index, put_back(kept)) for index, kept in thrown.faces]
