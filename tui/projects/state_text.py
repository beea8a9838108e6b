"""How a project stands, in the words of its own screen."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from daemon.status import FailureWords, State, Status
from engine.errors import MediaError, NoFacesFound, TooManyPixels, WrongPerson
from tui.drafts.answers import Role
from tui.format import duration
from tui.projects.reader import Condition, View

_OF_MEDIA = frozenset(each.__name__ for each in (MediaError, TooManyPixels, NoFacesFound, WrongPerson))
"""Failures that other pictures or another video may mend."""
_IN_PLACES = re.compile(r"\b(source|target)/")
"""Said where there is nothing in one of them."""
_ADD = ("a", "adds pictures or another video, and takes some out")


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
    lines.append(_said(status))
    if view.condition is Condition.WAITING and view.project is not None and _IN_PLACES.search(lines.plain):
        lines.append_text(_ways([_ADD]))
    if said:
        lines.append(f" Now: {said.rstrip('.')}.", "dim")
    if status.note:
        lines.append(f"\n{status.note}")
    return lines


def _failure(failure: FailureWords) -> Text:
    keys = [*([_ADD] if failure.kind in _OF_MEDIA else []), ("r", "tries again"), ("l", "shows the log")]
    words = Text.assemble((f"\n{failure.title}\n", "bold"), failure.hint)
    return words.append_text(_ways(keys)).append(f"\n\nLog: {failure.log}")


def _ways(keys: Sequence[tuple[str, str]]) -> Text:
    """Return what can be done right here, a key a line."""
    return Text.assemble("\n", *(part for key, what in keys for part in ((f"\n  {key}  ", "bold"), what)))


def role_at_fault(view: View | None) -> Role:
    """Return whose pictures to look at first: what is said names the folder that is wrong, or the video to change."""
    if view is None or view.status is None:
        return Role.SOURCE
    said = _said(view.status)
    video = view.project.target.video if view.project is not None else None
    return Role.TARGET if "target/" in said or (video is not None and Path(video).name in said) else Role.SOURCE


def _said(status: Status) -> str:
    failure = status.failure
    words = (failure.title, failure.hint) if failure is not None else (status.message, status.hint)
    return " ".join(part for part in words if part)


def amount(status: Status) -> str:
    """Return how much of the stage is done."""
    progress = status.progress
    if progress is None:
        return ""
    if progress.unit == "minutes":
        # Of two minutes one and a half are not yet two.
        done = math.floor(progress.done) if progress.done >= 1 else progress.done
        words = f"{duration(60 * done)} of {duration(60 * progress.total)}"
    else:
        words = f"{progress.done:,.0f} of {progress.total:,.0f} {progress.unit}"
    return f"{words}, step {progress.step:,}" if progress.step is not None else words
