"""What a stage is: its name, what it says while it runs, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from engine.project.folder import ProjectFolder
from engine.project.settings import Project


@dataclass(frozen=True, kw_only=True)
class StageFacts:
    """What a stage is."""

    title: str
    """Its name on the screens."""
    purpose: str
    """What it does, in a few words."""
    doing: str
    """What a project is doing while the stage is at work, to be said within a sentence."""
    is_heavy: bool = False
    """Needs the graphics card, or all cores, to itself."""
    computes: bool = False
    """Loads a network: where there is a graphics card, it takes some of its memory."""
    spreads: bool = False
    """Its tasks can be done by the machines of a cluster."""
    learns: bool = False
    """Takes in pictures of people: they are looked through for what this tool does not work on."""
    signs: bool = True
    """Signs what it makes, and so reads the certificate."""


class StageName(StrEnum):
    """The stages, in the order in which a project passes them."""

    EXTRACT = "extract"
    TRAIN = "train"
    CONVERT = "convert"
    REPORT = "report"

    @property
    def facts(self) -> StageFacts:
        """What this stage is."""
        match self:
            case StageName.EXTRACT:
                return _EXTRACT
            case StageName.TRAIN:
                return _TRAIN
            case StageName.CONVERT:
                return _CONVERT
            case StageName.REPORT:
                return _REPORT


_EXTRACT = StageFacts(
    title="Find faces",
    purpose="who is where in every picture",
    doing="finding faces",
    spreads=True,
    learns=True,
    signs=False,
)
_TRAIN = StageFacts(
    title="Train",
    purpose="a model learns to draw both people",
    doing="training",
    is_heavy=True,
    computes=True,
    learns=True,
)
_CONVERT = StageFacts(
    title="Convert",
    purpose="each frame gets the other's face",
    doing="converting",
    computes=True,
    spreads=True,
)
_REPORT = StageFacts(
    title="Measure",
    purpose="how good it is, in numbers",
    doing="measuring",
)


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
    GOOD_ENOUGH = "wish"
    """A person said that it is good enough."""


class ExitCode(IntEnum):
    """How an engine process, and `understudio run`, end."""

    DONE = 0
    FAILED = 3
    """A failure the user can act on; the last line tells it."""
    BUG = 70
    INTERRUPTED = 75


@dataclass(frozen=True)
class Device:
    """What computes a stage that loads a network."""

    words: str = ""
    """To be said within a sentence: "NVIDIA H200", "2 cores"; empty where it is not known yet."""
    remark: str = ""
    """That a graphics card is there in vain, and the command that mends it; empty where none is."""


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
    """`unit` a second, recent average."""
    eta_seconds: float | None = None
    """Time to the end of this stage; None while unknown."""
    message: str = ""
    """What is happening, in words."""
    loss: float | None = None
    """Training only: the newest loss."""
    step: int | None = None
    """Training only: steps of the project so far."""
    device: str = ""
    """What computes: the processor's cores, or the graphics card by its name; empty where no network is loaded."""
    remark: str = ""
    """That a graphics card is there and not used, and the command that mends it; empty where none is."""


OnProgress = Callable[[Progress], None]
"""Where a stage says how far it is; called often, must return at once."""


ShouldStop = Callable[[], bool]
"""Asked by a stage at each safe point."""


class Stage(Protocol):
    """One step of the way from pictures to a finished video."""

    name: StageName

    def run(self, folder: ProjectFolder, project: Project, report: OnProgress, should_stop: ShouldStop) -> Outcome:
        """Do what is left to do, and leave the marker where all is done.

        Raises:
            UnderstudioError: Something a person can act on; what was finished before is kept.
        """
        ...
