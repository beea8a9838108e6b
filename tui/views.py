"""The way to the screens that show what there is of a project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from rich.text import Text
from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding
from textual.message import Message
from textual.screen import Screen

from tui import messages
from tui.projects.condition import Condition
from tui.projects.view import View
from tui.projects.work_text import short_warning
from tui.screens.help import actions_in
from tui.screens.home import Home
from tui.screens.page import Page
from tui.screens.registry import pictures, screen
from tui.services import Services
from tui.terminal.signals import (
    KEEP_TITLE,
    conditions_of,
    newly_ended,
    notice_sequence,
    said_of,
    title_of,
    title_sequence,
)
from tui.terminal.typeahead import OrderedKeys

_FUNCTION_KEY = re.compile(r"f\d+")


class Views(OrderedKeys):
    """Shows them over the screen in view."""

    class Heard(Message):
        """It was looked how all projects stand."""

        def __init__(self, views: list[View], is_watched: bool) -> None:
            super().__init__()
            self.views = views
            self.is_watched = is_watched

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self._conditions: dict[object, Condition] = {}
        self._ended: View | None = None
        self._title = ""

    def get_key_display(self, binding: Binding) -> str:
        """Name function keys as keyboards and our sentences do."""
        shown = super().get_key_display(binding)
        return shown.upper() if _FUNCTION_KEY.fullmatch(shown) else shown

    def listen(self) -> None:
        """Hear from now on when a project ends, whatever is in view."""
        self.send(KEEP_TITLE)
        self.set_interval(self.services.listens_every, self.hear)

    def hear(self) -> None:
        """Look how all projects stand, unless home does so by itself."""
        if self.screen_stack and not isinstance(self.screen, Home):
            self._read_all()

    @work(thread=True, exclusive=True, group="hear", exit_on_error=False)
    def _read_all(self) -> None:
        """Look how all projects stand. Runs in a worker."""
        *_, views = self.services.reader.read(self.services.clock())
        self.post_message(self.Heard(views, self.services.daemon.is_running()))

    @on(Heard)
    def on_heard(self, message: Heard) -> None:
        """Tell of it, and of work that stands still where the screen has no line for that."""
        self._tell(message.views)
        if self.screen_stack and isinstance(self.screen, Page):
            words = short_warning(message.views, is_watched=message.is_watched)
            self.screen.warn(Text() if self.screen.SAYS_WHO_WORKS else words)

    @on(Home.Read)
    def on_home_looked(self, message: Home.Read) -> None:
        """Hear what home has seen."""
        self._tell(message.views)

    def _tell(self, views: list[View]) -> None:
        """Ring, and say in the terminal's title what is going on."""
        if not self.screen_stack:
            # The wizard is being left.
            return
        for view in newly_ended(self._conditions, views):
            self._ended = view
            self.bell()
            self.screen.post_message(messages.ProjectEnded(view.path))
            self.send(notice_sequence(said_of(view)))
        self._conditions = conditions_of(views)
        if any(view.condition is Condition.RUNNING for view in views):
            self._ended = None
        if (title := title_of(views, self._ended)) != self._title:
            self._title = title
            self.send(title_sequence(title))

    @work(thread=True, exclusive=True, group="daemon", exit_on_error=False)
    def action_start_work(self) -> None:
        """Have projects carried on in the background. Runs in a worker."""
        self.services.daemon.start()
        self.call_from_thread(self.notify, "Work goes on in the background. You may log out at any time.")

    def send(self, sequence: str) -> None:
        """Write to the terminal what is no part of the screen."""
        if sequence and self._driver is not None:
            self._driver.write(sequence)

    def commands_of(self, screen: Screen[object]) -> Iterator[SystemCommand]:
        """Yield whatever can be done in a screen now, with the key that does the same."""
        for active in actions_in(screen.active_bindings):
            binding = active.binding
            if active.node is not self and not binding.action.startswith("app."):
                key = binding.key_display or self.get_key_display(binding)
                act = partial(self.run_action, binding.action, active.node)
                yield SystemCommand(binding.tooltip or binding.description, f"key {key}", act)

    @on(messages.ShowHome)
    async def show_home(self) -> None:
        """Show home: what was in view is over."""
        while len(self.screen_stack) > 2:
            await self.pop_screen()

    @on(messages.OpenResult)
    def on_open_result(self, message: messages.OpenResult) -> None:
        """Show what came out, in place of the progress."""
        self.switch_screen(screen("result:ResultScreen")(self.services, message.path))

    @on(messages.OpenBin)
    def on_open_bin(self) -> None:
        """Show what was deleted."""
        self.push_screen(screen("bin:BinScreen")(self.services))

    @on(messages.OpenResults)
    def on_open_results(self, message: messages.OpenResults) -> None:
        """Show all results beside one another."""
        self.push_screen(screen("results:ResultsScreen")(self.services, message.path))

    @on(messages.OpenFaces)
    def on_open_faces(self, message: messages.OpenFaces) -> None:
        """Look through the faces."""
        self.push_screen(screen("faces:FacesScreen")(self.services, message.path))

    @on(messages.ChoosePerson)
    def on_choose_person(self, message: messages.ChoosePerson) -> None:
        """Let somebody say who is meant."""
        self.push_screen(screen("choose:ChooseScreen")(self.services, message))

    @on(messages.OpenConsent)
    def on_open_consent(self, message: messages.OpenConsent) -> None:
        """Show what both people agreed to."""
        self.push_screen(screen("consents:ConsentScreen")(self.services, message.path))

    @on(messages.ExplainStage)
    def on_explain_stage(self, message: messages.ExplainStage) -> None:
        """Show step by step what happens in a stage."""
        self.push_screen(screen("explain:ExplainScreen")(self.services, message.stage, message.project))

    @on(messages.ShowLog)
    def on_show_log(self, message: messages.ShowLog) -> None:
        """Show the log."""
        self.push_screen(screen("log:LogScreen")(self.services, message.path))

    @on(messages.ShowPicture)
    def on_show_picture(self, message: messages.ShowPicture) -> None:
        """Show a picture over the whole screen."""
        self.push_screen(screen("zoom:Zoom")(self.services, message))

    @on(messages.OpenPictures)
    def on_open_pictures(self, message: messages.OpenPictures) -> None:
        """Show the pictures of one person; those of the other give way."""
        show = self.switch_screen if message.is_turn else self.push_screen
        show(pictures(message.role)(self.services, message.media))
