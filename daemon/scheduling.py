"""Whose turn it is: pure. Higher priority first, then who came first; and nobody waits for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.project.stage import StageName

_CATCHING_UP = 10
"""Priority gained each time a later arrival is started first: the lowest passes the highest after 20 times."""


@dataclass(frozen=True)
class QueuedProject:
    """A project whose next stage could start."""

    name: str
    """Name of the folder: unique in a workspace."""
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


def plan(queue: Sequence[QueuedProject], at_work: Sequence[StageName], slots: Slots) -> Plan:
    """Return who starts now.

    Heavy stages share the heavy slots; all stages together share the sum. So with one heavy slot and no light one there
    is one stage at a time of whatever kind, and with one light slot more, conversion may go on beside a training.
    """
    order = sorted(queue, key=lambda queued: queued.rank)
    heavy = sum(stage.facts.is_heavy for stage in at_work)
    total = len(at_work)
    starts: list[QueuedProject] = []
    for queued in order:
        if total >= slots.heavy + slots.light:
            break
        if queued.stage.facts.is_heavy:
            if heavy >= slots.heavy:
                continue
            heavy += 1
        total += 1
        starts.append(queued)
    waiting = [queued for queued in order if queued not in starts]
    return Plan(
        tuple(queued.name for queued in starts),
        tuple(queued.name for queued in waiting),
        frozenset(queued.name for queued in waiting if _is_passed_over(queued, starts)),
    )


def _is_passed_over(queued: QueuedProject, starts: Sequence[QueuedProject]) -> bool:
    """Return whether a later arrival took a slot that would have suited."""
    suited = [each for each in starts if each.stage.facts.is_heavy >= queued.stage.facts.is_heavy]
    return any(each.arrival > queued.arrival for each in suited)
