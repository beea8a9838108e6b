"""What a stage is: its name, what it says while it runs, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from engine.project.folder import ProjectFolder
from engine.project.settings import Project


class StageName(StrEnum):
    """The stages, in the order in which a project passes them."""

    EXTRACT = "extract"
    TRAIN = "train"
    CONVERT = "convert"
    REPORT = "report"


class Outcome(StrEnum):
    """How a stage ended, where it did not fail."""

    DONE = "done"
    INTERRUPTED = "interrupted"
    """Asked to stop, and stopped at a safe point: an ordinary outcome."""


class Ending(StrEnum):
    """Why a training has ended; it stands in the stage's figures."""

    BUDGET = "budget"
    """The minutes or steps are used up."""
    PLATEAU = "plateau"
    """Faces held out of training no longer got better."""
    WISH = "wish"
    """A person said that it is good enough."""


class ExitCode(IntEnum):
    """How an engine process, and `understudio run`, end."""

    DONE = 0
    FAILED = 3
    """A failure the user can act on; the last line tells it."""
    BUG = 70
    INTERRUPTED = 75


class Progress(BaseModel):
    """How far a stage is."""

    model_config = ConfigDict(frozen=True)

    stage: StageName
    done: float
    """In `unit`, over all runs of the project."""
    total: float
    """In `unit`; 0 where it is not known yet."""
    unit: str = "frames"
    rate: float = 0.0
    """`unit` a second, of late."""
    eta_seconds: float | None = None
    """Time to the end of this stage; None while unknown."""
    message: str = ""
    """What is happening, in words."""
    loss: float | None = None
    """Training only: the newest loss."""
    step: int | None = None
    """Training only: steps of the project so far."""


Report = Callable[[Progress], None]
"""Where a stage says how far it is; called often, must return at once."""


ShouldStop = Callable[[], bool]
"""Asked by a stage at each safe point."""


class Stage(Protocol):
    """One step of the way from pictures to a finished video."""

    name: StageName

    def run(self, folder: ProjectFolder, project: Project, report: Report, should_stop: ShouldStop) -> Outcome:
        """Do what is left to do, and leave the marker where all is done.

        Raises:
            UnderstudioError: Something a person can act on; what was finished before is kept.
        """
        ...
