"""Colours: dark ground, light words, one accent. What matters is also said by words, marks and bold letters."""

from __future__ import annotations

from textual.theme import Theme

GOOD = "#7fb069"
WAITS = "#e0a33e"
BAD = "#e4674f"

THEME = Theme(
    name="understudio",
    primary="#e0a33e",
    secondary="#e0a33e",
    accent="#e0a33e",
    foreground="#e6e4df",
    background="#14161a",
    surface="#1c1f25",
    panel="#262a32",
    success=GOOD,
    warning=WAITS,
    error=BAD,
    dark=True,
    variables={
        "footer-key-foreground": "#e0a33e",
        "footer-background": "#1c1f25",
        "block-cursor-background": "#3a3424",
        "block-cursor-foreground": "#ffffff",
        "input-cursor-background": "#e6e4df",
    },
)
