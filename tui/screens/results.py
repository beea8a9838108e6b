"""All results of a project, beside the present one: compared, named, thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Label, Static

from engine.project.folder import ProjectFolder
from engine.records.kept_results import delete_kept, rename_kept
from engine.text import printable
from tui.format import fit_end, megabytes, past, short_path
from tui.messages import ShowPicture
from tui.projects.folders import name_of
from tui.projects.results import ResultView, results_of
from tui.screens.confirm import Confirm
from tui.screens.name_dialog import NameDialog
from tui.screens.page import Page
from tui.services import Services
from tui.terminal.ssh_lines import ssh_session
from tui.widgets.picture import Picture
from tui.widgets.rows import Rows

_CAPTIONS = ("before", "after")
_WHEN_COLUMNS, _SIZE_COLUMNS = 15, 7


class ResultsScreen(Page):
    """The list, and two results side by side."""

    HELP = """\
Each time a video is converted again, the one that was there is **kept** here, with its report and what it was made
with. At the left is the one under the cursor, at the right the present one; **←** and **→** show other moments.

**r** gives it a name, **x** deletes it, **c** copies its path, or over SSH the line that fetches it.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "rename", "Rename"),
        Binding("c", "copy", "Copy"),
        Binding("x", "delete", "Delete"),
        Binding("left", "turn(-1)", "Frame before", show=False),
        Binding("right", "turn(1)", "Next frame", show=False),
        Binding("z", "zoom", "Zoom"),
        Binding("escape", "app.pop_screen", "Back"),
    ]

    class Read(Message):
        """All results were read."""

        def __init__(self, name: str, results: Sequence[ResultView]) -> None:
            super().__init__()
            self.name = name
            self.results = results

    def __init__(self, services: Services, path: Path) -> None:
        super().__init__(services)
        self.folder = ProjectFolder(path)
        self._session = ssh_session()

    def compose_body(self) -> ComposeResult:
        """Yield the list, what is said of the one under the cursor, and two pictures."""
        yield Rows[ResultView](self._line, empty="There is no result.", can_choose=False, id="results")
        yield Static(id="result-words", markup=False)
        with Horizontal(id="two-results"):
            for name in ("this", "present"):
                with Vertical(id=f"{name}-side"):
                    yield Label("", id=f"{name}-name", markup=False)
                    yield Picture(id=f"{name}-picture", captions=_CAPTIONS)

    def on_mount(self) -> None:
        """Read them."""
        self.top.say("Results")
        self.query_one(Rows).focus()
        self.look()

    @work(thread=True, exclusive=True, exit_on_error=False)
    def look(self) -> None:
        """Read them. Runs in a worker."""
        self.post_message(self._read())

    def _read(self) -> Read:
        """Return what there is. Reads files: call from a worker."""
        return self.Read(name_of(self.folder.path), results_of(self.folder))

    @on(Read)
    def on_read(self, message: Read) -> None:
        """Show them; the cursor begins at the newest that gave way."""
        self.top.say(f"Results of {printable(message.name)}")
        rows: Rows[ResultView] = self.query_one(Rows)
        rows.styles.height = min(8, max(1, len(message.results)))
        rows.show(message.results, None if rows.items else 1)
        self._show()

    @on(Rows.Highlighted)
    def on_seen(self) -> None:
        """Show the one under the cursor."""
        self._show()

    def _show(self) -> None:
        rows: Rows[ResultView] = self.query_one(Rows)
        view, present = rows.current, next((each for each in rows.items if each.kept is None), None)
        words = f"{view.headline} {view.words}\n{short_path(view.video)}" if view else ""
        self.query_one("#result-words", Static).update(words)
        for name, shown in (("this", view), ("present", present)):
            picture = self.query_one(f"#{name}-picture", Picture)
            picture.pair = picture.pair or 0
            picture.path = shown.picture if shown else None
            self.query_one(f"#{name}-name", Label).update(printable(shown.name) if shown else "")
        # Beside itself it would say nothing, and have half of the room.
        self.query_one("#present-side").display = view is not present
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The present one is what the result's own screen is for."""
        if action in ("rename", "delete"):
            view: ResultView | None = self.query_one(Rows).current if self.is_mounted else None
            return view is not None and view.kept is not None
        return True

    def action_turn(self, by: int) -> None:
        """Show another moment of both."""
        for picture in self.query(Picture):
            picture.pair = (picture.pair or 0) + by

    def action_zoom(self) -> None:
        """Show the one under the cursor over the whole screen."""
        view: ResultView | None = self.query_one(Rows).current
        if view is not None and view.picture is not None:
            pair = self.query_one("#this-picture", Picture).pair
            self.post_message(ShowPicture(printable(view.name), view.picture, pair=pair, captions=_CAPTIONS))

    @work
    async def action_rename(self) -> None:
        """Give the one under the cursor another name."""
        view: ResultView | None = self.query_one(Rows).current
        if view is not None and view.kept is not None:
            name = await self.app.push_screen_wait(NameDialog("Name of this result", view.name))
            if name is not None:
                self._rename(view, name)

    @work(thread=True, group="change", exit_on_error=False)
    def _rename(self, view: ResultView, name: str) -> None:
        if view.kept is not None:
            rename_kept(view.kept, name)
        self.post_message(self._read())

    @work
    async def action_delete(self) -> None:
        """Delete the one under the cursor, after asking."""
        view: ResultView | None = self.query_one(Rows).current
        if view is None or view.kept is None:
            return
        words = f"Its video and report go: {megabytes(view.size_bytes)}. They cannot be brought back. All else stays."
        if await self.app.push_screen_wait(Confirm(f"Delete “{printable(view.name)}”?", words, yes="Yes, delete")):
            self._delete(view)

    @work(thread=True, group="change", exit_on_error=False)
    def _delete(self, view: ResultView) -> None:
        if view.kept is not None:
            delete_kept(view.kept)
        self.post_message(self._read())

    def action_copy(self) -> None:
        """Copy the line that brings it home; where somebody sits at this machine, its path."""
        view: ResultView | None = self.query_one(Rows).current
        if view is not None:
            self.copy_text(self._session.fetch(view.video) if self._session is not None else str(view.video))

    def _line(self, view: ResultView, width: int) -> Text:
        rows: Rows[ResultView] = self.query_one(Rows)
        room = width - _WHEN_COLUMNS - _SIZE_COLUMNS - 3
        names = min(room // 2, max(cell_len(each.name) for each in rows.items))
        return Text.assemble(
            fit_end(printable(view.name), names),
            " ",
            (fit_end(view.headline, max(0, room - names)), "dim"),
            " ",
            (fit_end(past(view.made_at, self.services.clock()), _WHEN_COLUMNS), "dim"),
            " ",
            (megabytes(view.size_bytes).rjust(_SIZE_COLUMNS), "dim"),
        )
