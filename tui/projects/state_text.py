"""How a project stands, in the words of its own screen."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence

from rich.text import Text

from daemon.status import LoggedFailure, State, Status
from engine.errors import (
    ConsentMissing,
    ContentRefused,
    CutShort,
    MediaError,
    OutOfMemory,
    PersonUnclear,
    TrainingDiverged,
    WrongPerson,
)
from engine.project.stage import StageName
from engine.records.failure import Failure
from engine.role import Role
from engine.text import counted, duration
from tui.format import bar, moment
from tui.projects.condition import Condition
from tui.projects.view import View
from tui.theme import WAITS

_MAY_BE_MENDED = (None, StageName.EXTRACT, StageName.TRAIN)
"""Stages in which more pictures still help the video that is being made; later its report says what they lack."""
_CONSENT = ("k", "shows what was agreed: change it, or delete what was made")
_ADD = ("a", "adds pictures or another video, and takes some out")
_CHOOSE = ("o", "shows who was seen, and chooses who is meant")
_TAKE = ("t", "takes what is there")
_SETTINGS = ("e", "changes the settings: a smaller preset, or fewer faces at a time")


def says(view: View, *, is_high: bool = True) -> Text:
    """Return what is going on, and of a failure what can be done about it right here.

    Args:
        view: How the project stands.
        is_high: Whether there is room for all remarks beside its picture.
    """
    status = view.status
    if view.condition is Condition.FAILED and status is not None and status.failure is not None:
        return _failure(status.failure)
    if status is None:
        return Text(view.detail or f"It is {view.says}.")
    if view.condition is Condition.STOPPED or status.state is State.FAILED:
        return Text(view.detail)
    if view.condition is Condition.PAUSED:
        stage = f", {status.stage.facts.doing}" if status.stage is not None else ""
        how_far = f" at {100 * view.share:.0f} %{stage}" if view.share is not None else ""
        return Text(f"Paused{how_far}. p goes on from here; nothing is lost.")
    lines = Text()
    said = status.progress.message if status.progress else ""
    lines.append(_said(status))
    if status.missing is not None and view.project is not None:
        lines.append_text(_ways(_remedies(status.missing)))
    if said:
        lines.append(f" Now: {said.rstrip('.')}{_for_how_long(status)}.", "dim")
    note = status.note if status.stage in _MAY_BE_MENDED else ""
    if not is_high:
        note = _first_of(note)
    lines.append("".join(f"\n{words}" for words in (note, *status.persons) if words))
    return lines


def says_besides(view: View) -> Text:
    """Return what the picture is, where it does not say so itself, and what becomes of a video that is there."""
    words = Text()
    if view.picture is not None and view.look.facts.words:
        words.append(f"\n{view.look.facts.words}")
    if view.has_result and view.condition.is_under_way:
        words.append("\nThe video that is there (v) is kept beside the new one, which takes its place.", "dim")
    return words


def _first_of(note: str) -> str:
    """Return the first of some sentences, and how many more there are."""
    first, *others = re.split(r"(?<=[.!?)])\s+(?=[A-Z])", note)
    return f"{first} A higher window shows {counted(len(others), 'more sentence')}." if len(others) > 1 else note


def _for_how_long(status: Status) -> str:
    """Return how long a stage is at work that cannot say how far it is."""
    progress, began = status.progress, status.stage_started_at
    if progress is None or progress.total > 0 or began is None or status.state is not State.RUNNING:
        return ""
    longer = " (with a large model, minutes)" if "model" in progress.message else ""
    return f" for {duration((status.updated_at - began).total_seconds())} by now{longer}"


def _remedies(failure: Failure) -> list[tuple[str, str]]:
    """Return the keys that may help against a failure of this kind, with what each does."""
    if failure.is_a(CutShort):
        return [_TAKE, _ADD]
    if failure.is_a(PersonUnclear):
        return [_CHOOSE]
    if failure.is_a(ConsentMissing):
        return [_CONSENT]
    if failure.is_a(WrongPerson):
        return [_CHOOSE, _ADD]
    if failure.is_a(MediaError) or failure.is_a(ContentRefused):
        return [_ADD]
    if failure.is_a(OutOfMemory) or failure.is_a(TrainingDiverged):
        return [_SETTINGS]
    return []


def asks_who_is_meant(view: View | None) -> bool:
    """Return whether the project waits for a word on which of several persons is meant."""
    missing = view.status.missing if view is not None and view.status is not None else None
    return missing is not None and missing.is_a(PersonUnclear)


def asks_for_consent(view: View | None) -> bool:
    """Return whether the project waits since what was agreed does not hold; where nothing was, its questions ask."""
    if view is None or view.project is None or view.status is None:
        return False
    missing = view.status.missing
    is_about_consent = missing is not None and missing.is_a(ConsentMissing) and missing.role is not None
    return is_about_consent and all(view.project.consent.of(role) is not None for role in Role)


def is_cut_short(view: View | None) -> bool:
    """Return whether the project waits for a word on a video that was not copied whole."""
    if view is None or view.status is None or view.status.missing is None:
        return False
    has_answer = view.project is not None and view.project.target.take_what_is_there
    return view.status.missing.is_a(CutShort) and not has_answer


def _failure(failure: LoggedFailure) -> Text:
    keys = [*_remedies(failure), ("r", "tries again"), ("l", "shows the log")]
    words = Text.assemble((f"\n{failure.title}\n", "bold"), failure.hint)
    return words.append_text(_ways(keys)).append(f"\n\nLog: {failure.log}")


def _ways(keys: Sequence[tuple[str, str]]) -> Text:
    """Return what can be done right here, a key a line."""
    if not keys:
        return Text()
    return Text.assemble("\n", *(part for key, what in keys for part in ((f"\n  {key}  ", "bold"), what)))


def role_at_fault(view: View | None) -> Role:
    """Return whose pictures to look at first: those that a failure, or what is missing, is about."""
    if view is None or view.status is None:
        return Role.SOURCE
    failure = view.status.failure or view.status.missing
    return failure.role or Role.SOURCE if failure is not None else Role.SOURCE


def person_at_issue(view: View | None) -> Role:
    """Return of which of the two people it is asked who they are; the one in the video where nothing is asked."""
    status = view.status if view else None
    failure = (status.failure or status.missing) if status else None
    is_about_persons = failure is not None and (failure.is_a(PersonUnclear) or failure.is_a(WrongPerson))
    return failure.role or Role.TARGET if failure is not None and is_about_persons else Role.TARGET


def _said(status: Status) -> str:
    failure = status.failure
    words = (failure.title, failure.hint) if failure is not None else (status.message, status.hint)
    return " ".join(part for part in words if part)


def progress_line(view: View, now: dt.datetime, *, is_wide: bool) -> Text:
    """Return how far the whole project is, how far its stage, and when the video will be there."""
    status = view.status
    if view.share is None or status is None:
        return Text("")
    parts = [amount(status)]
    progress = status.progress
    if progress is not None and progress.rate and progress.unit != "minutes" and is_wide:
        parts.append(f"{progress.rate:.3g} {progress.unit}/s")
    if view.ready_at is not None:
        parts.append(f"ready {moment(view.ready_at, now)}")
    line = Text.assemble((bar(view.share, 20), WAITS), f" {100 * view.share:.0f} %   ")
    return line.append("   ".join(part for part in parts if part))


def amount(status: Status) -> str:
    """Return how much of the stage is done."""
    progress = status.progress
    if progress is None or progress.total <= 0:
        return ""
    if progress.unit != "minutes":
        return f"{progress.done:,.0f} of {progress.total:,.0f} {progress.unit}"
    # Of two minutes one and a half are not yet two.
    done = math.floor(progress.done) if progress.done >= 1 else progress.done
    words = f"{duration(60 * done)} of {duration(60 * progress.total)}"
    return f"{words}, step {progress.step:,}" if progress.step is not None else words
