"""Help: what a screen is for, and every key it knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

_EVERYWHERE = ("app.focus_", "screen.", "scroll_", "page", "move(", "edge(", "next_", "previous_")
_GENERAL = """
Everything works without a mouse. **Tab** and the arrows move, **Enter** chooses, **Escape** goes back, **q** leaves
(where letters are typed, **Ctrl+Q**), and every answer is kept on disk as you give it: if the line drops, start
understudio again and go on.
"""


class HelpScreen(ModalScreen[None]):
    """Laid over the screen that it explains."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q,question_mark,f1", "dismiss", "Close")]

    def __init__(self, words: str, bindings: dict[str, ActiveBinding]) -> None:
        super().__init__()
        self._words = words
        self._offered = bindings

    def compose(self) -> ComposeResult:
        """Yield the explanation and the table of keys."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Help"
            dialog.border_subtitle = "Escape closes"
            yield Static(prose(self._words))
            yield Static(self._keys())
            yield Static(prose(_GENERAL))

    def _keys(self) -> Text:
        """Return a line a key, those of the whole screen before those of what is in focus."""
        lines = Text()
        for active in actions_in(self._offered):
            binding = active.binding
            shown = binding.key_display or self.app.get_key_display(binding)
            lines.append(f"  {shown.ljust(12)}", "bold")
            lines.append(f"{binding.tooltip or binding.description}\n")
        return lines


def actions_in(bindings: dict[str, ActiveBinding]) -> Iterator[ActiveBinding]:
    """Yield what can be done now, each once, what the whole screen offers before what is of the widget in focus.

    Args:
        bindings: A screen's `active_bindings`.
    """
    said: set[str] = set()
    for active in sorted(bindings.values(), key=lambda active: not isinstance(active.node, Screen)):
        binding = active.binding
        if binding.description and active.enabled and _is_ours(active) and binding.action not in said:
            said.add(binding.action)
            yield active


def _is_ours(active: ActiveBinding) -> bool:
    """Return whether a key is worth a line: how a cursor moves in a text or a list, everybody knows."""
    is_of_ours = type(active.node).__module__.startswith("tui.") and not isinstance(active.node, Input)
    return is_of_ours and not active.binding.action.startswith(_EVERYWHERE)


def prose(words: str) -> Content:
    """Return paragraphs with `**bold**` words: all of Markdown that help needs, without its parser's weight."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in words.strip().split("\n\n")]
    parts = "\n\n".join(paragraphs).split("**")
    return Content.assemble(*((part, "bold") if index % 2 else part for index, part in enumerate(parts)), "\n")
