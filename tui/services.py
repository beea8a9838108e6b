"""What screens are handed: where the projects are, what time it is, and who does the work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from engine.records.pace import PaceStore
from engine.role import Role
from tui.drafts.again import begun_from
from tui.drafts.answers import Answers
from tui.drafts.calibration import Calibrator
from tui.drafts.checks import Checks
from tui.drafts.faults import broken_media, doubts_about
from tui.drafts.store import DraftStore
from tui.drafts.timing import Timing
from tui.drafts.validation import Problem, problems_of
from tui.processes.daemon_process import DaemonControl
from tui.processes.engine_process import Engine
from tui.processes.gather_process import Gatherer, GatherProcess
from tui.projects.bin import Bin
from tui.projects.forecast import Outlook
from tui.projects.reader import ProjectReader
from tui.widgets.picture import Graphics

Clock = Callable[[], dt.datetime]


def local_now() -> dt.datetime:
    """Return the local time, with its zone."""
    return dt.datetime.now().astimezone()


@dataclass(frozen=True)
class Services:
    """Handed to every screen; the parts at the border can be replaced in tests."""

    workspace: Path
    """The folder of projects."""
    drafts: DraftStore
    engine: Engine
    """Starts the engine's light checks as child processes."""
    daemon: DaemonControl
    """Knows whether a daemon watches the workspace, and starts one."""
    paces: PaceStore
    """Remembers how fast this machine learns."""
    gatherer: Gatherer = field(default_factory=GatherProcess)
    """Starts the gathering of pictures from outside."""
    clock: Clock = local_now
    graphics: Graphics = Graphics.HALF_CELLS
    listens_every: float = 3.0
    """Seconds between two looks at how all projects stand."""

    @cached_property
    def reader(self) -> ProjectReader:
        """Reads all projects; one for whoever asks, since it remembers what has not changed."""
        return ProjectReader(self.workspace, self.drafts, self.outlook)

    @cached_property
    def bin(self) -> Bin:
        """Holds deleted projects."""
        return Bin(self.workspace)

    @cached_property
    def outlook(self) -> Outlook:
        """Tells how far projects are; one for all screens, so that no bar runs back from one to the next."""
        return Outlook(self.workspace, self.paces, self.daemon.is_running)


class Draft:
    """The project that is being asked about: the newest answers, how to give more, and what was seen in its media."""

    def __init__(
        self, answers: Answers, checks: Checks, calibrator: Calibrator, changed: Callable[[Draft], None]
    ) -> None:
        self._answers = answers
        self._changed = changed
        self.checks = checks
        """What the engine has seen so far."""
        self.calibrator = calibrator
        """Knows how fast this machine is, or finds out."""

    @property
    def answers(self) -> Answers:
        """The newest answers."""
        return self._answers

    @property
    def timing(self) -> Timing:
        """What is known by now of how long it will take."""
        strip = self.checks.of(Role.TARGET).strip
        begun = self.answers.earlier_steps if begun_from(self.answers) is not None else 0
        frames = strip.frames if strip else 0
        return Timing(self.calibrator.pace, frames, begun, self.answers.earlier_preset)

    def problems(self, now: dt.datetime) -> tuple[Problem, ...]:
        """Return what keeps the answers from becoming a project, by themselves or by what was seen in the media."""
        return (*problems_of(self.answers, now), *broken_media(self.checks))

    def doubts(self, now: dt.datetime) -> tuple[Problem, ...]:
        """Return what would most likely fail, as far as the looks can tell."""
        return tuple(doubts_about(self.answers, self.checks, self.timing, now))

    def give(self, **answers: object) -> None:
        """Take answers, by their names in `Answers`; they are on the disk a moment later."""
        given = Answers.model_validate(self._answers.model_dump() | answers)
        # A number says who it is in the media that were looked at, and in no others.
        others = {f"{role}_person": None for role in Role if given.media_of(role) != self._answers.media_of(role)}
        self._answers = given.model_copy(update=others)
        self._changed(self)
