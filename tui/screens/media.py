"""The first two questions: who will appear, and whose face is replaced in which video."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from engine.errors import MediaError
from engine.words import printable
from tui.answers import Role, Step
from tui.messages import CheckChanged, LookAt
from tui.paths import Found, look_at, typed_paths
from tui.screens.browser import Browser
from tui.screens.gather import GatherScreen
from tui.screens.question import Question
from tui.widgets.checkpanel import CheckPanel
from tui.widgets.field import Field
from tui.widgets.rows import Rows
from tui.words import fit, short_path


class MediaQuestion(Question):
    """Asks for files that show one person."""

    ROLE: ClassVar[Role]
    LABEL: ClassVar[str]
    PLACEHOLDER: ClassVar[str] = "paste a path and press Enter; F2 browses"
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

    def compose_answers(self) -> ComposeResult:
        """Yield the path and what was chosen so far."""
        yield Field(self.LABEL, id="path", placeholder=self.PLACEHOLDER)
        yield Rows[Found](self._line, empty="Nothing chosen yet.", can_choose=False, id="chosen")
        yield CheckPanel(self.ROLE)

    def on_mount(self) -> None:
        """Look again at what was chosen before."""
        super().on_mount()
        self.query_one("#path").focus()
        self.look(self.chosen())
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
            # What is typed next neither waits for the look at this nor is cleared by it.
            event.field.value = ""
            self.look_for(text)
        elif self.draft.answers.media_of(self.ROLE):
            self.action_next()

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
                found.append(look_at(path, for_target=self.ROLE is Role.TARGET))
            except MediaError as error:
                complaint = f"{error.title} {error.hint}"
        self.post_message(self.Looked(found, complaint, typed))

    @on(Looked)
    def on_looked(self, message: Looked) -> None:
        """Add what is usable, and say what is not."""
        field = self.query_one("#path", Field)
        if message.found:
            self.take(message.found)
        if message.complaint and not field.value:
            with self.prevent(Input.Changed):
                field.value = message.typed
        field.complain(message.complaint)

    def chosen(self) -> tuple[Path, ...]:
        """Return what was chosen so far."""
        return self.draft.answers.media_of(self.ROLE)

    def keep(self, found: list[Found]) -> list[Found]:
        """Put into the answers what is chosen now, and return what is left of it."""
        raise NotImplementedError

    def take(self, found: list[Found]) -> None:
        """Add to what was chosen before."""
        listed = {each.path: each for each in self.query_one(Rows).items} | {each.path: each for each in found}
        self._choose(list(listed.values()))

    def _choose(self, found: list[Found]) -> None:
        self.query_one(Rows).show(self.keep(found))
        self._look_again()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to take out only where something is under the cursor."""
        return action != "remove" or bool(self.query_one(Rows).has_focus and self.query_one(Rows).items)

    def action_remove(self) -> None:
        """Take the file under the cursor out of the answers; the file itself stays where it is."""
        rows: Rows[Found] = self.query_one(Rows)
        self._choose([each for each in rows.items if each is not rows.current])

    @work
    async def action_browse(self) -> None:
        """Choose from a list of files."""
        chosen = await self.app.push_screen_wait(Browser(self.services, self.CHOOSE))
        if chosen:
            self.look(chosen)

    @work
    async def action_gather(self) -> None:
        """Get pictures from outside."""
        into = self.services.drafts.gather_folder(self.draft.answers)
        folder = await self.app.push_screen_wait(GatherScreen(self.services, self.ROLE, into))
        if folder is None:
            return
        if folder in self.chosen():
            # The same folder has more in it now.
            self.post_message(LookAt(self.ROLE))
        self.look((folder,))

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
    CHOOSE = "Choose photos, videos or a folder"

    def keep(self, found: list[Found]) -> list[Found]:
        """Put into the answers what is chosen now."""
        self.draft.give(sources=tuple(each.path for each in found))
        return found


class TargetQuestion(MediaQuestion):
    """Whose face is replaced, in which video?"""

    STEP = Step.TARGET
    ROLE = Role.TARGET
    HEADING = "Whose face is replaced, in which video?"
    WHY = "All else in it stays. Photos of the same person may be added: they help."
    LABEL = "Video"
    CHOOSE = "Choose the video, and photos of the same person"

    def chosen(self) -> tuple[Path, ...]:
        """Return the video, and the pictures that were added."""
        return (*super().chosen(), *self.draft.answers.target_pictures)

    def keep(self, found: list[Found]) -> list[Found]:
        """Put into the answers what is chosen now; of several videos, the last one."""
        videos = [each for each in found if each.videos][-1:]
        pictures = [each for each in found if not each.videos]
        self.draft.give(
            target=videos[0].path if videos else None, target_pictures=tuple(each.path for each in pictures)
        )
        return [*videos, *pictures]
