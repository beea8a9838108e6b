"""The wizard: asks and shows, and never computes."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.worker import Worker, WorkerState

from engine.errors import UnderstudioError
from tui.answers import Answers, Step
from tui.drafts import DraftStore
from tui.engine_child import EngineProcess
from tui.messages import GoTo, LeaveDraft, NewProject, OpenDraft, OpenProject, ShowFailure, StartProject
from tui.screens.consent import SourceConsent, TargetConsent
from tui.screens.failure import Failure
from tui.screens.home import Home
from tui.screens.making import Making
from tui.screens.media import SourceQuestion, TargetQuestion
from tui.screens.project import ProjectScreen
from tui.screens.quality import QualityQuestion
from tui.screens.question import Question
from tui.screens.review import Review
from tui.services import Draft, Services
from tui.theme import THEME
from tui.watchman import LocalWatchman

_KEEP_SECONDS = 0.25
"""Typed letters are put on the disk together, this long after the first."""

_QUESTIONS: dict[Step, type[Question]] = {
    Step.SOURCE: SourceQuestion,
    Step.TARGET: TargetQuestion,
    Step.CONSENT_SOURCE: SourceConsent,
    Step.CONSENT_TARGET: TargetConsent,
    Step.QUALITY: QualityQuestion,
    Step.REVIEW: Review,
}


class Wizard(App[None]):
    """Knows the way from screen to screen, and keeps the answers."""

    CSS_PATH = "app.tcss"
    TITLE = "Understudio"
    ENABLE_COMMAND_PALETTE = True

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", "Quit", show=False, priority=True)]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.draft: Draft | None = None
        self._keeping: Timer | None = None

    def on_mount(self) -> None:
        """Show home."""
        self.register_theme(THEME)
        self.theme = THEME.name
        self.push_screen(Home(self.services))

    @on(NewProject)
    def on_new_project(self) -> None:
        """Ask from the beginning."""
        self._ask(self.services.drafts.new(self.services.clock()))

    @on(OpenDraft)
    def on_open_draft(self, message: OpenDraft) -> None:
        """Ask on where the person stopped."""
        self._ask(message.answers)

    def _ask(self, answers: Answers) -> None:
        self.draft = Draft(answers, self._keep_soon)
        self.push_screen(_QUESTIONS[answers.step](self.services, self.draft))

    @on(GoTo)
    def on_go_to(self, message: GoTo) -> None:
        """Show another question."""
        if self.draft is not None:
            self.switch_screen(_QUESTIONS[message.step](self.services, self.draft))

    @on(LeaveDraft)
    def on_leave_draft(self) -> None:
        """Back home; what was answered stays."""
        self.keep()
        self.pop_screen()

    @on(StartProject)
    def on_start_project(self) -> None:
        """Make the project folder."""
        if self.draft is not None:
            self.push_screen(Making(self.services, self.draft.answers))

    @on(OpenProject)
    async def on_open_project(self, message: OpenProject) -> None:
        """Show how far a project is."""
        if message.is_new:
            self._keeping = None
            self.draft = None
            while len(self.screen_stack) > 2:
                await self.pop_screen()
        self.push_screen(ProjectScreen(self.services, message.path))

    @on(ShowFailure)
    def on_show_failure(self, message: ShowFailure) -> None:
        """Lay the failure over the screen beneath; work that failed is closed first."""
        if isinstance(self.screen, Making):
            self.pop_screen()
        self.push_screen(Failure(message.title, message.hint, message.log))

    def _keep_soon(self) -> None:
        if self._keeping is None:
            self._keeping = self.set_timer(_KEEP_SECONDS, self.keep)

    @work(thread=True, group="keep", exit_on_error=False)
    def keep(self) -> None:
        """Put the newest answers on the disk. Runs in a worker."""
        self._keeping = None
        if self.draft is not None:
            self.services.drafts.save(self.draft.answers)

    async def action_quit(self) -> None:
        """Leave; the answers are on the disk before the screen closes."""
        if self.draft is not None and self._keeping is not None:
            await self.keep().wait()
        self.exit()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say calmly that something failed in the background."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._say_failure(event.worker.error)

    def _say_failure(self, error: BaseException) -> None:
        if isinstance(error, UnderstudioError):
            self.push_screen(Failure(error.title, error.hint))
            return
        log = self.services.drafts.log_file
        keep_traceback(error, log)
        self.push_screen(Failure(f"Something went wrong in the wizard ({type(error).__name__}).", "Try it again.", log))


def keep_traceback(error: BaseException, log: Path) -> None:
    """Add what a developer needs to the wizard's log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        file.writelines(traceback.format_exception(error))


def make_wizard(workspace: Path) -> Wizard:
    """Return the wizard over a workspace, with everything real."""
    drafts = DraftStore(workspace)
    return Wizard(Services(workspace, drafts, EngineProcess(), LocalWatchman(workspace)))
