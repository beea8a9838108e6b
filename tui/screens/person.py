"""The third question: which person, where several were seen. Passed over where there is only one."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Label

from engine.records.check import PersonSeen
from engine.role import Role
from tui.drafts.answers import Step
from tui.messages import CheckChanged
from tui.screens.question import Question
from tui.widgets.picture import Picture

_MOST = 9


class Picker(Horizontal, can_focus=True):
    """Faces side by side, one of them chosen: arrows or the number choose."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Before", show=False),
        Binding("right", "move(1)", "After", show=False),
        Binding("enter", "done", "Choose", show=False),
    ]

    class Picked(Message):
        """A person was chosen."""

        def __init__(self, role: Role, number: int) -> None:
            super().__init__()
            self.role = role
            self.number = number

    class Done(Message):
        """Enter was pressed."""

    def __init__(self, role: Role, persons: list[PersonSeen], picked: int) -> None:
        super().__init__(classes="picker")
        self._role = role
        self._persons = persons[:_MOST]
        self._picked = picked

    @property
    def role(self) -> Role:
        """Of which of the two people it is asked."""
        return self._role

    @property
    def picked(self) -> int:
        """The number of whoever is marked."""
        return self._picked

    def compose(self) -> ComposeResult:
        """Yield a card a person."""
        for seen in self._persons:
            with Vertical(classes="card"):
                yield Picture(seen.thumbnail)
                yield Label("", markup=False)

    def on_mount(self) -> None:
        """Mark the chosen one."""
        self._mark()

    def on_key(self, event: events.Key) -> None:
        """Let a number choose."""
        if event.character and event.character.isdecimal() and int(event.character) in self._numbers:
            event.stop()
            self._pick(int(event.character))

    def action_move(self, by: int) -> None:
        """Choose the one beside."""
        numbers = self._numbers
        at = numbers.index(self._picked) + by if self._picked in numbers else 0
        self._pick(numbers[max(0, min(at, len(numbers) - 1))])

    def action_done(self) -> None:
        """Go on."""
        self.post_message(self.Done())

    @property
    def _numbers(self) -> list[int]:
        """The numbers of those in view: one may be left out where somebody is gone."""
        return [seen.number for seen in self._persons]

    def _pick(self, number: int) -> None:
        self._picked = number
        self._mark()
        self.post_message(self.Picked(self._role, number))

    def _mark(self) -> None:
        for seen, card in zip(self._persons, self.query(".card"), strict=True):
            is_picked = seen.number == self._picked
            card.set_class(is_picked, "-picked")
            words = f"({'•' if is_picked else ' '}) {seen.number}   {100 * seen.share:.0f} %"
            card.query_one(Label).update(Text(words, style="bold" if is_picked else ""))
            if is_picked:
                card.scroll_visible(animate=False)


class PersonQuestion(Question):
    """Asks for one person of each side where several were seen."""

    STEP = Step.PERSON
    HEADING = "Which person?"
    WHY = "Arrows or the number choose. The share tells how often each was seen."
    HELP = """\
Several people were seen. **Who is meant** is learnt from, or replaced; everybody else stays as they are. Only that
person's agreement is needed. **Enter** goes on to the next choice; it can be changed at any time, later with **o**.
"""

    def compose_answers(self) -> ComposeResult:
        """Yield a place for the faces."""
        yield Vertical(id="pickers")

    def on_mount(self) -> None:
        """Show whoever was seen."""
        super().on_mount()
        self.call_after_refresh(self._fill)

    @on(CheckChanged)
    async def on_check_changed(self, message: CheckChanged) -> None:
        """Show whoever was seen; where it turns out to be one person each, there is nothing to ask."""
        if any(self.draft.checks.of(role).report for role in Role) and not self.draft.checks.must_choose():
            self.go_on()
        elif not self.draft.checks.of(message.role).is_running:
            await self._fill()

    @on(Picker.Picked)
    def on_picked(self, message: Picker.Picked) -> None:
        """Keep the choice."""
        self.draft.give(**{f"{message.role}_person": message.number})

    @on(Picker.Done)
    def on_done(self) -> None:
        """Go on to the next thing to choose, or to the next question."""
        self.focus_next()

    def action_next(self) -> None:
        """Keep whoever is marked, and go on."""
        for picker in self.query(Picker):
            self.draft.give(**{f"{picker.role}_person": picker.picked})
        super().action_next()

    async def _fill(self) -> None:
        box = self.query_one("#pickers")
        await box.remove_children()
        for role in Role:
            check = self.draft.checks.of(role)
            if check.persons > 1 and check.report is not None:
                picked = self.draft.answers.person_of(role) or 1
                picker = Picker(role, check.report.persons, picked)
                await box.mount(Label(f"Who is {role.person}?", markup=False, classes="part"), picker)
            elif check.is_running:
                words = f"Still looking at {role.person} … you may go on: whoever is seen most and largest is taken."
                await box.mount(Label(words, markup=False, classes="still-looking"))
        box.set_class(len(self.query(Picker)) == 1, "-one")
        if pickers := self.query(Picker):
            pickers.first().focus()
        else:
            self.query_one("#next").focus()
