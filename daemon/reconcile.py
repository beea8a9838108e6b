"""What is wanted, what exists, so what next: pure, so that the whole policy can be read and tried as a table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from daemon.disk import Room
from daemon.status import State
from engine.errors import CutShort
from engine.project.settings import Wanted
from engine.project.stage import StageName
from engine.records.failure import Failure
from engine.text import counted, printable


class Action(StrEnum):
    """What is to be done with a project now."""

    NONE = "none"
    START = "start"
    """Its next stage may start as soon as its turn comes."""
    STOP = "stop"
    """Ask the stage at work to stop at its safe point."""
    KILL = "kill"
    """End the stage at work."""
    KILL_HUNG = "kill-hung"
    """End the stage at work, and count it as a death."""


@dataclass(frozen=True)
class ChildFacts:
    """The stage at work."""

    stage: StageName
    silent_seconds: float = 0.0
    """Since it last said something."""
    asked_seconds: float | None = None
    """Since it was asked to stop; None where it was not."""
    is_outdated: bool = False
    """What it works with is no longer what is wanted."""
    waits_for: str = ""
    """Name of the launcher that has not let it begin yet; empty where it has begun."""


@dataclass(frozen=True)
class ProjectFacts:
    """All that the decision depends on."""

    exists: bool = True
    """The folder is there."""
    is_settled: bool = True
    """Nothing has come in for a while."""
    arriving_seconds: float = 0.0
    """For how long files have been coming in without a pause."""
    newest: str = ""
    """The file that was written to last, relative to the project folder."""
    wanted: Wanted = Wanted.RUN
    problem: Failure | None = None
    """The project file is not as it must be."""
    missing: Failure | None = None
    """What a person still has to provide."""
    next_stage: StageName | None = None
    """None where all is done."""
    failure: Failure | None = None
    """How the project failed with just these inputs."""
    child: ChildFacts | None = None
    room: Room | None = None
    """None where it is not known."""
    is_busy: bool = False
    """Somebody else works on the project."""
    retry_seconds: float = 0.0
    """Until the next try."""
    waits_for_others: bool = False
    """Memory ran out beside other stages: the next try waits until they have ended."""
    away: Failure | None = None
    """What was said where the cluster that is to work is not there: the next try looks again."""
    is_stopping: bool = False
    """The daemon is on its way out."""


@dataclass(frozen=True)
class Timeouts:
    """How long to wait for a stage at work."""

    hang_seconds: float
    stop_seconds: float


@dataclass(frozen=True)
class Decision:
    """How a project stands and what is to be done."""

    state: State
    message: str
    hint: str = ""
    action: Action = Action.NONE
    failure: Failure | None = None
    """What it says, where that is a failure, or what a person has to provide."""


BUSY = Decision(State.QUEUED, "Another process is working on this project.")


def decide(facts: ProjectFacts, timeouts: Timeouts) -> Decision:
    """Return how a project stands and what is to be done with it now."""
    if facts.child is not None:
        return _with_child(facts, facts.child, timeouts)
    standing = _standing(facts)
    if standing is not None:
        return standing
    stage = facts.next_stage
    assert stage is not None
    if facts.is_stopping:
        return Decision(State.QUEUED, "The daemon is not at work.", "Start it again: it goes on from here.")
    if facts.is_busy:
        return BUSY
    if facts.retry_seconds > 0 and facts.waits_for_others:
        return Decision(State.QUEUED, "Memory was short beside others: it goes on when they have ended.")
    if facts.retry_seconds > 0 and facts.away is not None:
        return Decision(State.QUEUED, facts.away.title, facts.away.hint)
    if facts.retry_seconds > 0:
        return Decision(State.QUEUED, "The next try is due in a moment.")
    return Decision(State.QUEUED, f"Next: {stage.facts.doing}.", action=Action.START)


def _standing(facts: ProjectFacts) -> Decision | None:
    """Return the decision on a project that cannot start anything, None where it can."""
    if not facts.is_settled:
        return _arriving(facts)
    if facts.problem is not None:
        return _about(State.FAILED, facts.problem)
    if facts.missing is not None and facts.next_stage is not None:
        return _about(State.WAITING, facts.missing)
    if facts.next_stage is None:
        return Decision(State.FINISHED, "The result is ready.")
    if facts.failure is not None:
        return _about(State.WAITING if facts.failure.is_a(CutShort) else State.FAILED, facts.failure)
    if facts.wanted is Wanted.PAUSE:
        return Decision(State.PAUSED, "Paused.", "`understudio resume` goes on from here.")
    if facts.room is not None and not facts.room.may_start:
        return Decision(State.NO_ROOM, f"Waiting for room: {facts.room.words}.", _ROOM_HINT)
    return None


def _about(state: State, failure: Failure) -> Decision:
    return Decision(state, failure.title, failure.hint, failure=failure)


def _arriving(facts: ProjectFacts) -> Decision:
    if facts.arriving_seconds < _LONG_SECONDS:
        return Decision(State.ARRIVING, "Files are coming in.")
    hours = int(facts.arriving_seconds // 3600)
    name = printable(facts.newest)
    return Decision(
        State.ARRIVING,
        f"Files have been coming in for more than {counted(hours, 'hour')}; {name} was written to last.",
        "If its copy never ends, stop whatever writes it, or take the file away: then the project goes on.",
    )


def _with_child(facts: ProjectFacts, child: ChildFacts, timeouts: Timeouts) -> Decision:
    if not facts.exists:
        return Decision(State.RUNNING, "The folder is gone.", action=Action.KILL)
    words = child.stage.facts.doing.capitalize()
    if child.asked_seconds is not None:
        late = child.asked_seconds > timeouts.stop_seconds
        return Decision(State.RUNNING, f"{words}: stopping at the next safe point.", action=_kill_if(late))
    if child.silent_seconds > timeouts.hang_seconds:
        return Decision(State.RUNNING, f"{words}: nothing was heard for too long.", action=Action.KILL_HUNG)
    if (reason := _reason_to_stop(facts, child)) is not None:
        return Decision(State.RUNNING, f"{words}: stopping, since {reason}.", action=Action.STOP)
    return Decision(State.RUNNING, f"{words}: waiting for {child.waits_for}." if child.waits_for else f"{words}.")


def _kill_if(is_late: bool) -> Action:
    return Action.KILL if is_late else Action.NONE


def _reason_to_stop(facts: ProjectFacts, child: ChildFacts) -> str | None:
    """Return why the stage at work is to stop, None where it is to go on."""
    reasons = (
        (facts.is_stopping, "the daemon is stopping"),
        (facts.wanted is Wanted.PAUSE, "a pause is wanted"),
        (child.is_outdated, "what it works with has changed"),
        (facts.is_settled and facts.problem is not None, "the project file is not valid"),
        (facts.is_settled and facts.missing is not None, "something is missing now"),
        (facts.room is not None and not facts.room.may_go_on, "the disk is nearly full"),
    )
    return next((reason for holds, reason in reasons if holds), None)


_LONG_SECONDS = 3600.0
"""Files that come in for longer are mentioned: a file that grows for ever would keep its project waiting unseen."""

_ROOM_HINT = "Free some space: the project goes on by itself. Everything finished so far is kept."
