"""The wizard: asks and shows, and never computes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import Worker, WorkerFailed, WorkerState

from engine.errors import UnderstudioError
from engine.files.refusal import refusal_of
from engine.project.folder import ProjectFolder
from engine.project.import_media import OnCopied
from engine.role import Role
from tui import messages
from tui.background import in_background
from tui.conversations import Conversations
from tui.drafts.answers import Answers, Step
from tui.drafts.calibration import Calibrator
from tui.drafts.checks import Checks
from tui.drafts.creation import answers_from_folder, make_demo, make_project
from tui.screens.failure_dialog import FailureDialog
from tui.screens.help import HelpScreen
from tui.screens.home import Home
from tui.screens.page import Page
from tui.screens.question import Question
from tui.screens.registry import preload, question, screen
from tui.services import Draft, Services
from tui.terminal.signals import GIVE_TITLE_BACK
from tui.theme import theme_for

_KEEP_SECONDS = 0.25
"""Typed letters are put on the disk together, this long after the first."""
_HALF_ANSWERED = "Your answers are kept. Start understudio again to go on with them: they are first in the list."
_PRELOAD_SECONDS = 0.5
"""After home was shown: it comes first."""


class Wizard(Conversations):
    """Knows the way from screen to screen, and keeps the answers."""

    CSS_PATH = "app.tcss"
    TITLE = "Understudio"
    NOTIFICATION_TIMEOUT = 3.0
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - Textual declares no class variable
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (24, "-low"), (34, "-high")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
        Binding("q", "quit", "Quit", show=False),
        Binding("ctrl+p", "command_palette", "Commands", show=False),
        Binding("ctrl+t", "start_work", "Start work in the background", show=False),
        Binding("question_mark,f1", "help", "Help", key_display="?"),
    ]

    def __init__(self, services: Services, crash: BaseException | None = None) -> None:
        super().__init__(services)
        # Before the first screen: a theme that comes later has the style sheets parsed again.
        theme = theme_for(self.console)
        self.register_theme(theme)
        self.theme = theme.name
        self.graphics = services.graphics
        """How `Picture` draws."""
        self.draft: Draft | None = None
        self.crash: BaseException | None = None
        """What ended this run of the wizard, if it was not the person."""
        self._crash_before = crash
        self._unkept: set[Draft] = set()
        """Those whose newest answers are not on the disk yet."""
        self._keeping: Timer | None = None
        self._turn_to_keep = threading.Lock()
        self._calibrator = Calibrator(services.engine, services.paces, services.workspace, self._tell_pace)

    def on_mount(self) -> None:
        """Show home, and what ended the run before."""
        self.push_screen(Home(self.services))
        self.set_timer(_PRELOAD_SECONDS, self._preload)
        self.listen()
        if self._crash_before is not None:
            self._say_failure(self._crash_before)

    @work(thread=True, group="preload", exit_on_error=False)
    def _preload(self) -> None:
        preload()

    def action_help(self) -> None:
        """Show what the screen in view is for, and its keys."""
        if self.screen.HELP is not None:
            self.push_screen(HelpScreen(self.screen.HELP, self.screen.active_bindings))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer whatever can be done in the screen in view, each with its key, and then what can be from everywhere."""
        here = list(self.commands_of(screen))
        yield from here
        yield from (command for command in self._commands() if command.title not in {each.title for each in here})

    def _commands(self) -> Iterable[SystemCommand]:
        yield SystemCommand("New project", "Ask all questions", lambda: self.post_message(messages.NewProject()))
        yield SystemCommand("Demo", "Swap a face in a bundled clip", lambda: self.post_message(messages.TryDemo()))
        yield SystemCommand("Home", "Show all projects; answers are kept", self.show_home)
        yield SystemCommand("Start work", "Carry projects on in the background: key Ctrl+T", self.action_start_work)
        yield SystemCommand("Help", "What this screen is for, and its keys: key F1", self.action_help)
        yield SystemCommand("Quit", "Leave; projects go on in the background: key Ctrl+Q", self.action_quit)

    @on(messages.NewProject)
    async def on_new_project(self, message: messages.NewProject) -> None:
        """Ask from the beginning; other questions that are in view stay as they are."""
        await self.show_home()
        blank = self.services.drafts.new(self.services.clock())
        known = {} if message.source is None else {"sources": (message.source,)}
        self._ask(blank.model_copy(update=known))

    @on(messages.OpenDraft)
    def on_open_draft(self, message: messages.OpenDraft) -> None:
        """Ask on where the person stopped."""
        self._ask(message.answers)

    @on(messages.AnswerFolder)
    def on_answer_folder(self, message: messages.AnswerFolder) -> None:
        """Ask what is open of a dropped folder."""
        self._read_folder(message.path)

    @work(thread=True, group="read", exit_on_error=False)
    def _read_folder(self, path: Path) -> None:
        answers = self.services.drafts.for_folder(path)
        if answers is None:
            answers = answers_from_folder(path, self.services.drafts.new(self.services.clock()), self.services.clock())
        self.post_message(messages.OpenDraft(answers))

    def _ask(self, answers: Answers) -> None:
        checks = Checks(self.services.engine, self._tell_check)
        self.draft = Draft(answers, checks, self._calibrator, self._keep_soon)
        for role in Role:
            self._look_at(self.draft, role)
        self._pace_before(answers.step)
        self.push_screen(question(answers.step)(self.services, self.draft))

    @on(messages.CheckMedia)
    def on_look_at(self, message: messages.CheckMedia) -> None:
        """Have the engine look at other media."""
        if self.draft is not None:
            self._look_at(self.draft, message.role)

    def _look_at(self, draft: Draft, role: Role) -> None:
        place = self.services.drafts.check_folder(draft.answers, role)
        look = partial(draft.checks.look, role, draft.answers.media_of(role), place)
        in_background(self, look, f"check-{role}", exclusive=True)

    def _tell_check(self, role: Role) -> None:
        self.screen.post_message(messages.CheckChanged(role))

    @on(messages.GoTo)
    def on_go_to(self, message: messages.GoTo) -> None:
        """Show another question."""
        if self.draft is not None:
            self._pace_before(message.step)
            self.switch_screen(question(message.step)(self.services, self.draft))

    def _pace_before(self, step: Step) -> None:
        """Find out how fast this machine is while consent is typed, when the looks at the media are mostly over."""
        if step not in (Step.SOURCE, Step.TARGET, Step.PERSON):
            in_background(self, self._calibrator.measure, "pace")

    def _tell_pace(self) -> None:
        self.screen.post_message(messages.PaceChanged())

    @on(messages.LeaveDraft)
    def on_leave_draft(self) -> None:
        """Back home; what was answered stays."""
        self.keep()
        if self.draft is not None and self.draft.answers.is_blank:
            self._forget(self.draft.answers, unless_gathered=True)
        self.workers.cancel_group(self, "check-source")
        self.workers.cancel_group(self, "check-target")
        self.pop_screen()

    @on(messages.StartProject)
    def on_start_project(self) -> None:
        """Make the project folder."""
        if self.draft is None:
            return
        self.workers.cancel_group(self, "pace")
        answers, timing, now = self.draft.answers, self.draft.timing, self.services.clock()
        checks = {role: self.draft.checks.of(role).report for role in Role}
        reports = {role: found for role, found in checks.items() if found is not None}
        workspace = self.services.workspace
        self._make(lambda report: make_project(workspace, answers, now, report, timing, reports), answers)

    @on(messages.TryDemo)
    def on_try_demo(self) -> None:
        """Make the demo project."""
        self._make(lambda report: make_demo(self.services.workspace, report))

    def _make(self, make: Callable[[OnCopied], ProjectFolder], answers: Answers | None = None) -> None:
        self.push_screen(screen("making:Making")(self.services, make, answers))

    @on(messages.OpenProject)
    async def on_open_project(self, message: messages.OpenProject) -> None:
        """Show how far a project is; one that was just made leaves its questions behind."""
        if message.is_new or message.is_restarted:
            await self.show_home()
        if message.answered is not None:
            self._forget(message.answered)
            self.draft = None
        await self.push_screen(
            screen("project:ProjectScreen")(
                self.services, message.path, is_new=message.is_new, is_restarted=message.is_restarted
            )
        )

    @on(messages.ShowFailure)
    def on_show_failure(self, message: messages.ShowFailure) -> None:
        """Lay the failure over the screen beneath; work that failed is closed first."""
        if isinstance(self.screen, Page) and self.screen.IS_WORK:
            self.pop_screen()
        self.push_screen(FailureDialog(message.title, message.hint, message.log))

    def _keep_soon(self, draft: Draft) -> None:
        self._unkept.add(draft)
        if self._keeping is None:
            self._keeping = self.set_timer(_KEEP_SECONDS, self.keep)

    @work(thread=True, group="keep", exit_on_error=False)
    def keep(self) -> None:
        """Put the newest answers on the disk. Runs in a worker."""
        self._keeping = None
        # Read within the turn: what was read before it could be put over what is newer.
        with self._turn_to_keep:
            while self._unkept:
                self.services.drafts.save(self._unkept.pop().answers)

    @work(thread=True, group="keep", exit_on_error=False)
    def _forget(self, answers: Answers, unless_gathered: bool = False) -> None:
        if unless_gathered and self.services.drafts.gather_folder(answers).exists():
            return
        with self._turn_to_keep:
            self._unkept = {draft for draft in self._unkept if draft.answers.draft != answers.draft}
            self.services.drafts.forget(answers)

    async def action_quit(self) -> None:
        """Leave; the answers are on the disk before the screen closes, unless it is full, which was said."""
        with contextlib.suppress(WorkerFailed):
            await self.keep().wait()
        self.send(GIVE_TITLE_BACK)
        is_half_answered = any(isinstance(screen, Question) for screen in self.screen_stack)
        self.exit(message=_HALF_ANSWERED if is_half_answered else None)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say calmly that something of the app's own failed in the background."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._say_failure(event.worker.error)

    @on(messages.WorkFailed)
    def on_work_failed(self, message: messages.WorkFailed) -> None:
        """Say calmly that something of a screen's or widget's failed in the background."""
        self._say_failure(message.error)

    def _say_failure(self, error: BaseException) -> None:
        if isinstance(error, OSError):
            error = refusal_of(error) or error
        if isinstance(error, UnderstudioError):
            self.push_screen(FailureDialog(error.title, error.hint))
            return
        log = self.services.drafts.log_fault(error)
        title = f"Something went wrong in the wizard itself ({type(error).__name__})."
        self.push_screen(FailureDialog(title, "Try it again; running projects are not touched by this.", log))

    def _handle_exception(self, error: Exception) -> None:
        """End this run without a traceback on the screen; the next run says what happened."""
        if self.is_headless:
            super()._handle_exception(error)
            return
        self.crash = error
        for draft in self._unkept:
            self.services.drafts.save(draft.answers)
        self.exit(return_code=1)
