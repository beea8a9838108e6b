"""Whose turn it is: pure. Higher priority first, then who came first; and nobody waits for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.project.stage import StageName

_CATCHING_UP = 10
"""Priority gained each time a later arrival is started first: the lowest passes the highest after 20 times."""


@dataclass(frozen=True)
class Candidate:
    """A project whose next stage could start."""

    name: str
    """Of the folder: unique in a workspace."""
    stage: StageName
    priority: int = 0
    arrival: int = 0
    """Number in the order of arrival."""
    passed_over: int = 0
    """How often a later arrival was started first."""

    @property
    def rank(self) -> tuple[int, int, str]:
        """Sorts by whose turn it is."""
        return (-(self.priority + _CATCHING_UP * self.passed_over), self.arrival, self.name)


@dataclass(frozen=True)
class Slots:
    """How many stages may be at work."""

    heavy: int = 1
    """Trainings."""
    light: int = 0
    """Further stages, of any lighter kind."""


@dataclass(frozen=True)
class Plan:
    """Who starts, and in what order the others wait."""

    starts: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    """In the order of their turns."""
    passed_over: frozenset[str] = field(default_factory=frozenset)
    """Those before whom a later arrival was started, although they could have been."""


def plan(candidates: Sequence[Candidate], at_work: Sequence[StageName], slots: Slots) -> Plan:
    """Return who starts now.

    Heavy stages share the heavy slots; all stages together share the sum. So with one heavy slot and no light one there
    is one stage at a time of whatever kind, and with one light slot more, conversion may go on beside a training.
    """
    order = sorted(candidates, key=lambda candidate: candidate.rank)
    heavy = sum(is_heavy(stage) for stage in at_work)
    total = len(at_work)
    starts: list[Candidate] = []
    for candidate in order:
        if total >= slots.heavy + slots.light:
            break
        if is_heavy(candidate.stage):
            if heavy >= slots.heavy:
                continue
            heavy += 1
        total += 1
        starts.append(candidate)
    waiting = [candidate for candidate in order if candidate not in starts]
    return Plan(
        tuple(candidate.name for candidate in starts),
        tuple(candidate.name for candidate in waiting),
        frozenset(candidate.name for candidate in waiting if _is_passed_over(candidate, starts)),
    )


def is_heavy(stage: StageName) -> bool:
    """Return whether a stage needs the graphics card, or all cores, to itself."""
    return stage is StageName.TRAIN


def _is_passed_over(candidate: Candidate, starts: Sequence[Candidate]) -> bool:
    """Return whether a later arrival took a slot that would have suited."""
    suited = [each for each in starts if is_heavy(each.stage) >= is_heavy(candidate.stage)]
    return any(each.arrival > candidate.arrival for each in suited)
