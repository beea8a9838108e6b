"""The model of an earlier project that a training begins from: the same person appears, in another video."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import ProjectError
from engine.faces.persons.identity import SAME_PERSON, distance
from engine.model.checkpoint import Arrays, CheckpointFacts, People, read_average, read_checkpoint_facts
from engine.model.learner import Learner
from engine.project.folder import ProjectFolder
from engine.project.network import ModelSpec
from engine.text import counted


@dataclass(frozen=True)
class HeadStart:
    """What there is to begin from, and whether it serves."""

    facts: CheckpointFacts | None
    """Of the earlier project's checkpoint; None where there is none."""
    why_not: str = ""
    """Why it is not begun from, in a few words; empty where it is, or where there is none."""

    @property
    def steps(self) -> int:
        """Steps that it was trained, those before its own project included; 0 where it is not begun from."""
        return 0 if self.facts is None or self.why_not else self.facts.step + self.facts.steps_before

    @property
    def words(self) -> str:
        """What becomes of it, in a few words; empty where there is none."""
        if self.why_not:
            return f"the earlier project's model is not begun from, since {self.why_not}"
        return f"beginning from the {counted(self.steps, 'step')} of an earlier project" if self.steps else ""


def head_start(folder: ProjectFolder, spec: ModelSpec, people: People | None) -> HeadStart:
    """Return what a training can begin from.

    Args:
        folder: Of the project.
        spec: The network that it trains.
        people: Who source and target are; None where that is not known.
    """
    place = folder.head_start
    if not place.is_dir():
        return HeadStart(None)
    try:
        facts = read_checkpoint_facts(place)
        if facts.spec != spec:
            return HeadStart(facts, "it is of another preset")
        if people is None or facts.people is None or not _is_same(facts.people[0], people[0]):
            return HeadStart(facts, "it has learnt another person, as far as can be told")
        read_weights(place, spec)
    except ProjectError:
        return HeadStart(None, "it is damaged")
    return HeadStart(facts)


def read_weights(place: Path, spec: ModelSpec) -> Arrays:
    """Return the weights to begin from: their running average, which lies nearer to the minimum than the last step.

    Raises:
        ProjectError: They are damaged, or another network's.
    """
    return read_average(place, Learner.shapes(spec))


def _is_same(was: tuple[float, ...], now: tuple[float, ...]) -> bool:
    return distance(np.array(was, np.float32), np.array(now, np.float32)) < SAME_PERSON
