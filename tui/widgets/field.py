"""A labelled input on one line, with what is wrong with it beneath."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Label, Static


class _Line(Input):
    """Takes the whole of a pasted text, and not its first line only."""

    def on_paste(self, event: events.Paste) -> None:
        """Put it in the place of what is selected, on one line."""
        event.prevent_default()
        event.stop()
        self.replace(" ".join(line.strip() for line in event.text.splitlines()), *self.selection)


class Field(Vertical):
    """A label, an input, and a line for its error that takes no room while there is none."""

    class Given(Message):
        """What stands in the input is another text now."""

        def __init__(self, field: Field, value: str) -> None:
            super().__init__()
            self.field = field
            self.value = value

        @property
        def control(self) -> Field:
            """The field it happened in."""
            return self.field

    class Submitted(Message):
        """Enter was pressed in the input."""

        def __init__(self, field: Field) -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> Field:
            """The field it happened in."""
            return self.field

    def __init__(self, label: str, value: str = "", *, id: str, placeholder: str = "") -> None:
        super().__init__(id=id, classes="field")
        self._label = label
        self._input = _Line(value, placeholder=placeholder, compact=True, select_on_focus=False)
        # A blinking cursor would send bytes over the line for ever.
        self._input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Yield the line and the error beneath it."""
        with Horizontal(classes="field-line"):
            yield Label(self._label, markup=False, classes="field-label")
            yield self._input
        yield Label("", markup=False, classes="field-error")

    @property
    def value(self) -> str:
        """What is typed."""
        return self._input.value

    @value.setter
    def value(self, text: str) -> None:
        self._input.value = text
        self._input.cursor_position = len(text)

    def name_it(self, label: str, placeholder: str) -> None:
        """Ask for something else in the same place."""
        self.query_one(".field-label", Label).update(label)
        self._input.placeholder = placeholder

    def complain(self, words: str) -> None:
        """Show what is wrong; empty words take it away."""
        error = self.query_one(".field-error", Label)
        error.update(words)
        error.display = bool(words)
        self.set_class(bool(words), "-wrong")

    def focus(self, scroll_visible: bool = True) -> Field:
        """Put the cursor into the input."""
        self._input.focus(scroll_visible)
        return self

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass the text on; what was wrong with it may be mended."""
        event.stop()
        self.complain("")
        self.post_message(self.Given(self, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass Enter on."""
        event.stop()
        self.post_message(self.Submitted(self))


class Tick(Static, can_focus=True):
    """A statement to agree with: `[x]` or `[ ]`. Space turns it over; Enter agrees and goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", "Agree", show=False),
        Binding("enter", "agree", "Agree", show=False),
    ]

    value: reactive[bool] = reactive(False)
    """Whether it was agreed to."""

    class Turned(Message):
        """It was agreed to, or no longer."""

        def __init__(self, tick: Tick, value: bool) -> None:
            super().__init__()
            self.tick = tick
            self.value = value

        @property
        def control(self) -> Tick:
            """The tick it happened in."""
            return self.tick

    def __init__(self, words: str, value: bool, *, id: str) -> None:
        super().__init__(id=id)
        self._words = words
        self.set_reactive(Tick.value, value)

    def render(self) -> Text:
        """Return the box and the statement."""
        return Text.assemble(("[x]" if self.value else "[ ]", "bold"), f" {self._words}")

    def action_turn(self) -> None:
        """Turn it over."""
        self.value = not self.value
        self.post_message(self.Turned(self, self.value))

    def action_agree(self) -> None:
        """Agree, and go on."""
        if not self.value:
            self.action_turn()
        self.screen.focus_next()

    def on_click(self) -> None:
        """Turn it over with the mouse."""
        self.action_turn()
