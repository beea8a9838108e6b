"""The last question: is everything right? All answers on one page, each a key away from being changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Label

from engine.role import Role
from engine.text import counted, duration, printable
from tui.drafts.again import begun_from
from tui.drafts.answers import Answers, ConsentAnswers, Step
from tui.drafts.creation import free_name
from tui.drafts.validation import Problem, expected_minutes, folder_name, suggested_name
from tui.format import fit, moment, short_path
from tui.messages import CheckChanged, GoTo, PaceChanged, StartProject
from tui.projects.consent_text import basis_label
from tui.screens.confirm import Confirm
from tui.screens.question import Question
from tui.services import Draft, Services
from tui.theme import BAD
from tui.widgets.field import Field
from tui.widgets.rows import Rows


@dataclass(frozen=True)
class Answered:
    """One line of the review."""

    step: Step
    label: str
    words: str
    problem: Problem | None = None
    """What is missing or wrong."""


class Review(Question):
    """Shows everything and starts."""

    STEP = Step.REVIEW
    HEADING = "Is everything right?"
    WHY = "Enter on a line changes it. Your own files are never touched."
    NEXT = "Start"
    HELP = """\
**Red lines** are wrong, or would fail: **Enter** on one goes to its question. What has to be mended first keeps the
project from starting; of the rest, Start asks once.

