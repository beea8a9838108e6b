"""How much longer to train a model that was trained already: what would help, and what is asked for. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.project.settings import Project, TrainSettings, Wanted
from engine.project.stage import Ending, StageName
from engine.records.report import ReportFile
from engine.text import counted, duration

_LEAST_MINUTES = 2.0
_UNIT_MINUTES = 0.01


@dataclass(frozen=True)
class Trained:
    """What a project's model has learnt, as far as it is known."""

    minutes: float = 0.0
    """Training time so far; it counts in the project's budget."""
    steps: int = 0
    steps_before: int = 0
    """Steps of an earlier project, from whose model the training began."""
    full_steps: int = 0
    """Steps after which the preset has mostly shown what it can; 0 where it is not known."""
    ended_by: str = ""
    """The training's word for why it ended; empty where it is not known."""
    other_minutes: float = 0.0
    """What converting and measuring took."""

    @classmethod
    def of(cls, report: ReportFile | None, *, has_model: bool) -> Trained:
        """Return what the report of a result tells.

        Args:
            report: The report, if there is one.
            has_model: Whether the model is still there; without it everything is learnt again.
        """
        if report is None:
            return cls()
        training = report.training
        other = sum(time.minutes for time in report.times if time.stage in (StageName.CONVERT, StageName.REPORT))
        if not has_model:
            return cls(full_steps=training.full_steps, other_minutes=other)
        minutes = training.minutes or 0.0
        return cls(minutes, training.steps, training.steps_before, training.full_steps, training.ended_by, other)

    @property
    def helps_minutes(self) -> float | None:
        """The least further minutes that should show; None where nothing is known of the pace."""
        if not self.steps or not self.minutes:
            return None
        missing = (self.full_steps - self.steps - self.steps_before) * self.minutes / self.steps
        # A model that has shown what it can gains from a doubling, and hardly from less.
        return float(math.ceil(max(_LEAST_MINUTES, missing if missing > 0 else self.minutes)))

    @property
    def words(self) -> str:
        """What was learnt, and what more would bring."""
        if not self.steps:
            return "There is no model any more: everything is learnt again, for as long as you say."
        after = f", after {self.steps_before:,} of an earlier project" if self.steps_before else ""
        so_far = f"So far: {counted(self.steps, 'step')} in {duration(60 * self.minutes)}{after}."
        if self.ended_by == Ending.PLATEAU:
            return (
                f"{so_far} It ended since nothing got better any more: more pictures (a) or a higher preset (E) help "
                "more than more minutes. It is trained on all the same if you say so."
            )
        if self.steps + self.steps_before < self.full_steps:
            helps = duration(60 * (self.helps_minutes or 0.0))
            return f"{so_far} The preset shows what it can after some {self.full_steps:,}: {helps} more."
        return f"{so_far} The preset has mostly shown what it can: as much again may bring a little more."


def trained_on(project: Project, trained: Trained, more_minutes: float) -> Project:
    """Return the project with so many minutes of training more than it had.

    Raises:
        ValueError: It would be more than a project can have.
    """
    total = round(trained.minutes + more_minutes, 2)
    if total == project.train.minutes:
        # Where training ended before its time was up, the same sum would count as nothing new.
        total += _UNIT_MINUTES
    train = TrainSettings.model_validate(project.train.model_dump() | {"minutes": total, "steps": None})
    return project.model_copy(update={"train": train, "wanted": Wanted.RUN})
