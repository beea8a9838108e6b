"""A page that shows files of one person with what the engine sees in them, and takes more."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from engine.errors import MediaError
from engine.role import Role
from engine.text import printable
from tui.drafts.checks import Check
from tui.drafts.paths import Found, describe_path, typed_paths
from tui.format import fit, short_path
from tui.messages import CheckChanged
from tui.screens.browser import Browser
from tui.screens.gather import GatherScreen
from tui.screens.page import Page
from tui.theme import BAD
from tui.widgets.check_panel import CheckPanel
from tui.widgets.field import Field
from tui.widgets.path_field import PathField
from tui.widgets.rows import Rows


class MediaPage(Page):
    """Shows files of one person, and takes more: typed, pasted, browsed or gathered."""

    ROLE: ClassVar[Role]
    LABEL: ClassVar[str]
    PLACEHOLDER: ClassVar[str] = "paste a path and press Enter; F2 browses"
    EMPTY: ClassVar[str] = "Nothing chosen yet."
    """Said where no file is listed."""
    CHOOSE: ClassVar[str]
    """Title of the browser."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "browse", "Browse"),
        Binding("f3", "gather", "Gather"),
        Binding("x,delete", "remove", "Take out"),
    ]

    class Looked(Message):
        """What lies at some typed paths is known."""

        def __init__(self, found: list[Found], complaint: str, typed: str) -> None:
            super().__init__()
            self.found = found
            self.complaint = complaint
            self.typed = typed

    def compose_media(self, *between: Widget) -> ComposeResult:
        """Yield the path, the files, and what is seen in them.

        Args:
            between: What comes after the files.
        """
        yield PathField(self.LABEL, id="path", placeholder=self.PLACEHOLDER)
        yield Rows[Found](self._line, empty=self.EMPTY, can_choose=False, id="chosen")
        yield from between
        yield CheckPanel(self.ROLE)

    def on_mount(self) -> None:
        """Begin with the path."""
        self.query_one("#path").focus()
        self._show_check()

    @abstractmethod
    def seen(self) -> Check:
        """Return what the engine has seen in the files so far."""

    @abstractmethod
    def gather_into(self) -> Path:
        """Return the folder in which to gather."""

    @abstractmethod
    def take(self, found: list[Found]) -> None:
        """Add what is usable to the files there are."""

    @abstractmethod
    def take_gathered(self, folder: Path) -> None:
        """Add the pictures that were gathered into a folder."""

    @abstractmethod
    def take_out(self, found: Found) -> None:
        """Take out one of the files."""

    @abstractmethod
    def leave(self) -> None:
        """Go on: Enter was pressed, and nothing was typed."""

    @on(CheckChanged)
    def on_check_changed(self, message: CheckChanged) -> None:
        """Show what was seen so far."""
        if message.role is self.ROLE:
            self._show_check()

    def _show_check(self) -> None:
        self.query_one(Rows).refresh()
        self.query_one(CheckPanel).show(self.seen())

    @on(Field.Submitted, "#path")
    def on_path_given(self, event: Field.Submitted) -> None:
        """Take a path; an empty one goes on."""
        event.stop()
        # Enter stays here for the next path; the questions' own handler would move on.
        event.prevent_default()
        text = event.field.value
        if text.strip():
            # What is typed next neither waits for the look at this nor is cleared by it.
            event.field.value = ""
            self.look_for(text)
        else:
            self.leave()

    @work(thread=True, group="typed", exit_on_error=False)
    def look_for(self, text: str) -> None:
        """Find out what lies at the paths in a text. Runs in a worker."""
        self._look(typed_paths(text, Path.cwd()), text)

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def look(self, paths: tuple[Path, ...]) -> None:
        """Find out what lies at the paths. Runs in a worker."""
        self._look(paths)

    def _look(self, paths: tuple[Path, ...], typed: str = "") -> None:
        found, complaint = [], ""
        for path in paths:
            try:
                found.append(describe_path(path, for_target=self.ROLE is Role.TARGET))
            except MediaError as error:
                complaint = f"{error.title} {error.hint}"
        self.post_message(self.Looked(found, complaint, typed))

    @on(Looked)
    def on_looked(self, message: Looked) -> None:
        """Add what is usable, and say what is not."""
        if message.found:
            self.take(message.found)
        self.refuse(message.complaint, message.typed)

    def refuse(self, words: str, typed: str) -> None:
        """Say beneath the path what is wrong with it, and put back what was typed; without words all is well."""
        field = self.query_one("#path", Field)
        if words and not field.value:
            with self.prevent(Input.Changed):
                field.value = typed
        field.complain(words)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to take out only where something is under the cursor."""
        return action != "remove" or bool(self.query_one(Rows).has_focus and self.query_one(Rows).items)

    def action_remove(self) -> None:
        """Take out the file under the cursor."""
        found: Found | None = self.query_one(Rows).current
        if found is not None:
            self.take_out(found)

    @work
    async def action_browse(self) -> None:
        """Choose from a list of files."""
        chosen = await self.app.push_screen_wait(Browser(self.services, self.CHOOSE))
        if chosen:
            self.look(chosen)

    @work
    async def action_gather(self) -> None:
        """Get pictures from outside."""
        gathering = GatherScreen(self.services, self.ROLE, self.gather_into())
        folder = await self.app.push_screen_wait(gathering)
        if folder is not None:
            self.take_gathered(folder)

    def _line(self, found: Found, width: int) -> Text:
        return self.line(short_path(found.path), found, found.words, width)

    def line(self, name: str, found: Found, words: str, width: int) -> Text:
        """Return the line of a file or folder: its name, and what it is, or that it cannot be read."""
        is_broken = found.path in self.seen().unreadable
        said = ("! cannot be read".rjust(22), BAD) if is_broken else (words.rjust(22), "dim")
        return Text.assemble(fit(printable(name), max(10, width - 24)), " ", said)
