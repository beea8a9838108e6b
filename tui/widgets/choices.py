"""A few things to choose one from, each with a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.widgets.rows import Rows


@dataclass(frozen=True)
class Choice:
    """One thing to choose."""

    value: str
    label: str
    sentence: str = ""


class Choices(Rows[Choice]):
    """Moves with the arrows; space chooses, Enter or the number chooses and goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pick", "Choose", show=False),
        Binding("enter", "choose", "Choose"),
    ]

    @dataclass
    class Picked(Message):
        """Something was chosen."""

        choices: Choices
        value: str
        is_final: bool
        """Whether Enter was pressed, which also goes on to the next input."""

        @property
        def control(self) -> Choices:
            """The list it happened in."""
            return self.choices

    def __init__(self, choices: Sequence[Choice], picked: str | None, *, id: str) -> None:
        super().__init__(self._line, id=id)
        self._choices = choices
        self._picked = picked

    @property
    def picked(self) -> str | None:
        """The value that is chosen."""
        return self._picked

    def offer(self, choices: Sequence[Choice]) -> None:
        """Offer the same values in other words."""
        self._choices = choices
        self.show(choices)

    def on_mount(self) -> None:
        """List the choices, the cursor on the chosen one."""
        self.styles.height = len(self._choices)
        values = [choice.value for choice in self._choices]
        self.show(self._choices, values.index(self._picked) if self._picked in values else 0)

    def on_key(self, event: events.Key) -> None:
        """Let a number choose."""
        if event.character and event.character.isdigit() and 0 < int(event.character) <= len(self._choices):
            event.stop()
            self.cursor = int(event.character) - 1
            self.action_choose()

    def action_pick(self) -> None:
        """Choose what is under the cursor."""
        self._pick(is_final=False)

    def action_choose(self) -> None:
        """Choose what is under the cursor, and go on."""
        self._pick(is_final=True)

    def _pick(self, *, is_final: bool) -> None:
        if self.current is not None:
            self._picked = self.current.value
            self.refresh()
            self.post_message(self.Picked(self, self._picked, is_final))

    def _line(self, choice: Choice, width: int) -> Text:
        mark = "(•)" if choice.value == self._picked else "( )"
        wide = max(len(each.label) for each in self._choices) + 2
        return Text.assemble(f"{mark} ", (choice.label.ljust(wide), "bold"), (choice.sentence, "dim"))
