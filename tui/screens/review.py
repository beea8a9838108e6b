"""The last question: is everything right? All answers on one page, each a key away from being changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Label

from engine.role import Role
from engine.text import counted, duration, printable
from tui.drafts.answers import Answers, ConsentAnswers, Step
from tui.drafts.validation import Problem, folder_name, problems_of, suggested_name, training_minutes
from tui.format import clock, fit, short_path
from tui.messages import CheckChanged, GoTo, PaceChanged, StartProject
from tui.screens.consent import BASES
from tui.screens.question import Question
from tui.services import Draft
from tui.theme import BAD
from tui.widgets.field import Field
from tui.widgets.rows import Rows


@dataclass(frozen=True)
class Answered:
    """One line of the review."""

    step: Step
    label: str
    words: str
    problem: str = ""


class Review(Question):
    """Shows everything and starts."""

    STEP = Step.REVIEW
    HEADING = "Is everything right?"
    WHY = "Enter on a line changes it. Your own files are never touched."
    NEXT = "Start"

    def compose_answers(self) -> ComposeResult:
        """Yield the name and a line for each answer."""
        answers = self.draft.answers
        yield Field("Name", answers.name or suggested_name(answers), id="name")
        yield Label("", id="place", markup=False)
        yield Rows[Answered](self._line, id="answers")

    def on_mount(self) -> None:
        """List the answers; the cursor waits on Start where nothing is missing."""
        super().on_mount()
        problems = problems_of(self.draft.answers, self.services.clock())
        rows: Rows[Answered] = self.query_one(Rows)
        lines = self._lines(problems)
        rows.show(lines, next((index for index, line in enumerate(lines) if line.problem), 0))
        rows.styles.height = len(lines)
        self.query_one("#answers" if problems else "#next").focus()
        self._show_place()

    @on(PaceChanged)
    @on(CheckChanged)
    def on_more_known(self) -> None:
        """Show better times."""
        self.query_one(Rows).show(self._lines(problems_of(self.draft.answers, self.services.clock())))

    def _lines(self, problems: tuple[Problem, ...]) -> list[Answered]:
        return _answered(self.draft.answers, problems, _quality(self.draft, self.services.clock()))

    @on(Field.Given, "#name")
    def on_name(self, event: Field.Given) -> None:
        """Keep the name."""
        self.draft.give(name=event.value)
        self._show_place()

    @on(Rows.Chosen, "#answers")
    def on_line(self) -> None:
        """Go back to one answer."""
        line: Answered | None = self.query_one(Rows).current
        if line is not None:
            self.post_message(GoTo(line.step))

    def action_next(self) -> None:
        """Start, or go to what is missing."""
        problems = problems_of(self.draft.answers, self.services.clock())
        elsewhere = [problem for problem in problems if problem.step is not Step.REVIEW]
        if elsewhere:
            self.post_message(GoTo(elsewhere[0].step))
        elif problems:
            self.complain("name", problems[0].words)
            self.query_one("#name").focus()
        else:
            self.post_message(StartProject())

    def _show_place(self) -> None:
        answers = self.draft.answers
        place = answers.folder or self.services.workspace / folder_name(answers.name or suggested_name(answers))
        self.query_one("#place", Label).update(fit(f"in {short_path(place)}", self.app.size.width - 31).rstrip())

    def _line(self, line: Answered, width: int) -> Text:
        words = (f"! {line.problem}", BAD) if line.problem else (printable(line.words), "")
        return Text.assemble((line.label.ljust(26), "dim"), (fit(words[0], max(10, width - 26)), words[1]))


def _answered(answers: Answers, problems: tuple[Problem, ...], quality: str) -> list[Answered]:
    missing = {problem.step: problem.words for problem in reversed(problems)}
    lines = [
        Answered(Step.SOURCE, "Who will appear", _sources(answers)),
        Answered(Step.TARGET, "Video to change", _target(answers)),
        Answered(Step.CONSENT_SOURCE, "Consent, who appears", _consent(answers.consent_source)),
        Answered(Step.CONSENT_TARGET, "Consent, who is replaced", _consent(answers.consent_target)),
        Answered(Step.QUALITY, "Quality and time", quality),
    ]
    if answers.source_person or answers.target_person:
        chosen = [f"{role}: person {answers.person_of(role)}" for role in Role if answers.person_of(role)]
        lines.insert(2, Answered(Step.PERSON, "Which person", ", ".join(chosen)))
    return [Answered(line.step, line.label, line.words, missing.get(line.step, "")) for line in lines]


def _target(answers: Answers) -> str:
    if answers.target is None:
        return ""
    more = len(answers.target_pictures)
    also = f" and {counted(more, 'photo or folder', 'photos or folders')}" if more else ""
    return short_path(answers.target) + also


def _sources(answers: Answers) -> str:
    first = answers.sources[0].name if answers.sources else ""
    return first if len(answers.sources) < 2 else f"{first} and {counted(len(answers.sources) - 1, 'other')}"


def _consent(consent: ConsentAnswers) -> str:
    labels = [choice.label for choice in BASES if choice.value == consent.basis]
    return f"{labels[0] if labels else ''}: {consent.note}"


def _quality(draft: Draft, now: dt.datetime) -> str:
    answers, timing = draft.answers, draft.timing
    minutes = training_minutes(answers, now, timing)
    if answers.finish_by.strip():
        return (
            f"{answers.preset}, as good as can be by {answers.finish_by.strip()}: {duration(60 * minutes)} of training"
        )
    ready = now + dt.timedelta(minutes=minutes + timing.around_minutes)
    return f"{answers.preset}, {duration(60 * minutes)} of training, ready about {clock(ready, now)}"
