"""How a project stands, in the words of its own screen."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from daemon.status import FailureWords, State, Status
from engine.errors import MediaError, NoFacesFound, TooManyPixels, WrongPerson
from tui.answers import Role
from tui.projects import Condition, View
from tui.words import duration

_OF_MEDIA = frozenset(each.__name__ for each in (MediaError, TooManyPixels, NoFacesFound, WrongPerson))
"""Failures that other pictures or another video may mend."""


def says(view: View) -> Text:
    """Return what is going on, and of a failure what can be done about it right here."""
    status = view.status
    if view.condition is Condition.FAILED and status is not None and status.failure is not None:
        return _failure(status.failure)
    if status is None:
        return Text(view.detail or f"It is {view.says}.")
    if view.condition is Condition.STOPPED or status.state is State.FAILED:
        return Text(view.detail)
    if view.condition is Condition.PAUSED:
        return Text("Paused. p goes on from here.")
    lines = Text()
    said = status.progress.message if status.progress else ""
    lines.append(" ".join(part for part in (status.message, status.hint) if part))
    if said:
        lines.append(f" Now: {said.rstrip('.')}.", "dim")
    if status.note:
        lines.append(f"\n{status.note}")
    return lines


def _failure(failure: FailureWords) -> Text:
    keys = [("r", "tries again"), ("l", "shows the log")]
    if failure.kind in _OF_MEDIA:
        keys = [("a", "adds pictures or another video, and takes some out"), *keys]
    ways = (part for key, what in keys for part in ((f"\n  {key}  ", "bold"), what))
    return Text.assemble((f"\n{failure.title}\n", "bold"), f"{failure.hint}\n", *ways, f"\n\nLog: {failure.log}")


def role_at_fault(view: View | None) -> Role:
    """Return whose pictures to look at first: a failure names the folder that is wrong, or the video to change."""
    failure = view.status.failure if view is not None and view.status is not None else None
    if view is None or failure is None:
        return Role.SOURCE
    video = view.project.target.video if view.project is not None else None
    said = f"{failure.title} {failure.hint}"
    return Role.TARGET if "target/" in said or (video is not None and Path(video).name in said) else Role.SOURCE


def amount(status: Status) -> str:
    """Return how much of the stage is done."""
    progress = status.progress
    if progress is None:
        return ""
    if progress.unit == "seconds":
        words = f"{duration(progress.done)} of {duration(progress.total)}"
    else:
        words = f"{progress.done:,.0f} of {progress.total:,.0f} {progress.unit}"
    return f"{words}, step {progress.step:,}" if progress.step is not None else words
