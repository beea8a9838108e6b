"""While media are brought into the new project folder."""

from __future__ import annotations

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Label, Static

from engine.errors import UnderstudioError
from engine.newproject import create_project
from tui.answers import Answers
from tui.messages import OpenProject, ShowFailure
from tui.review import evidence_of, folder_name, to_project
from tui.screens.page import Page
from tui.services import Services
from tui.words import bar, megabytes


class Making(Page):
    """Makes the project folder in a worker, and shows how far it is."""

    TITLE = "New project"
    HELP = "Your files are linked or copied into the project's own folder. Yours stay where they are."

    class Copied(Message):
        """Some more bytes are in."""

        def __init__(self, done: int, total: int) -> None:
            super().__init__()
            self.done = done
            self.total = total

    def __init__(self, services: Services, answers: Answers) -> None:
        super().__init__(services)
        self._answers = answers

    def compose_body(self) -> ComposeResult:
        """Yield the words and the bar."""
        with Vertical(classes="middle"):
            yield Label("Bringing your files into the project …", id="heading")
            yield Static("", id="copied", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        self.make()

    @work(thread=True, exit_on_error=False)
    def make(self) -> None:
        """Make the folder. Runs in a worker."""
        answers, now = self._answers, self.services.clock()
        try:
            project = to_project(answers, now)
            path = self.services.workspace / folder_name(project.name)
            assert answers.target is not None
            self.services.workspace.mkdir(parents=True, exist_ok=True)
            folder = create_project(path, project, answers.sources, answers.target, evidence_of(answers), self._report)
            self.services.drafts.forget(answers)
        except UnderstudioError as error:
            self.post_message(ShowFailure(error.title, error.hint))
        else:
            self.post_message(OpenProject(folder.path, is_new=True))

    def _report(self, done: int, total: int) -> None:
        self.post_message(self.Copied(done, total))

    @on(Copied)
    def on_copied(self, message: Copied) -> None:
        """Show how much is in."""
        share = message.done / message.total if message.total else 1.0
        words = f"{bar(share, 40)}  {megabytes(message.done)} of {megabytes(message.total)}"
        self.query_one("#copied", Static).update(words)
