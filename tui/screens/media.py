"""The first two questions: who will appear, and whose face is replaced in which video."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from engine.errors import MediaError
from engine.words import printable
from tui.answers import Role, Step
from tui.messages import CheckChanged, LookAt
from tui.paths import Found, look_at, typed_paths
from tui.screens.browser import Browser
from tui.screens.question import Question
from tui.widgets.checkpanel import CheckPanel
from tui.widgets.field import Field
from tui.widgets.rows import Rows
from tui.words import fit, short_path


class MediaQuestion(Question):
    """Asks for files that show one person."""

    ROLE: ClassVar[Role]
    LABEL: ClassVar[str]
    PLACEHOLDER: ClassVar[str]

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2", "browse", "Browse")]

    class Looked(Message):
        """What lies at some typed paths is known."""

        def __init__(self, found: list[Found], complaint: str) -> None:
            super().__init__()
            self.found = found
            self.complaint = complaint

    def compose_answers(self) -> ComposeResult:
        """Yield the path and what was chosen so far."""
        yield Field(self.LABEL, id="path", placeholder=self.PLACEHOLDER)
        yield Rows[Found](self._line, empty="Nothing chosen yet.", can_choose=False, id="chosen")
        yield CheckPanel(self.ROLE)

    def on_mount(self) -> None:
        """Look again at what was chosen before."""
        super().on_mount()
        self.query_one("#path").focus()
        self.look(self.draft.answers.media_of(self.ROLE))
        self.query_one(CheckPanel).show(self.draft.checks.of(self.ROLE))

    @on(CheckChanged)
    def on_check_changed(self, message: CheckChanged) -> None:
        """Show what was seen so far."""
        if message.role is self.ROLE:
            self.query_one(CheckPanel).show(self.draft.checks.of(self.ROLE))

    def _look_again(self) -> None:
        """Have the engine look, unless it looked at just these media."""
        if self.draft.checks.of(self.ROLE).paths != self.draft.answers.media_of(self.ROLE):
            self.post_message(LookAt(self.ROLE))

    @on(Field.Submitted, "#path")
    def on_path_given(self, event: Field.Submitted) -> None:
        """Take a path; an empty one after something was chosen goes on."""
        event.stop()
        # Enter stays here for the next path; the questions' own handler would move on.
        event.prevent_default()
        text = event.field.value
        if text.strip():
            self.look(typed_paths(text, Path.cwd()))
        elif self.draft.answers.media_of(self.ROLE):
            self.action_next()

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def look(self, paths: tuple[Path, ...]) -> None:
        """Find out what lies at the paths. Runs in a worker."""
        found, complaint = [], ""
        for path in paths:
            try:
                found.append(look_at(path, only_video=self.ROLE is Role.TARGET))
            except MediaError as error:
                complaint = f"{error.title} {error.hint}"
        self.post_message(self.Looked(found, complaint))

    @on(Looked)
    def on_looked(self, message: Looked) -> None:
        """Add what is usable, and say what is not."""
        field = self.query_one("#path", Field)
        if message.found:
            self.take(message.found)
        if message.complaint:
            field.complain(message.complaint)
        elif message.found:
            field.value = ""

    def take(self, found: list[Found]) -> None:
        """Add what was found to the answers."""
        raise NotImplementedError

    def show(self, found: list[Found]) -> None:
        """List what is chosen."""
        self.query_one(Rows).show(found)

    @work
    async def action_browse(self) -> None:
        """Choose from a list of files."""
        chosen = await self.app.push_screen_wait(Browser(self.services, only_video=self.ROLE is Role.TARGET))
        if chosen:
            self.look(chosen)

    def _line(self, found: Found, width: int) -> Text:
        words = found.words
        return Text.assemble(fit(printable(short_path(found.path)), max(10, width - 24)), " ", (words.rjust(22), "dim"))


class SourceQuestion(MediaQuestion):
    """Who will appear?"""

    STEP = Step.SOURCE
    ROLE = Role.SOURCE
    HEADING = "Who will appear?"
    WHY = "Whose face will be seen? A minute of video is good, or 30 photos and more."
    LABEL = "Photos, video or folder"
    PLACEHOLDER = "paste a path and press Enter; F2 browses"

    BINDINGS: ClassVar[list[BindingType]] = [Binding("x,delete", "remove", "Take out")]

    def take(self, found: list[Found]) -> None:
        """Add to what was chosen before."""
        listed = {each.path: each for each in self.query_one(Rows).items} | {each.path: each for each in found}
        self.draft.give(sources=tuple(listed))
        self.show(list(listed.values()))
        self._look_again()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to take out only where something is under the cursor."""
        return action != "remove" or bool(self.query_one(Rows).has_focus and self.query_one(Rows).items)

    def action_remove(self) -> None:
        """Take the file under the cursor out of the answers; the file itself stays where it is."""
        rows: Rows[Found] = self.query_one(Rows)
        kept = [each for each in rows.items if each is not rows.current]
        self.draft.give(sources=tuple(each.path for each in kept))
        self.show(kept)
        self._look_again()


class TargetQuestion(MediaQuestion):
    """Whose face is replaced, in which video?"""

    STEP = Step.TARGET
    ROLE = Role.TARGET
    HEADING = "Whose face is replaced, in which video?"
    WHY = "The video to change. Everything in it stays as it is, except the one face."
    LABEL = "Video"
    PLACEHOLDER = "paste a path and press Enter; F2 browses"

    def take(self, found: list[Found]) -> None:
        """Put another video in place of the one chosen before."""
        self.draft.give(target=found[-1].path)
        self.show(found[-1:])
        self._look_again()
