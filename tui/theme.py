"""Colours: dark ground, light words, one accent. What matters is also said by words, marks and bold letters.

The colours are chosen so that a terminal of 16 takes its yellow, green, red, black and grey for them.
"""

from __future__ import annotations

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
