"""What the terminal says of itself, and how to see more in it.

Nothing is ever asked of the terminal: over a slow line its answer would arrive as typed keys.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from rich.console import Console

from tui.widgets.cells import Tones, tones_of
from tui.widgets.picture import Graphics

_KITTY = ("xterm-kitty", "xterm-ghostty")
_SIXEL = ("foot", "mlterm", "contour", "yaft")
_SIXEL_PROGRAMS = ("WezTerm", "iTerm.app", "mintty", "contour")


def terminal_words(console: Console, environment: Mapping[str, str] = os.environ) -> str:
    """Return what is seen of a terminal, in one sentence."""
    colours = {"truecolor": "16 million colours", "256": "256 colours", "standard": "16 colours"}
    said = colours.get(console.color_system or "", "no colours")
    multiplexer = " in tmux or screen" if _is_multiplexed(environment) else ""
    return f"{environment.get('TERM', 'unknown')}{multiplexer}, {said}; {_drawn(console)}"


def more_than_this(
    console: Console, graphics: Graphics = Graphics.HALF_CELLS, environment: Mapping[str, str] = os.environ
) -> str:
    """Return how pictures can be seen better, in one line; empty where they cannot, as far as is known."""
    if graphics is Graphics.HALF_CELLS and (finer := _finer_graphics(environment)):
        return f"This terminal can show real pictures: understudio --graphics {finer}"
    if tones_of(console) is not Tones.COLOURS and not environment.get("COLORTERM"):
        return "Few colours here. If the terminal has more: COLORTERM=truecolor understudio"
    return ""


def _drawn(console: Console) -> str:
    match tones_of(console):
        case Tones.COLOURS:
            return "pictures are drawn in colours"
        case Tones.GREYS:
            return "pictures are drawn in greys, which show faces better than few colours"
        case Tones.FOUR_GREYS:
            return "pictures are drawn in four greys"


def _is_multiplexed(environment: Mapping[str, str]) -> bool:
    return "TMUX" in environment or environment.get("TERM", "").startswith(("screen", "tmux"))


def _finer_graphics(environment: Mapping[str, str]) -> Graphics | None:
    """Return the finer graphics that a terminal has, by its name; within tmux they do not come through."""
    if _is_multiplexed(environment):
        return None
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if term in _KITTY or "KITTY_WINDOW_ID" in environment:
        return Graphics.KITTY
    return Graphics.SIXEL if term.split("-")[0] in _SIXEL or program in _SIXEL_PROGRAMS else None
