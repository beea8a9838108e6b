"""Colours: dark ground, light words, one accent. What matters is also said by words, marks and bold letters."""

from __future__ import annotations

from rich.console import Console
from textual.theme import Theme

GOOD = "#6fc66f"
WAITS = "#e8bc55"
BAD = "#e4674f"

THEME = Theme(
    name="understudio",
    primary="#e8bc55",
    secondary="#e8bc55",
    accent="#e8bc55",
    foreground="#e6e4df",
    background="#14161a",
    surface="#1c1f25",
    panel="#262a32",
    success=GOOD,
    warning=WAITS,
    error=BAD,
    dark=True,
    variables={
        "footer-key-foreground": "#e8bc55",
        "footer-background": "#1c1f25",
        "block-cursor-background": "#3a3424",
        "block-cursor-foreground": "#ffffff",
        "input-cursor-background": "#e6e4df",
    },
)

SIXTEEN = Theme(
    name="understudio-16",
    primary="#ffff00",
    secondary="#ffff00",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success=GOOD,
    warning=WAITS,
    error=BAD,
    dark=True,
    variables={
        "footer-key-foreground": "#ffff00",
        "footer-background": "#000000",
        "block-cursor-background": "#000080",
        "block-cursor-foreground": "#ffffff",
        "input-cursor-background": "#ffffff",
    },
)
"""For terminals of 16 colours, where greys that differ a little would become the same one."""


def theme_for(console: Console) -> Theme:
    """Return the theme that a terminal can show."""
    return SIXTEEN if console.color_system == "standard" else THEME
