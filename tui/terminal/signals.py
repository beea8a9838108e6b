"""What a terminal shows beside the screen: its title, and a notice where it knows such. None of it is answered."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from engine.text import printable
from tui.projects.condition import Condition
from tui.projects.view import View

KEEP_TITLE = "\x1b[22;0t"
"""Has the terminal remember its title (xterm, window operation 22)."""
GIVE_TITLE_BACK = "\x1b[23;0t"
"""Has it show that title again."""

_NOTICE_9 = ("xterm-kitty", "xterm-ghostty", "WezTerm", "iTerm.app")
_NOTICE_777 = ("foot", "rxvt-unicode", "rxvt-unicode-256color")
_ENDS = (Condition.DONE, Condition.FAILED)


def conditions_of(views: Iterable[View]) -> dict[object, Condition]:
    """Return how each project stands, by what stays the same of it; those that were not read yet are left out."""
    return {view.place: view.condition for view in views if view.status is not None}


def newly_ended(before: Mapping[object, Condition], views: Iterable[View]) -> list[View]:
    """Return the projects that were at work and are ready, or have failed."""
    under_way = {place for place, condition in before.items() if condition.is_under_way}
    return [view for view in views if view.condition in _ENDS and view.place in under_way]


def title_of(views: Sequence[View], ended: View | None) -> str:
    """Return the terminal's title: what ended last, or what is at work and how far it is."""
    if ended is not None:
        return f"{said_of(ended)} · Understudio"
    running = next((view for view in views if view.condition is Condition.RUNNING), None)
    if running is None:
        return "Understudio"
    share = "" if running.share is None else f" {100 * running.share:.0f} %"
    return f"{printable(running.name)}{share} · Understudio"


def said_of(view: View) -> str:
    """Return that a project is ready, or has failed."""
    name = printable(view.name)
    return f"✓ {name} is ready" if view.condition is Condition.DONE else f"✗ {name} has failed"


def title_sequence(title: str) -> str:
    """Return what sets a terminal's title."""
    return f"\x1b]2;{title}\x07"


def notice_sequence(words: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return what has a terminal show a notice on the desktop; empty where it is not known to have any."""
    names = {environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")}
    if names.intersection(_NOTICE_9):
        return f"\x1b]9;{words}\x07"
    return f"\x1b]777;notify;Understudio;{words}\x07" if names.intersection(_NOTICE_777) else ""
