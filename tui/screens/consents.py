"""What both people of a project agreed to: seen, mended and withdrawn at any time."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from engine.errors import ConsentMissing
from engine.project.change_consent import record_consent, withdraw_consent
from engine.project.folder import ProjectFolder
from engine.project.forget import Doomed, doomed
from engine.project.settings import Consent, Project
from engine.role import Role
from engine.text import printable
from tui.drafts.answers import ConsentAnswers
from tui.drafts.consent import evidence_file, from_consent, to_consent
from tui.messages import ShowHome
from tui.projects.consent_text import OUT_OF_REACH, consent_facts, consent_problem
from tui.projects.deleting import delete, in_words, wait_until_still
from tui.screens.confirm import Confirm
from tui.screens.mend_consent import MendConsent
from tui.screens.page import Page
from tui.services import Services
from tui.theme import BAD, GOOD
from tui.widgets.rows import Rows

_LABEL_COLUMNS = 20
_WITHDRAWN = (
    "Nothing of this project runs. d deletes what was made from their face. Do they agree again? Enter records it."
)
_MADE_AGAIN = "The video is made again, without training: its signed record names what was agreed."


class _People(Rows[Role]):
    """The two people; Enter changes what is recorded of one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "Change")]


class ConsentScreen(Page):
    """Shows what is recorded of both people's consent."""

    HELP = """\
What each of the two people agreed to, and whether it holds. **Enter** changes it: a new date, another purpose, better
evidence. What is changed goes into the project's own record and nowhere else.

**x** records that a person takes their consent back. From then on nothing of this project runs any more: what is at
work stops at its next safe point. Nothing is deleted by that alone; what there still is, is listed and can be deleted:
**d** what was made from the faces, the video included, **D** your own photos, videos and settings as well.

Where they agree again later, **Enter** records that anew.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "withdraw", "Withdraw", tooltip="They take it back: nothing runs any more"),
        Binding("d", "delete", "Delete", tooltip="Delete all that was made from the faces"),
        Binding("D", "delete_all", "Delete all", tooltip="Delete that, and your own photos, videos and settings"),
        Binding("escape", "app.pop_screen", "Back"),
    ]

    class Read(Message):
        """The record was read."""

        def __init__(
            self, project: Project, problems: Mapping[Role, ConsentMissing], left: tuple[Doomed, ...], has_video: bool
        ) -> None:
            super().__init__()
            self.project = project
            self.problems = problems
            self.left = left
            self.has_video = has_video

    def __init__(self, services: Services, path: Path) -> None:
        super().__init__(services)
        self.folder = ProjectFolder(path)
        self._read: ConsentScreen.Read | None = None

    def compose_body(self) -> ComposeResult:
        """Yield a line a person, and what is recorded of the one under the cursor."""
        yield _People(self._line, id="people")
        with VerticalScroll(id="consent-record", can_focus=False):
            yield Static(id="consent-words", markup=False)
            yield Static(id="consent-left", markup=False)

    def on_mount(self) -> None:
        """Read the record."""
        self.top.say(f"{self.folder.path.name} · consent")
        rows: Rows[Role] = self.query_one(Rows)
        rows.styles.height = len(Role)
        rows.focus()
        self.look()

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def look(self) -> None:
        """Read the record, and of one that was withdrawn what there still is. Runs in a worker."""
        project, today = self.folder.load(), self.services.clock().date()
        problems = {role: problem for role in Role if (problem := consent_problem(role, project, self.folder, today))}
        left = doomed(self.folder) if project.consent.withdrawn else ()
        self.post_message(self.Read(project, problems, left, self.folder.report_json.exists()))

    @on(Read)
    def on_read(self, message: Read) -> None:
        """Show it."""
        rows: Rows[Role] = self.query_one(Rows)
        first = None if self._read is not None else self._first_of_those_with(message.problems)
        self._read = message
        self.top.say(f"{message.project.name} · consent")
        rows.show(tuple(Role), first)
        self._show()

    def _first_of_those_with(self, problems: Mapping[Role, ConsentMissing]) -> int:
        return next((index for index, role in enumerate(Role) if role in problems), 0)

    @on(Rows.Highlighted)
    def on_other_person(self) -> None:
        """Show what is recorded of the person under the cursor."""
        self._show()

    def _show(self) -> None:
        if self._read is None or (role := self._role) is None:
            return
        words, consent = Text(), self._read.project.consent.of(role)
        if problem := self._read.problems.get(role):
            hint = _WITHDRAWN if role in self._read.project.consent.withdrawn else problem.hint
            words.append(f"{problem.title}\n", f"bold {BAD}").append(f"{hint}\n\n")
        for label, value in consent_facts(consent):
            words.append(label.ljust(_LABEL_COLUMNS), "dim").append(f"{self._beside(printable(value, longest=4000))}\n")
        self.query_one("#consent-words", Static).update(words)
        self.query_one("#consent-left", Static).update(self._left_words())
        self.refresh_bindings()

    def _beside(self, value: str) -> str:
        """Return what stands beside its label, its further lines beneath its first one."""
        room = max(_LABEL_COLUMNS, self.query_one("#consent-record").scrollable_content_region.width - _LABEL_COLUMNS)
        return f"\n{' ' * _LABEL_COLUMNS}".join(textwrap.wrap(value, room)) or value

    def _left_words(self) -> Text:
        if self._read is None or not self._read.project.consent.withdrawn:
            return Text()
        if not self._read.left:
            return Text("Nothing that was made from the faces is left. D deletes your own photos and videos as well.")
        lines = "\n".join(f"  {line}" for line in in_words(self._read.left))
        return Text.assemble(("Nothing runs any more. Still there:\n", "bold"), f"{lines}\n{OUT_OF_REACH}")

    @property
    def _role(self) -> Role | None:
        role: Role | None = self.query_one(Rows).current
        return role

    @property
    def _consent(self) -> Consent | None:
        role = self._role
        return self._read.project.consent.of(role) if self._read is not None and role is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done now."""
        read = self._read if self.is_mounted else None
        has_ended = read is not None and bool(read.project.consent.withdrawn)
        offered = {
            "withdraw": read is not None and self._consent is not None and self._consent.withdrawn_on is None,
            "delete": has_ended and read is not None and bool(read.left),
            "delete_all": has_ended,
        }
        return offered.get(action, True)

    @on(Rows.Chosen)
    @work(exclusive=True, group="talk", exit_on_error=False)
    async def on_chosen(self) -> None:
        """Ask what is recorded of this person again."""
        role, read = self._role, self._read
        if role is None or read is None:
            return
        before = from_consent(read.project.consent.of(role), self.folder)
        note = _MADE_AGAIN if read.has_video else ""
        given = await self.app.push_screen_wait(MendConsent(self.services, role, before, note))
        if given is not None and given != before:
            await asyncio.to_thread(self._record, role, given)
            self.notify("Saved. Only what depends on it is made again.")
            self.look()

    def _record(self, role: Role, given: ConsentAnswers) -> None:
        with evidence_file(given) as evidence:
            record_consent(self.folder, role, to_consent(given, self.services.clock().date()), evidence)

    @work(exclusive=True, group="talk", exit_on_error=False)
    async def action_withdraw(self) -> None:
        """Record that this person takes it back, and offer to delete what was made."""
        role = self._role
        if role is None:
            return
        words = (
            f"Then {role.person} no longer agrees, as of today. Nothing of this project runs any more: what is at work "
            "stops at its next safe point.\n\nNothing is deleted by that alone. What there is, is listed next, and "
            "can be deleted."
        )
        if await self.app.push_screen_wait(Confirm("Withdraw the consent?", words, yes="Withdraw")):
            await asyncio.to_thread(withdraw_consent, self.folder, role, self.services.clock().date())
            await self.look().wait()
            await self._delete(media_too=False)

    @work(exclusive=True, group="talk", exit_on_error=False)
    async def action_delete(self) -> None:
        """Delete what was made, after asking."""
        await self._delete(media_too=False)

    @work(exclusive=True, group="talk", exit_on_error=False)
    async def action_delete_all(self) -> None:
        """Delete what was made, and what people put in, after asking."""
        await self._delete(media_too=True)

    async def _delete(self, *, media_too: bool) -> None:
        going = await asyncio.to_thread(doomed, self.folder, media_too=media_too)
        title = "Delete the whole project?" if media_too else "Delete what was made?"
        if not going or not await self.app.push_screen_wait(Confirm(title, _words(going, media_too), yes="Delete")):
            return
        words = Text("It is deleted as soon as the stage at work has come to its safe point …", style="bold")
        self.query_one("#consent-left", Static).update(words)
        # Of the app, since it was asked for: it comes true though this screen is left.
        work = partial(self._delete_when_still, media_too=media_too)
        self.app.run_worker(work, thread=True, group="delete", exit_on_error=False)

    def _delete_when_still(self, *, media_too: bool) -> None:
        """Wait for what is at work, and delete. Runs in a worker."""
        worker, app = get_current_worker(), self.app
        wait_until_still(self.folder, lambda: not worker.is_cancelled)
        if not worker.is_cancelled:
            delete(self.folder, self.services.drafts, self.services.clock(), media_too=media_too)
            app.call_from_thread(self._say_deleted, media_too=media_too)

    def _say_deleted(self, *, media_too: bool) -> None:
        self.app.notify("It is deleted.")
        if self.is_attached and media_too:
            self.post_message(ShowHome())
        elif self.is_attached:
            self.look()

    def _line(self, role: Role, width: int) -> Text:
        said = (self._read.problems.get(role) if self._read else None) is None
        sign, style = ("✓ holds", GOOD) if said else ("! does not hold", BAD)
        return Text.assemble(role.person.capitalize().ljust(max(0, width - 16)), (sign, style if self._read else "dim"))


def _words(going: Sequence[Doomed], media_too: bool) -> str:
    lines = "\n".join(f"· {line}" for line in in_words(going))
    stays = "" if media_too else " Your own photos and videos, and this record, stay."
    return f"{lines}\n\nThis cannot be brought back.{stays} {OUT_OF_REACH}"
