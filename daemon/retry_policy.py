"""What the end of a child means: pure, so that every way to end can be tried as a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from engine.errors import OutOfDisk, OutOfMemory, ProjectBusy
from engine.project.stage import ExitCode, Outcome, StageName
from engine.records.failure import Failure

if TYPE_CHECKING:
    # The wizard reads consequences and ends no processes, which takes psutil.
    from daemon.runner import Ended

MAX_DEATHS = 3
"""Deaths of a stage without progress in between that fail a project."""

MAX_KILLS = 30
"""The same for kills from outside, which say more about the machine than about the project: the pauses between
so many tries add up to twelve minutes, in which none was left alone for long enough to get any further."""


class Consequence(StrEnum):
    """What follows from the end of a child."""

    DONE = "done"
    """The stage is done."""
    INTERRUPTED = "interrupted"
    """It stopped at a safe point; what comes next depends on what is wanted now."""
    AGAIN = "again"
    """It died; it gets another try."""
    SMALLER = "smaller"
    """It ran out of memory; it gets another try with less at a time."""
    ROOM = "room"
    """The disk is full."""
    BUSY = "busy"
    """Another process works on this project."""
    FAILED = "failed"
    """A person has to do something."""

    @property
    def words(self) -> str:
        """How the child ended, as the log says it."""
        match self:
            case Consequence.DONE:
                return "done"
            case Consequence.INTERRUPTED:
                return "stopped at its safe point"
            case Consequence.AGAIN:
                return "ended unexpectedly; the next try follows"
            case Consequence.SMALLER:
                return "ran out of memory; the next try takes less at a time"
            case Consequence.ROOM:
                return "ran out of room"
            case Consequence.BUSY:
                return "put off"
            case Consequence.FAILED:
                return "failed"


@dataclass(frozen=True)
class Tries:
    """What is remembered of the tries of a stage."""

    stage: StageName | None = None
    furthest: float = 0.0
    """The most that any try reported as done. A stage that always dies at the same place does not get past it."""
    deaths: int = 0
    """Deaths since it last got further."""
    kills: int = 0
    """Kills from outside since it last got further."""


@dataclass(frozen=True)
class End:
    """The end of a child, with what its starter knows about it."""

    stage: StageName
    ended: Ended
    done: float = 0.0
    """The most it reported as done; 0 where it said nothing."""
    was_asked: bool = False
    """It had been asked to stop."""
    was_silent: bool = False
    """It was ended by its starter because it said nothing for too long."""
    memory_ran_out: bool = False
    """The kernel ended a process for want of memory while it ran."""


@dataclass(frozen=True)
class Judgement:
    """What follows, and what to remember."""

    consequence: Consequence
    tries: Tries
    failure: Failure | None = None
    """Set where the consequence is `FAILED`, `SMALLER`, `ROOM` or `BUSY`."""


def judge(end: End, tries: Tries) -> Judgement:
    """Return what follows from the end of a child."""
    tries = counted_on(end, tries)
    ended = end.ended
    if ended.exit_code == ExitCode.DONE and ended.outcome is Outcome.DONE:
        return Judgement(Consequence.DONE, Tries())
    if ended.exit_code == ExitCode.INTERRUPTED or (end.was_asked and not end.was_silent and ended.was_killed):
        return Judgement(Consequence.INTERRUPTED, tries)
    said = ended.failure
    if said is not None and not said.is_bug:
        return Judgement(_consequence_of(said), tries, said)
    if end.memory_ran_out:
        # The kernel may have taken one of its workers, of which it then died as of a bug.
        return Judgement(Consequence.SMALLER, tries, _MEMORY)
    return _judge_death(end, tries)


def _consequence_of(failure: Failure) -> Consequence:
    if failure.is_a(OutOfMemory):
        return Consequence.SMALLER
    if failure.is_a(OutOfDisk):
        return Consequence.ROOM
    return Consequence.BUSY if failure.is_a(ProjectBusy) else Consequence.FAILED


def counted_on(end: End, tries: Tries) -> Tries:
    """Return `tries` with this end's progress in it: whoever got further starts counting anew."""
    if tries.stage is not end.stage:
        tries = Tries(end.stage)
    return Tries(end.stage, end.done) if end.done > tries.furthest else tries


def delay_seconds(tries: Tries) -> float:
    """Return how long to wait before the next try: longer after each death, so that a broken machine can breathe."""
    return 0.0 if tries.deaths + tries.kills == 0 else min(30.0, 0.5 * 2.0 ** (tries.deaths + tries.kills - 1))


def _judge_death(end: End, tries: Tries) -> Judgement:
    is_kill = end.ended.was_killed and not end.was_silent
    tries = replace(tries, kills=tries.kills + 1) if is_kill else replace(tries, deaths=tries.deaths + 1)
    if tries.deaths < MAX_DEATHS and tries.kills < MAX_KILLS:
        return Judgement(Consequence.AGAIN, tries)
    stage, times = end.stage.facts.doing.capitalize(), max(tries.deaths, tries.kills)
    title = f"{stage} {_way(end)} {times} times without getting any further."
    hint = (
        "The end of the log tells more. Everything finished so far is kept; "
        "change what may be the cause, or ask for another try with `understudio retry`."
    )
    return Judgement(Consequence.FAILED, tries, Failure.bug(title, hint))


def _way(end: End) -> str:
    if end.was_silent:
        return "hung"
    if end.ended.was_killed:
        return "was ended from outside"
    said = end.ended.failure
    return f"ended unexpectedly ({said.title.rstrip('.')})" if said is not None else "ended unexpectedly"


_MEMORY = Failure.of(
    OutOfMemory(
        "The machine ran out of memory.",
        "Close other programs, choose a smaller batch_size or preset, and retry. Everything finished so far is kept.",
    )
)
