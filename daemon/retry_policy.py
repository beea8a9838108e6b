"""What the end of a child means: pure, so that every way to end can be tried as a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from engine.errors import ClusterAway, OutOfDisk, OutOfMemory, ProjectBusy
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


_CRASHES = frozenset(128 + number for number in (4, 6, 7, 8, 11)) | {-4, -6, -7, -8, -11}
"""Exit codes of a process that died by its own fault, as a shell or a launcher tells them, and as the system does:
SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV."""

MAX_SHORTAGES = 20
"""Times that memory ran out without progress in between which fail a project: no ladder has so many rungs."""

_SHORTAGES_BESIDE_OTHERS = 3
"""Times that memory ran out beside other stages before less is taken at a time: there may never be a quiet moment."""


class Consequence(StrEnum):
    """What follows from the end of a child; each with how the log says it."""

    words: str

    DONE = "done", "done"
    """The stage is done."""
    INTERRUPTED = "interrupted", "stopped at its safe point"
    """It stopped at a safe point; what comes next depends on what is wanted now."""
    AGAIN = "again", "ended unexpectedly; the next try follows"
    """It died; it gets another try."""
    SMALLER = "smaller", "ran out of memory; the next try takes less at a time"
    """It ran out of memory; it gets another try with less at a time."""
    CROWDED = "crowded", "ran out of memory beside others; the next try waits for them"
    """It ran out of memory beside other stages; it gets another try, as it is, when there is room."""
    ROOM = "room", "ran out of room"
    """The disk is full."""
    BUSY = "busy", "put off"
    """Another process works on this project."""
    AWAY = "away", "found no cluster; the next try follows"
    """The cluster that is to work is not there; it gets another try after a while."""
    FAILED = "failed", "failed"
    """A person has to do something."""

    def __new__(cls, value: str, words: str) -> Self:
        """Make a member of its row in the table."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = words
        return member


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
    shortages: int = 0
    """Times that memory ran out since it last got further."""


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
    others_at_work: int = 0
    """Other stages of the same starter that were at work when it ended."""
    launcher: str = ""
    """Name of the command through which it was started; empty where it was started here."""

    @property
    def was_cut_off(self) -> bool:
        """Whether it was ended from outside: by a signal, or with its launcher, whose machine or turn was taken."""
        ended = self.ended
        if self.was_silent:
            return False
        has_last_word = ended.failure is not None or ended.outcome is not None
        is_lost = bool(self.launcher) and not has_last_word and ended.exit_code not in _CRASHES
        return ended.was_killed or is_lost


@dataclass(frozen=True)
class Judgement:
    """What follows, and what to remember."""

    consequence: Consequence
    tries: Tries
    failure: Failure | None = None
    """Set where the consequence is `FAILED`, `SMALLER`, `CROWDED`, `ROOM`, `AWAY` or `BUSY`."""


def judge(end: End, tries: Tries) -> Judgement:
    """Return what follows from the end of a child."""
    tries = counted_on(end, tries)
    ended = end.ended
    if ended.exit_code == ExitCode.DONE and ended.outcome is Outcome.DONE:
        return Judgement(Consequence.DONE, Tries())
    # Not every launcher hands the exit code on.
    has_stopped = ended.exit_code == ExitCode.INTERRUPTED or ended.outcome is Outcome.INTERRUPTED
    if has_stopped or (end.was_asked and end.was_cut_off):
        return Judgement(Consequence.INTERRUPTED, tries)
    said = ended.failure
    if said is not None and not said.is_bug:
        consequence = _consequence_of(said)
        return (
            _judge_shortage(end, tries, said)
            if consequence is Consequence.SMALLER
            else Judgement(consequence, tries, said)
        )
    if end.memory_ran_out:
        # The kernel may have taken one of its workers, of which it then died as of a bug.
        return _judge_shortage(end, tries, _MEMORY)
    return _judge_death(end, tries)


def _consequence_of(failure: Failure) -> Consequence:
    if failure.is_a(OutOfMemory):
        return Consequence.SMALLER
    if failure.is_a(OutOfDisk):
        return Consequence.ROOM
    if failure.is_a(ClusterAway):
        return Consequence.AWAY
    return Consequence.BUSY if failure.is_a(ProjectBusy) else Consequence.FAILED


def counted_on(end: End, tries: Tries) -> Tries:
    """Return `tries` with this end's progress in it: whoever got further starts counting anew."""
    if tries.stage is not end.stage:
        tries = Tries(end.stage)
    return Tries(end.stage, end.done) if end.done > tries.furthest else tries


def delay_seconds(tries: Tries) -> float:
    """Return how long to wait before the next try: longer after each death, so that a broken machine can breathe.

    Where memory ran out, longer still: somebody else may have taken it, who gives it back.
    """
    after_death = 0.0 if tries.deaths + tries.kills == 0 else 0.5 * 2.0 ** (tries.deaths + tries.kills - 1)
    after_shortage = 0.0 if tries.shortages == 0 else 2.0**tries.shortages
    return max(min(30.0, after_death), min(60.0, after_shortage))


def _judge_shortage(end: End, tries: Tries, said: Failure) -> Judgement:
    tries = replace(tries, shortages=tries.shortages + 1)
    if tries.shortages >= MAX_SHORTAGES:
        return Judgement(Consequence.FAILED, tries, said)
    # What fits is not known from a try beside others.
    is_crowded = end.others_at_work > 0 and tries.shortages <= _SHORTAGES_BESIDE_OTHERS
    return Judgement(Consequence.CROWDED if is_crowded else Consequence.SMALLER, tries, said)


def _judge_death(end: End, tries: Tries) -> Judgement:
    tries = replace(tries, kills=tries.kills + 1) if end.was_cut_off else replace(tries, deaths=tries.deaths + 1)
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
    if end.was_cut_off:
        by = f", started through {end.launcher} (exit code {end.ended.exit_code})" if end.launcher else ""
        return f"was ended from outside{by}"
    said = end.ended.failure
    return f"ended unexpectedly ({said.title.rstrip('.')})" if said is not None else "ended unexpectedly"


_MEMORY = Failure.of(
    OutOfMemory(
        "The machine ran out of memory.",
        "Close other programs, choose a smaller batch_size or preset, and retry. Everything finished so far is kept.",
    )
)
