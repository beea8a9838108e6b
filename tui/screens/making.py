"""While media are brought into a new project folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Label, Static

from engine.errors import UnderstudioError
from engine.project.folder import ProjectFolder
from engine.project.import_media import OnCopied
from tui.drafts.answers import Answers
from tui.drafts.copying import Copied, Copying, CopyStopped
from tui.messages import OpenProject, ShowFailure
from tui.screens.page import Page
from tui.services import Services

Make = Callable[[OnCopied], ProjectFolder]
"""Makes the folder, telling how many bytes are in."""


class Making(Page):
    """Makes a project folder in a worker, and shows how far it is."""

    TITLE = "New project"
    IS_WORK = True
    HELP = """\
Your files are linked or copied into the project's own folder. Yours stay where they are. **Escape** stops it: then
there is no project yet, and every answer is kept.
"""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "stop", "Stop, and back")]

    class Stopped(Message):
        """The person wanted no project after all; nothing of it is left."""

    def __init__(self, services: Services, make: Make, answers: Answers | None = None) -> None:
        """Make the screen.

        Args:
            services: Handed to every screen.
            make: Makes the folder.
            answers: What it is made from; they are over once it is made.
        """
        super().__init__(services)
        self._make = make
        self._answers = answers
        self._copying = Copying(self.post_message)

    def compose_body(self) -> ComposeResult:
        """Yield the words and the bar."""
        with Vertical(classes="middle"):
            yield Label("Bringing your files into the project …", id="heading", markup=False)
            yield Static("", id="copied", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        self.make()

    def on_unmount(self) -> None:
        """Leave nothing behind that nobody will see."""
        self._copying.stop()

    def action_stop(self) -> None:
        """Stop before the project is there; a copy that is all but over ends first."""
        self._copying.stop()
        self.query_one("#heading", Label).update("Stopping …")

    @work(thread=True, exit_on_error=False)
    def make(self) -> None:
        """Make the folder. Runs in a worker."""
        try:
            folder = self._make(self._copying.report)
        except CopyStopped:
            self.post_message(self.Stopped())
        except UnderstudioError as error:
            self.post_message(ShowFailure(error.title, error.hint))
        except OSError as error:
            self.post_message(
                ShowFailure(f"The project could not be made: {error.strerror}.", f"It is about {error.filename}.")
            )
        else:
            self.post_message(OpenProject(folder.path, is_new=True, answered=self._answers))

    @on(Copied)
    def on_copied(self, message: Copied) -> None:
        """Show how much is in."""
        self.query_one("#copied", Static).update(message.words(40))

    @on(Stopped)
    def on_stopped(self) -> None:
        """Back to the answers, from under whatever lies over this."""
        while self in self.app.screen_stack:
            self.app.pop_screen()