After **Start** your files are linked or copied into the project's folder, and the work goes on in the background,
also when you log out. The **name** names the folder, and can be any that no other project has;
one that is made up is free.
"""

    @dataclass
    class NameSeen(Message):
        """It was looked whether a project has the name already."""

        wanted: str
        free: str
        """The same where no project has it."""

    def __init__(self, services: Services, draft: Draft) -> None:
        super().__init__(services, draft)
        self._made_up = suggested_name(draft.answers)

    def compose_answers(self) -> ComposeResult:
        """Yield the name, a line for each answer, and what is wrong with the one under the cursor."""
        answers = self.draft.answers
        yield Field("Name", answers.name or self._made_up, id="name")
        yield Label("", id="place", markup=False)
        yield Rows[Answered](self._line, id="answers")
        yield Label("", id="answer-note", markup=False)

    def on_mount(self) -> None:
        """List the answers; where nothing is wrong, the focus waits on Start."""
        super().on_mount()
        self._list()
        self.query_one("#answers" if self._point_at_wrong() else "#next").focus()
        self._show_place()
        self._look_at_name()

    @on(PaceChanged)
    @on(CheckChanged)
    def on_more_known(self) -> None:
        """Show better times, and what the looks found meanwhile; a cursor that somebody moves stays where it is."""
        self._list()
        if not self.query_one("#answers").has_focus:
            self._point_at_wrong()

    def _point_at_wrong(self) -> bool:
        """Set the cursor on the first line that is wrong, if there is one, so that its note is read."""
        rows: Rows[Answered] = self.query_one(Rows)
        wrong = [at for at, line in enumerate(rows.items) if line.problem and not line.problem.is_of_the_moment]
        if wrong:
            rows.cursor = wrong[0]
        return bool(wrong)

    def _list(self) -> None:
        """Show the answers as they are now."""
        now = self.services.clock()
        lines = _answered(self.draft, (*self.draft.problems(now), *self.draft.doubts(now)), now)
        rows: Rows[Answered] = self.query_one(Rows)
        rows.styles.height = len(lines)
        rows.show(lines)
        self._show_note()

    @on(Rows.Highlighted, "#answers")
    def on_line_seen(self) -> None:
        """Say all that is wrong with the line under the cursor."""
        self._show_note()

    def _show_note(self) -> None:
        line: Answered | None = self.query_one(Rows).current
        note = self.query_one("#answer-note", Label)
        note.update(f"{line.problem.whole} Enter goes there." if line and line.problem else "")

    @on(Field.Given, "#name")
    def on_name(self, event: Field.Given) -> None:
        """Keep the name; one that was made up gives way to another where the answers change."""
        self.draft.give(name="" if event.value == self._made_up else event.value)
        self._show_place()
        self._look_at_name()

    @work(thread=True, exclusive=True, group="name", exit_on_error=False)
    def _look_at_name(self) -> None:
        """Find out which name is free. Runs in a worker."""
        wanted = self._named
        if self.draft.answers.folder is None:
            self.post_message(self.NameSeen(wanted, free_name(self.services.workspace, wanted)))

    @on(NameSeen)
    def on_name_seen(self, message: NameSeen) -> None:
        """Make up another name where the one that was made up is taken; of one that was typed, say so."""
        if message.free == message.wanted or message.wanted != self._named:
            return
        if self.draft.answers.name:
            self.complain("name", f"There is a project of that name already; {message.free} is free.")
        else:
            self._made_up = message.free
            self.query_one("#name", Field).value = message.free

    @property
    def _named(self) -> str:
        """The name that was typed, else the one that was made up."""
        return self.draft.answers.name.strip() or self._made_up

    @on(Rows.Chosen, "#answers")
    def on_line(self) -> None:
        """Go back to one answer."""
        line: Answered | None = self.query_one(Rows).current
        if line is not None:
            self.post_message(GoTo(line.step))

    def action_next(self) -> None:
        """Start, or go to what is missing; of what would most likely fail, ask first."""
        now = self.services.clock()
        problems, doubts = self.draft.problems(now), self.draft.doubts(now)
        elsewhere = [problem for problem in problems if problem.step is not Step.REVIEW]
        if elsewhere:
            self.post_message(GoTo(elsewhere[0].step))
        elif problems:
            self.complain("name", problems[0].words)
            self.query_one("#name").focus()
        elif doubts:
            self._ask(doubts)
        else:
            self.post_message(StartProject())

    @work(exclusive=True, group="doubts")
    async def _ask(self, doubts: tuple[Problem, ...]) -> None:
        said = "\n".join(f"· {doubt.whole}" for doubt in doubts)
        words = f"{said}\n\nStarted like this, the project will most likely stop there. Nothing would be lost."
        if all(doubt.is_of_the_moment for doubt in doubts):
            words = f"{said}\n\nThe look takes a few seconds more."
        if await self.app.push_screen_wait(Confirm("Start all the same?", words, yes="Start", no="No, go back")):
            self.post_message(StartProject())

    def _show_place(self) -> None:
        answers = self.draft.answers
        place = answers.folder or self.services.workspace / folder_name(self._named)
        self.query_one("#place", Label).update(fit(f"in {short_path(place)}", self.app.size.width - 31).rstrip())

    def _line(self, line: Answered, width: int) -> Text:
        words = (f"! {line.problem.words}", BAD) if line.problem else (line.words, "")
        return Text.assemble((line.label.ljust(26), "dim"), (fit(printable(words[0]), max(10, width - 26)), words[1]))


def _answered(draft: Draft, problems: tuple[Problem, ...], now: dt.datetime) -> list[Answered]:
    answers = draft.answers
    wrong = {problem.step: problem for problem in reversed(problems)}
    lines = [
        Answered(Step.SOURCE, "Who will appear", _sources(answers)),
        Answered(Step.TARGET, "Video to change", _target(answers)),
        Answered(Step.CONSENT_SOURCE, "Consent, who appears", _consent(answers.consent_source)),
        Answered(Step.CONSENT_TARGET, "Consent, who is replaced", _consent(answers.consent_target)),
        Answered(Step.QUALITY, "Quality and time", _quality(draft, now, is_known_to_fail=_will_fail(problems))),
    ]
    if answers.source_person or answers.target_person or Step.PERSON in wrong:
        chosen = [f"{role}: person {answers.person_of(role)}" for role in Role if answers.person_of(role)]
        lines.insert(2, Answered(Step.PERSON, "Which person", ", ".join(chosen)))
    if (earlier := begun_from(answers)) is not None:
        lines.insert(1, Answered(Step.SOURCE, "Begins with", _begins_with(answers, earlier.path.name)))
    return [replace(line, problem=wrong.get(line.step)) for line in lines]


def _begins_with(answers: Answers, earlier: str) -> str:
    model = answers.train.preset
    if answers.preset is model:
        return f"faces and model of {earlier}"
    return f"faces of {earlier}; its model is of {model}, so training begins anew"


def _will_fail(problems: tuple[Problem, ...]) -> bool:
    return any(not problem.is_of_the_moment for problem in problems)


def _target(answers: Answers) -> str:
    if answers.target is None:
        return ""
    more = len(answers.target_pictures)
    also = f" and {counted(more, 'photo or folder', 'photos or folders')}" if more else ""
    return short_path(answers.target) + also


def _sources(answers: Answers) -> str:
    first = answers.sources[0].name if answers.sources else ""
    if (earlier := begun_from(answers)) is not None and answers.sources[0] == earlier.source:
        # Its folder of pictures is called as that of every project.
        first = f"the person who appears in {earlier.path.name}"
    return first if len(answers.sources) < 2 else f"{first} and {counted(len(answers.sources) - 1, 'other')}"


def _consent(consent: ConsentAnswers) -> str:
    return f"{basis_label(consent.basis)}: {consent.note}"


def _quality(draft: Draft, now: dt.datetime, *, is_known_to_fail: bool) -> str:
    answers, timing = draft.answers, draft.timing
    minutes = expected_minutes(answers, now, timing)
    if answers.finish_by.strip():
        return (
            f"{answers.preset}, as good as can be by {answers.finish_by.strip()}: {duration(60 * minutes)} of training"
        )
    if is_known_to_fail:
        # A time at which nothing will be ready would only mislead.
        return f"{answers.preset}, {duration(60 * minutes)} of training"
    ready = now + dt.timedelta(minutes=minutes + timing.around_minutes)
    return f"{answers.preset}, {duration(60 * minutes)} of training, ready about {moment(ready, now)}"
