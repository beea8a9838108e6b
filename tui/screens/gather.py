"""Get pictures of a person from outside, without leaving the questions."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Label, Static

from engine.errors import UnderstudioError
from engine.project.stage import Outcome
from engine.records.check import PersonSeen
from engine.records.gather_request import GatherProgress, GatherReport, GatherRequest
from engine.records.gather_text import CONSENT, LINK_RIGHTS, RIGHTS, refusal_words
from engine.role import Role
from engine.text import counted, duration
from tui.background import TellsFailures
from tui.drafts.gather_answers import GatherAnswers, GatherFrom, InvalidAnswer
from tui.format import bar
from tui.screens.browser import Browser
from tui.screens.person import Picker
from tui.services import Services
from tui.theme import BAD
from tui.widgets.gather_form import GatherForm

_REASONS = 4


class GatherScreen(TellsFailures, ModalScreen[Path | None]):
    """Returns the folder of the pictures that were gathered; None where there are none."""

    HELP = """\
Pictures are looked for where you say, and those of one person are kept; each is looked at on this machine. **Escape**
stops, and what was found until then stays. **F4** asks more: photos that show whose face it is, and which licences.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Stop, or back"),
        Binding("question_mark,f1", "app.help", "Help", key_display="F1"),
        Binding("ctrl+n", "begin", "Gather"),
        Binding("f2", "browse", "Browse"),
        Binding("f4", "more", "More"),
    ]

    class Told(Message):
        """It got further."""

        def __init__(self, progress: GatherProgress) -> None:
            super().__init__()
            self.progress = progress

    def __init__(self, services: Services, role: Role, into: Path) -> None:
        """Make the screen.

        Args:
            services: Has the one who gathers.
            role: Whose pictures.
            into: The folder that gets them, in `source/` or `target/`.
        """
        super().__init__()
        self._services = services
        self._role = role
        self._into = into
        self._stop: asyncio.Event | None = None
        self._report: GatherReport | None = None
        self._request: GatherRequest | None = None
        """What the report is about."""

    def compose(self) -> ComposeResult:
        """Yield what is asked, what happens, and the faces found."""
        with Vertical(classes="dialog", id="gather") as dialog:
            dialog.border_title = f"Gather pictures of {self._role.person}"
            yield GatherForm(id="gather-asked")
            with VerticalScroll(id="gather-found", can_focus=False):
                yield Static(Text(CONSENT, "dim"), id="gather-words", markup=False)
                yield Vertical(id="gather-persons")
            with Horizontal(classes="dialog-buttons"):
                yield Button("Back", id="leave", compact=True)
                yield Button("More F4", id="more", compact=True)
                yield Button("Gather", id="begin", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Begin with the name."""
        self._form.begin()

    @on(GatherForm.Given)
    def on_given(self, event: GatherForm.Given) -> None:
        """Say what holds of the rights to pictures from this source; go to the button once all was given."""
        event.stop()
        if event.is_source:
            rights = _rights(event.source)
            self._say(Text.assemble(rights, "\n" if rights else "", (CONSENT, "dim")))
        else:
            self.query_one("#begin").focus()

    @on(Button.Pressed, "#leave")
    def on_leave(self) -> None:
        """Stop, or go back."""
        self.action_leave()

    @on(Button.Pressed, "#begin")
    def on_begin(self) -> None:
        """Gather; once there is something, take it."""
        self.action_begin()

    def action_leave(self) -> None:
        """Ask a gathering to stop; where none is under way, go back with what there is."""
        if self._stop is not None:
            self._stop.set()
            self._say(Text("Stopping …"))
        else:
            self._finish()

    def action_begin(self) -> None:
        """Gather what is asked for, or take what was gathered."""
        if self._stop is not None:
            return
        if self._report is None or self._request is None:
            self._ask(self._form.asked)
        elif self._report.is_confirmed:
            self._finish()
        else:
            # From here on others may be seen more often without taking this one's place.
            self._gather(self._request.model_copy(update={"person_seen": _kept(self._report)}), is_last=True)

    @on(Button.Pressed, "#more")
    def action_more(self) -> None:
        """Show the rest of what can be asked, or fold it away."""
        if self._form.display:
            self._form.unfold()
            self._name_more()

    @work
    async def action_browse(self) -> None:
        """Choose the video, or photos that show the person, from a list of files."""
        field = self._form.browsed
        if field is not None:
            chosen = await self.app.push_screen_wait(Browser(self._services, "Choose for the gathering"))
            field.value = shlex.join(map(str, chosen)) or field.value

    @work(exclusive=True, group="ask", exit_on_error=False)
    async def _ask(self, asked: GatherAnswers) -> None:
        """Look at what was typed, and gather, or say what is wrong with it."""
        try:
            request = await asyncio.to_thread(asked.request, self._into, self._role)
        except InvalidAnswer as missing:
            self._form.complain(missing)
            self._name_more()
        else:
            self._gather(request)

    @on(Picker.Picked)
    def on_person(self, message: Picker.Picked) -> None:
        """Keep another one of the persons seen: nothing is fetched for it."""
        message.stop()
        if self._request is not None and self._stop is None:
            self._gather(self._request.model_copy(update={"person_seen": message.number}))

    @on(Picker.Done)
    def on_person_done(self, message: Picker.Done) -> None:
        """Take what is there."""
        message.stop()
        self.query_one("#begin").focus()

    @work(exclusive=True, group="gather", exit_on_error=False)
    async def _gather(self, request: GatherRequest, *, is_last: bool = False) -> None:
        """Gather in a child process; the screen stays alive meanwhile.

        Args:
            request: What to gather.
            is_last: Take what there is then, and go.
        """
        self._stop, self._request = asyncio.Event(), request
        self.query_one("#begin", Button).disabled = True
        self.query_one("#leave", Button).label = "Stop"
        self._say(Text("Looking for pictures …" if request.person_seen is None else "Keeping this person's pictures …"))
        try:
            self._report = await self._services.gatherer.gather(request, self._tell, self._stop)
            if is_last and self._report.outcome is Outcome.DONE:
                self._finish()
            else:
                await self._show(self._report)
        except UnderstudioError as error:
            self._say(Text(f"! {error.title} {error.hint}", BAD))
        finally:
            self._stop = None
            self.query_one("#begin", Button).disabled = False
            self.query_one("#leave", Button).label = "Back"

    def _tell(self, progress: GatherProgress) -> None:
        self.post_message(self.Told(progress))

    @on(Told)
    def on_told(self, message: Told) -> None:
        """Show how far it is."""
        message.stop()
        if self._stop is not None and not self._stop.is_set():
            self._say(_progress_words(message.progress))

    async def _show(self, report: GatherReport) -> None:
        """Show what came of it, and whom, where several were seen."""
        self._say(_result_words(report))
        button, box = self.query_one("#begin", Button), self.query_one("#gather-persons")
        button.label = "Take them" if report.kept else "Gather"
        button.refresh(layout=True)
        self._form.display = self.query_one("#more").display = not report.kept
        await box.remove_children()
        if not report.kept:
            self._report = None
        else:
            picker = Picker(self._role, _as_seen(report), _kept(report))
            asked = "Who is it?" if len(report.persons) > 1 else "Is it the right person?"
            await box.mount(Label(asked, markup=False, classes="part"), picker)
            picker.focus()

    def _name_more(self) -> None:
        self.query_one("#more", Button).label = "Less F4" if self._form.has_more else "More F4"

    @property
    def _form(self) -> GatherForm:
        return self.query_one(GatherForm)

    def _say(self, words: Text) -> None:
        self.query_one("#gather-words", Static).update(words)

    def _finish(self) -> None:
        self.dismiss(self._report.folder if self._report is not None else None)


def _progress_words(progress: GatherProgress) -> Text:
    words = f"{bar(progress.kept / progress.wanted, 30)}  {progress.kept} of {progress.wanted}"
    if progress.eta_seconds:
        words += f", {duration(progress.eta_seconds)} left"
    doing = f", {progress.message}" if progress.message else ""
    lines = [words, f"{progress.looked_at} looked at{doing}."]
    if progress.refused:
        lines.append(f"Left out: {refusal_words(progress.refused, _REASONS)}.")
    return Text("\n".join(lines))


def _result_words(report: GatherReport) -> Text:
    lines = [f"{counted(report.kept, 'picture')} of one person; {report.looked_at} were looked at."]
    if report.refused:
        lines.append(f"Left out: {refusal_words(report.refused, _REASONS)}.")
    return Text.assemble("\n".join([*lines, *report.remarks]), "\n", (CONSENT, "dim"))


def _kept(report: GatherReport) -> int:
    return next((person.number for person in report.persons if person.is_kept), 1)


def _as_seen(report: GatherReport) -> list[PersonSeen]:
    whole = max(1, sum(person.pictures for person in report.persons))
    return [
        PersonSeen(
            number=person.number,
            share=person.pictures / whole,
            weight=person.pictures / whole,
            faces=person.pictures,
            thumbnail=person.thumbnail,
        )
        for person in report.persons
    ]


def _rights(source: GatherFrom) -> str:
    """Return what to say of the rights to pictures from there; nothing where their licences are known."""
    match source:
        case GatherFrom.DUCKDUCKGO | GatherFrom.BING:
            return RIGHTS
        case GatherFrom.LINKS:
            return LINK_RIGHTS
        case GatherFrom.OPEN | GatherFrom.VIDEO:
            return ""
