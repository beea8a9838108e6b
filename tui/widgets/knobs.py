"""Settings that are turned and not typed: one of a few values, or a number between two ends."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

_LABEL_COLUMNS = 17
_BAR_COLUMNS = 11


class Knob(Static, can_focus=True):
    """A label and a value on one line. Left and right turn it; Enter goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,minus", "turn(-1)", "Less, or the one before", show=False, key_display="←"),
        Binding("right,plus,space", "turn(1)", "More, or the next", show=False, key_display="→"),
        Binding("home", "end(0)", show=False),
        Binding("end", "end(-1)", show=False),
        Binding("enter", "screen.focus_next", show=False),
    ]

    value: reactive[str] = reactive("")
    """As a person writes it."""

    class Turned(Message):
        """It has another value now."""

        def __init__(self, knob: Knob) -> None:
            super().__init__()
            self.knob = knob

        @property
        def control(self) -> Knob:
            """The knob it happened at."""
            return self.knob

    def __init__(self, label: str, value: str, *, id: str) -> None:
        super().__init__(id=id)
        self._label = label
        self.set_reactive(Knob.value, value)

    def render(self) -> Text:
        """Return label and value."""
        return Text.assemble((self._label.ljust(_LABEL_COLUMNS), ""), self.shown())

    @abstractmethod
    def shown(self) -> Text:
        """Return the value, and what else it could be."""

    @abstractmethod
    def turned(self, by: int) -> str:
        """Return the value some places further; the end where there are no more."""

    @abstractmethod
    def at_end(self, index: int) -> str:
        """Return the first value, or with -1 the last."""

    def on_click(self, event: events.Click) -> None:
        """Turn it on."""
        self.action_turn(1)

    def action_turn(self, by: int) -> None:
        """Take the next value, or the one before."""
        self._take(self.turned(by))

    def action_end(self, index: int) -> None:
        """Take the first value, or the last."""
        self._take(self.at_end(index))

    def _take(self, value: str) -> None:
        if value != self.value:
            self.value = value
            self.post_message(self.Turned(self))


class OneOf(Knob):
    """One of a few values, all of which are in sight."""

    def __init__(self, label: str, value: str, options: Sequence[tuple[str, str]], *, id: str) -> None:
        """Make it.

        Args:
            label: What it is.
            value: The one that is chosen.
            options: Values, each with its name on the screen.
            id: The widget's id.
        """
        super().__init__(label, value, id=id)
        self._options = options

    def shown(self) -> Text:
        """Return all of them, the chosen one marked."""
        parts = [
            (f"(•) {name} ", "bold") if value == self.value else (f"( ) {name} ", "dim")
            for value, name in self._options
        ]
        return Text.assemble(*parts)

    def turned(self, by: int) -> str:
        """Return the next one, or the one before."""
        values = [value for value, _ in self._options]
        at = values.index(self.value) if self.value in values else 0
        return values[max(0, min(at + by, len(values) - 1))]

    def at_end(self, index: int) -> str:
        """Return the first or last one."""
        return self._options[index][0]


class Slider(Knob):
    """A number between two ends, which are in sight."""

    def __init__(self, label: str, value: str, ends: tuple[float, float], step: float, *, id: str) -> None:
        """Make it.

        Args:
            label: What it is.
            value: The number as it is.
            ends: The lowest and the highest number.
            step: How far it is moved at once.
            id: The widget's id.
        """
        super().__init__(label, value, id=id)
        self._ends = ends
        self._step = step

    def shown(self) -> Text:
        """Return a line between the ends, where the number is on it, and the number."""
        low, high = self._ends
        at = round((float(self.value) - low) / (high - low) * (_BAR_COLUMNS - 1))
        bar = "─" * at + "●" + "─" * (_BAR_COLUMNS - 1 - at)
        return Text.assemble((f"{low:g} ".rjust(5), "dim"), bar, (f" {high:g}".ljust(6), "dim"), (self.value, "bold"))

    def turned(self, by: int) -> str:
        """Return the next number of the scale, whose zero is where numbers begin: one between two goes to either."""
        places = float(self.value) / self._step
        nearest = round(places)
        is_on_scale = abs(places - nearest) < 1e-6
        beyond = nearest + by if is_on_scale else int(places // 1) + (1 if by > 0 else 0)
        low, high = self._ends
        return f"{round(max(low, min(beyond * self._step, high)), 6):g}"

    def at_end(self, index: int) -> str:
        """Return the lowest or the highest number."""
        return f"{self._ends[index]:g}"
