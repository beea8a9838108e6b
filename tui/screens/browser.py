"""A file browser that shows folders and media only, and remembers where one was."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from engine.host.home import home
from engine.text import printable
from tui.background import TellsFailures
from tui.drafts.listing import Item, list_folder
from tui.drafts.paths import completed, typed_paths
from tui.format import fit, fit_end, megabytes, short_path
from tui.services import Services
from tui.widgets.file_look import FileLook
from tui.widgets.rows import Rows


class _Where(Input):
    """What is typed: a name to find, or a path."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "screen.complete", show=False),
        Binding("up", "screen.move(-1)", show=False),
        Binding("down", "screen.move(1)", show=False),
    ]


class Browser(TellsFailures, ModalScreen[tuple[Path, ...]]):
    """Returns the files and folders that were chosen; none where the person changed their mind."""

    HELP = """\
Folders, photos and videos are listed here, and nothing else. **Enter** opens a folder or takes a file, **Space** marks
several. **Letters find**: what has them in its name is listed as you type, and **Enter** takes the first; **Escape**
lists all again. A path may be pasted at any time, or typed from its **/** on, and **Tab** completes it. **1** to **8**
open the places that were used last. At the right is a look at the file under the cursor.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel"),
        Binding("question_mark,f1", "app.help", "Help", key_display="?"),
        Binding("backspace,left", "up", "Up"),
        Binding("space", "mark", "Mark"),
        Binding("f5", "mark_all", "Mark all"),
        Binding("f6", "take_folder", "Take folder"),
        Binding("ctrl+n", "take", "Take marked"),
        *(Binding(str(number), f"place({number})", show=False) for number in range(1, 9)),
    ]

    class Listed(Message):
        """A folder was read."""

        def __init__(self, folder: Path, items: list[Item], places: tuple[Path, ...], error: str) -> None:
            super().__init__()
            self.folder = folder
            self.items = items
            self.places = places
            self.error = error

    def __init__(self, services: Services, title: str) -> None:
        super().__init__()
        self._services = services
        self._title = title
        self._folder: Path | None = None
        self._items: list[Item] = []
        self._marked: set[Path] = set()
        self._places: tuple[Path, ...] = ()

    def compose(self) -> ComposeResult:
        """Yield the path, the list, and the remembered places."""
        with Vertical(classes="dialog", id="browser") as dialog:
            dialog.border_title = self._title
            yield _Where(compact=True, select_on_focus=False, id="where", placeholder="letters find, / begins a path")
            with Horizontal(id="browsed"):
                yield Rows[Item](self._line, empty="Reading …", id="files")
                yield FileLook(self._services.engine)
            yield Static(id="places", markup=False)
            yield Label("", id="browser-note", markup=False)
            with Horizontal(id="browser-buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Take this folder", id="take-folder", compact=True)
                yield Button("Take", id="take", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Begin where media were chosen last."""
        self.query_one("#where", Input).cursor_blink = False
        self.query_one("#files").focus()
        self.read(None)

    @work(thread=True, exclusive=True, exit_on_error=False)
    def read(self, folder: Path | None) -> None:
        """List a folder; None takes the last place, or home. Runs in a worker."""
        places = self._services.drafts.places()
        folder = folder or (places[0] if places else home())
        try:
            items, error = list_folder(folder), ""
        except OSError as problem:
            items, error = [], f"{folder} cannot be opened: {problem.strerror}."
        self.post_message(self.Listed(folder, items, places, error))

    @work(thread=True, exclusive=True, group="open", exit_on_error=False)
    def open(self, path: Path) -> None:
        """Show a typed folder, or take a typed file. Runs in a worker."""
        self.app.call_from_thread(self.read if not path.suffix or path.is_dir() else self._take_typed, path)

    def _take_typed(self, path: Path) -> None:
        self._finish((path,))

    @on(Listed)
    def on_listed(self, message: Listed) -> None:
        """Show a folder, unless it could not be read."""
        note = self.query_one("#browser-note", Label)
        note.update(message.error)
        if message.error:
            return
        came_from = self._folder
        self._folder, self._items, self._places = message.folder, message.items, message.places
        self.query_one("#browser", Vertical).border_subtitle = fit_end(short_path(message.folder), 60).rstrip()
        with self.prevent(Input.Changed):
            self.query_one("#where", Input).value = ""
        self.query_one("#files").focus()
        rows: Rows[Item] = self.query_one(Rows)
        rows.set_empty("Nothing of that name.")
        # What one came for lies in the folder, and not above it.
        start = min(self._items, key=lambda item: (item.is_up, item.path != came_from), default=None)
        rows.show(self._items, self._items.index(start) if start else 0)
        numbered = (
            f"{number} {fit(place.name or str(place), 14).rstrip()}" for number, place in enumerate(self._places, 1)
        )
        self.query_one("#places", Static).update("Places: " + "  ".join(numbered) if self._places else "")
        self._show_note()

    def on_key(self, event: events.Key) -> None:
        """Begin a name, or a path, wherever the cursor is."""
        letter = event.character or ""
        if letter.isprintable() and letter.strip() and not letter.isdigit():
            event.stop()
            self._begin(letter)

    def on_paste(self, event: events.Paste) -> None:
        """Take a pasted path wherever the cursor is."""
        event.stop()
        self._begin(event.text.strip())

    def _begin(self, text: str) -> None:
        where = self.query_one("#where", Input)
        where.focus()
        where.value, where.cursor_position = text, len(text)

    @on(Input.Changed, "#where")
    def on_typed(self, event: Input.Changed) -> None:
        """List what has that in its name, what begins with it first; while a path is typed, everything."""
        wanted = "" if _is_path(event.value) else event.value.strip().casefold()
        found = [item for item in self._items if wanted in item.path.name.casefold() and not (wanted and item.is_up)]
        found.sort(key=lambda item: not item.path.name.casefold().startswith(wanted))
        rows: Rows[Item] = self.query_one(Rows)
        rows.show(found, 0)
        self._look()

    @on(Input.Submitted, "#where")
    def on_path_typed(self, event: Input.Submitted) -> None:
        """Open a typed folder, take a typed file, or what was found first."""
        path = next(iter(typed_paths(event.value, Path())), Path())
        if path.is_absolute():
            self.open(path)
        else:
            self.on_chosen()

    @work(exclusive=True, group="complete", exit_on_error=False)
    async def action_complete(self) -> None:
        """Complete a path that is being typed; from a name, go on."""
        where = self.query_one("#where", Input)
        text = where.value
        if not _is_path(text):
            self.focus_next()
            return
        found = await asyncio.to_thread(completed, text, Path.cwd())
        if where.value == text and where.has_focus:
            where.value, where.cursor_position = found.text, len(found.text)
            self.query_one("#browser-note", Label).update("   ".join(map(printable, found.names)))

    def action_move(self, by: int) -> None:
        """Move through what was found, while its name is typed."""
        self.query_one(Rows).action_move(by)

    @on(Rows.Highlighted)
    def on_other_file(self) -> None:
        """Have a look at the file under the cursor."""
        self._look()

    def _look(self) -> None:
        item: Item | None = self.query_one(Rows).current
        self.query_one(FileLook).show(None if item is None or item.is_folder else item.path)

    @on(Rows.Chosen)
    def on_chosen(self) -> None:
        """Open a folder; take a file, or all that are marked."""
        item: Item | None = self.query_one(Rows).current
        if item is None:
            return
        if item.is_folder:
            self.read(item.path)
        elif self._marked:
            self._marked.add(item.path)
            self.action_take()
        else:
            self._finish((item.path,))

    def action_up(self) -> None:
        """Open the folder above."""
        if self._folder is not None:
            self.read(self._folder.parent)

    def action_place(self, number: int) -> None:
        """Open a remembered place."""
        if number <= len(self._places):
            self.read(self._places[number - 1])

    def action_mark(self) -> None:
        """Mark or unmark the line under the cursor, and go to the next."""
        rows: Rows[Item] = self.query_one(Rows)
        if rows.current is not None and not rows.current.is_up:
            self._marked ^= {rows.current.path}
            rows.action_move(1)
            self._show_note()

    def action_mark_all(self) -> None:
        """Mark every file of this folder, or none where all are marked."""
        files = {item.path for item in self.query_one(Rows).items if not item.is_folder}
        self._marked = self._marked - files if files <= self._marked else self._marked | files
        self._show_note()

    @on(Button.Pressed, "#take-folder")
    def action_take_folder(self) -> None:
        """Take the whole folder that is shown."""
        if self._folder is not None:
            self._finish((self._folder,))

    @on(Button.Pressed, "#take")
    def action_take(self) -> None:
        """Take what is marked, or the line under the cursor."""
        item: Item | None = self.query_one(Rows).current
        if self._marked:
            self._finish(tuple(sorted(self._marked)))
        elif item is not None and not item.is_up:
            self._finish((item.path,))

    def action_leave(self) -> None:
        """List everything again where a name was typed; else leave without choosing."""
        where = self.query_one("#where", Input)
        if where.value:
            where.value = ""
            self.query_one(Rows).focus()
        else:
            self.dismiss(())

    @on(Button.Pressed, "#cancel")
    def on_cancel(self) -> None:
        """Leave without choosing."""
        self.dismiss(())

    @work(thread=True, exit_on_error=False)
    def _remember(self, place: Path) -> None:
        self._services.drafts.remember_place(place)

    def _finish(self, chosen: tuple[Path, ...]) -> None:
        if self._folder is not None:
            self._remember(self._folder)
        self.dismiss(chosen)

    def _show_note(self) -> None:
        words = "Enter opens or takes, Space marks, F5 all, F6 the whole folder."
        if self._marked:
            words = f"{len(self._marked):,} marked. Enter on a file or ctrl+n takes them."
        elif all(item.is_up for item in self._items):
            words = "No photos, videos or folders here."
        self.query_one("#browser-note", Label).update(words)
        self.query_one(Rows).refresh()

    def _line(self, item: Item, width: int) -> Text:
        mark = "[x]" if item.path in self._marked else "   "
        name = ".. (up)" if item.is_up else printable(item.path.name) + ("/" if item.is_folder else "")
        size = "" if item.is_folder else megabytes(item.size_bytes)
        return Text.assemble(
            f"{mark} ", (fit(name, max(10, width - 14)), "bold" if item.is_folder else ""), (size.rjust(9), "dim")
        )


def _is_path(text: str) -> bool:
    return text.lstrip()[:1] in ("/", "~")
