"""What the questions share: the steps at the top, Back and Next at the bottom, and that each answer is kept."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Label, Static

from tui.drafts.answers import Step
from tui.messages import CheckChanged, GoTo, LeaveDraft
from tui.screens.page import Page
from tui.services import Draft, Services
from tui.theme import BAD
from tui.widgets.choices import Choices
from tui.widgets.field import Field


class Steps(Static):
    """Where one is among the questions; a click goes to another."""

    auto_links = False

    def __init__(self, step: Step) -> None:
        super().__init__(id="steps")
        self._step = step
        self._doubtful: Collection[str] = ()

    def show(self, doubtful: Collection[str]) -> None:
        """Mark questions whose answers cannot be used, or would fail; by their headings."""
        if doubtful != self._doubtful:
            self._doubtful = doubtful
            self.refresh()

    def render(self) -> Text:
        """Return the names of the questions, the present one marked."""
        steps = {step.heading: step for step in reversed(Step)}
        names = list(reversed(steps))
        here = names.index(self._step.heading)
        line = Text(no_wrap=True)
        for index, name in enumerate(names):
            is_doubtful = index < here and name in self._doubtful
            mark = "!" if is_doubtful else "✓" if index < here else str(index + 1)
            style = "bold reverse" if index == here else BAD if is_doubtful else "" if index < here else "dim"
            clicked = Style(meta={"@click": f"screen.go_to('{steps[name]}')"})
            line.append(f" {mark} {name} ", Style.parse(style) + clicked)
        return line


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


class Question(Page):
    """One question on a screen of its own."""

    STEP: ClassVar[Step]
    HEADING: ClassVar[str]
    WHY: ClassVar[str]
    NEXT: ClassVar[str] = "Next"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("ctrl+n", "next", "Next"),
        # In an input, ? is a letter.
        Binding("question_mark,f1", "app.help", "Help", key_display="F1"),
    ]

    def __init__(self, services: Services, draft: Draft) -> None:
        super().__init__(services)
        self.draft = draft

    def compose_body(self) -> ComposeResult:
        """Put the answers between the heading and the buttons."""
        yield Steps(self.STEP)
        with VerticalScroll(id="question", can_focus=False):
            yield Label(self.HEADING, id="heading", markup=False)
            yield Label(self.WHY, id="why", markup=False)
            yield from self.compose_answers()
        with Horizontal(id="buttons"):
            yield Button("‹ Back", id="back", compact=True)
            yield Button(f"{self.NEXT} ›", id="next", variant="primary", compact=True)

    def compose_answers(self) -> ComposeResult:
        """Yield the inputs of this question."""
        yield from ()

    def on_mount(self) -> None:
        """Remember that this is where the person is."""
        self.top.say(self.draft.answers.name or "New project")
        self.draft.give(step=self.STEP)
        self.mark_steps()

    @on(CheckChanged)
    def mark_steps(self) -> None:
        """Mark the questions that have to be answered otherwise."""
        now = self.services.clock()
        wrong = (*self.draft.problems(now), *self.draft.doubts(now))
        self.query_one(Steps).show({each.step.heading for each in wrong if not each.is_of_the_moment})

    def steps(self) -> list[Step]:
        """Return the questions that are asked of this draft."""
        return [step for step in Step if self._is_asked(step)]

    def _is_asked(self, step: Step) -> bool:
        if step is Step.PERSON:
            return self.draft.checks.must_choose()
        if step is Step.CONSENT_SOURCE and self.draft.answers.earlier is not None:
            # It was given before; the review leads to it.
            return any(each.step is step for each in self.draft.problems(self.services.clock()))
        return True

    @on(Button.Pressed, "#next")
    def on_next_pressed(self) -> None:
        """Go on."""
        self.action_next()

    @on(Button.Pressed, "#back")
    def on_back_pressed(self) -> None:
        """Go back."""
        self.action_back()

    def action_next(self) -> None:
        """Go on, or say what is missing."""
        problems = [each for each in self.draft.problems(self.services.clock()) if each.step is self.STEP]
        for problem in problems:
            self.complain(problem.field, _sentence(problem.words))
        if problems:
            self.query_one(f"#{problems[0].field}").focus()
            return
        self.go_on()

    def go_on(self) -> None:
        """Show the next question."""
        steps = [*self.steps(), Step.REVIEW]
        later = [step for step in steps if list(Step).index(step) > list(Step).index(self.STEP)]
        self.post_message(GoTo(later[0] if later else Step.REVIEW))

    def action_go_to(self, step: str) -> None:
        """Show the question whose name was clicked at the top, or the next one that is asked."""
        asked = [*self.steps(), Step.REVIEW]
        later = [each for each in asked if list(Step).index(each) >= list(Step).index(Step(step))]
        self.post_message(GoTo(later[0]))

    def action_back(self) -> None:
        """Show the question before, or home."""
        before = [step for step in self.steps() if list(Step).index(step) < list(Step).index(self.STEP)]
        self.post_message(GoTo(before[-1]) if before else LeaveDraft())

    def complain(self, field: str, words: str) -> None:
        """Show what is wrong beside its input."""
        self.query_one(f"#{field}", Field).complain(words)

    @on(Field.Submitted)
    def on_enter_in_field(self, event: Field.Submitted) -> None:
        """Go to the next input, and from the last one to the next question's button."""
        event.stop()
        self.focus_next()

    @on(Choices.Picked)
    def on_enter_in_choices(self, event: Choices.Picked) -> None:
        """Go to the next input once something was chosen with Enter."""
        if event.is_final:
            self.focus_next()
