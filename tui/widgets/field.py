"""A labelled input on one line, with what is wrong with it beneath."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Checkbox, Input, Label


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

    def __init__(
        self, label: str, value: str = "", *, id: str, placeholder: str = "", width: int | None = None
    ) -> None:
        super().__init__(id=id, classes="field")
        self._label = label
        self._input = Input(value, placeholder=placeholder, compact=True, select_on_focus=False)
        if width is not None:
            self._input.styles.width = width

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


class Tick(Checkbox):
    """A statement to agree with: `[x]` or `[ ]`, readable without colour."""

    BUTTON_LEFT: ClassVar[str] = "["  # type: ignore[misc]
    BUTTON_RIGHT: ClassVar[str] = "]"  # type: ignore[misc]
    BUTTON_INNER: ClassVar[str] = "x"  # type: ignore[misc]
