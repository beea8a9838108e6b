"""Whether anybody works, on what, and what stands still: working, idle, waiting and gone look different. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from daemon.status import State
from engine.text import counted, printable
from tui.format import fit_end
from tui.projects.condition import Condition
from tui.projects.view import View
from tui.theme import BAD, GOOD

_MOST_PRIORITY = 100
"""The bound of `Project.priority`."""
_LONGEST_NAME = 30


def work_line(views: Sequence[View], *, is_watched: bool) -> Text:
    """Return one line on who works on what, for the bottom of a screen.

    Args:
        views: All projects.
        is_watched: Whether somebody carries projects on in the background.
    """
    under_way = [view for view in views if view.needs_somebody]
    if not is_watched:
        if not under_way and (elsewhere := [view for view in views if view.is_elsewhere]):
            verb = "is" if len(elsewhere) == 1 else "are"
            return Text.assemble(("▶ ", GOOD), f"{_named(elsewhere)} {verb} at work in another window.")
        if not under_way:
            return Text.assemble(
                ("○ ", "dim"), "Nothing is to be done. Nobody is at work: what comes waits. ", _starts()
            )
        who = "stands" if len(under_way) == 1 else "stand"
        return Text.assemble(("✗ ", BAD), f"Nobody is at work: {_named(under_way)} {who} still. ", _starts())
    running = [view for view in views if view.condition is Condition.RUNNING]
    if running:
        return Text.assemble(("▶ ", GOOD), f"Working on {_named(running)}. You may log out at any time.")
    if begun := [view for view in under_way if not _is_arriving(view)]:
        return Text.assemble(("● ", GOOD), f"About to begin with {_named(begun)}.")
    if under_way:
        # It may be finished: nobody has looked yet.
        return Text.assemble(("● ", GOOD), f"Looking at {_named(under_way)}.")
    return Text.assemble(("● ", "dim"), "Nothing is to be done; what comes is begun by itself.")


def short_warning(views: Sequence[View], *, is_watched: bool) -> Text:
    """Return that work stands still, for the top of a screen without such a line; empty where it does not."""
    if is_watched or not any(view.needs_somebody for view in views):
        return Text()
    return Text("nobody is at work: Ctrl+T starts it", style=f"bold {BAD}")


def queue_words(view: View, views: Sequence[View], *, is_watched: bool) -> str:
    """Return behind what a project waits, and how it goes first."""
    status = view.status
    if view.condition is not Condition.QUEUED or status is None or status.queue_position is None or not is_watched:
        return ""
    running = [each for each in views if each.condition is Condition.RUNNING]
    behind = f"It waits behind {_named(running)}" if running else "It waits for its turn"
    before = status.queue_position - 1
    others = f", and {counted(before, 'other')} before it. u lets it go first of those that wait" if before else ""
    return f"{behind}{others}. Pause what is at work (p there), and the next one begins."


def first_priority(view: View, views: Sequence[View]) -> int:
    """Return the priority with which a project comes before all others that wait."""
    highest = [each.project.priority for each in views if each.project is not None and each.place != view.place]
    return min(_MOST_PRIORITY, max([0, *highest]) + 1)


def _is_arriving(view: View) -> bool:
    return view.status is not None and view.status.state is State.ARRIVING


def _starts() -> Text:
    return Text.assemble(("s", "bold"), " starts it.")


def _named(views: Sequence[View]) -> str:
    name = fit_end(printable(views[0].name), _LONGEST_NAME).rstrip()
    return name if len(views) == 1 else f"{name} and {counted(len(views) - 1, 'other')}"
