"""How far a whole project is, and when its video will be there: over all stages, better with every one that is done."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from daemon.status import Ear, State, Status
from engine.project.again import HeadStartFacts, steps_needed, taken_over
from engine.project.checkpoints import seconds_learnt
from engine.project.folder import ProjectFolder
from engine.project.markers import read_marker
from engine.project.settings import Project, TrainSettings
from engine.project.stage import Progress, StageName
from engine.records.pace import PaceStore
from tui.drafts.timing import Pace, measured_pace
from tui.projects.elsewhere import Elsewhere
from tui.projects.room_text import RoomWords

_FRAMES_SHARE = 0.7
"""Of finding faces, how much is over when every frame was looked at; what the faces do is read after that."""
_MEASURING_SHARE = 0.2
"""How long measuring takes, as a share of converting."""
_LEAST_SECONDS = 1.0
"""Of any stage: while the frames are not known, all but training would take no time at all."""


@dataclass(frozen=True)
class Forecast:
    """How far a project is as a whole."""

    share: float
    """0..1."""
    ready_at: dt.datetime | None
    """When the video should be there; None while that cannot be told."""


def seconds_of(
    project: Project, frames: int, pace: Pace, begun: HeadStartFacts | None = None
) -> dict[StageName, float]:
    """Return how long each stage takes, from beginning to end.

    Args:
        project: What is wanted.
        frames: Of the video to change; 0 where that is not known yet.
        pace: How fast this machine is.
        begun: What training begins with; None for nothing.
    """
    train, convert = project.train, frames * pace.convert
    steps = _steps(train, begun or HeadStartFacts())
    seconds = {
        StageName.EXTRACT: frames * pace.extract,
        StageName.TRAIN: 60 * train.minutes if train.minutes else steps * pace.seconds_a_step(train.preset),
        StageName.CONVERT: convert,
        StageName.REPORT: _MEASURING_SHARE * convert,
    }
    return {stage: max(_LEAST_SECONDS, each) for stage, each in seconds.items()}


def _steps(train: TrainSettings, begun: HeadStartFacts) -> int:
    return train.steps or steps_needed(train.preset, begun.steps, begun.preset)


def _learnt(folder: ProjectFolder, train: TrainSettings, status: Status, begun: HeadStartFacts) -> float:
    """Return how much of a training is over that does not say so itself, 0..1.

    Minutes are told by the newest checkpoint, steps by the last loss that was heard.
    """
    says_itself = status.progress is not None and status.progress.total > 0
    if says_itself or status.stage is not StageName.TRAIN:
        return 0.0
    if train.minutes:
        return min(1.0, seconds_learnt(folder) / (60 * train.minutes))
    if not status.losses:
        return 0.0
    return min(1.0, status.losses[-1].step / _steps(train, begun))


def forecast(
    status: Status, seconds: Mapping[StageName, float], now: dt.datetime, *, knows_frames: bool, learnt: float = 0.0
) -> Forecast:
    """Return how far a project is, and when it will be ready.

    Args:
        status: How it stands.
        seconds: How long each stage takes.
        now: The local time, for its zone.
        knows_frames: Whether the seconds rest on the frames of the video.
        learnt: How much of the training is over, 0..1, as far as that is known while it gets ready to go on.
    """
    stage, progress = status.stage or StageName.EXTRACT, status.progress
    stages = list(StageName)
    before = sum(seconds[each] for each in stages[: stages.index(stage)])
    after = sum(seconds[each] for each in stages[stages.index(stage) + 1 :])
    part = _part(progress) if progress is not None and progress.stage is stage else 0.0
    if stage is StageName.TRAIN:
        part = max(part, learnt)
    left = seconds[stage] * (1 - part)
    if progress is not None and progress.eta_seconds is not None and progress.unit != "faces":
        left = progress.eta_seconds
    share = (before + part * seconds[stage]) / sum(seconds.values())
    if status.state is not State.RUNNING or not knows_frames:
        return Forecast(share, None)
    return Forecast(share, (status.updated_at + dt.timedelta(seconds=left + after)).astimezone(now.tzinfo))


def _part(progress: Progress) -> float:
    """Return how much of its stage is over, 0..1."""
    done = min(1.0, progress.done / progress.total) if progress.total > 0 else 0.0
    if progress.stage is not StageName.EXTRACT:
        return done
    if progress.unit == "faces":
        # Once for each of the two people: it stands still for the second.
        return _FRAMES_SHARE + (1 - _FRAMES_SHARE) / 2 * done
    return _FRAMES_SHARE * done


class Outlook:
    """Makes forecasts, and keeps each project's bar from running back. Call from a worker: reads files."""

    def __init__(
        self, workspace: Path, paces: PaceStore | None = None, is_at_work: Callable[[], bool] = lambda: True
    ) -> None:
        """Begin without having looked at any project.

        Args:
            workspace: Where they are.
            paces: What is known of this machine's speed.
            is_at_work: Returns whether some daemon looks after the workspace.
        """
        self._workspace = workspace
        self._paces = paces
        self._is_at_work = is_at_work
        self._ear = Ear()
        self.elsewhere = Elsewhere()
        self.room = RoomWords(workspace)
        self._pace: Pace | None = None
        self._furthest: dict[Path, tuple[StageName, float]] = {}
        self._turn = threading.Lock()

    def of(self, folder: ProjectFolder, project: Project, status: Status, now: dt.datetime) -> Forecast:
        """Return how far a project is as a whole."""
        with self._turn:
            if self._pace is None:
                learning = self._paces.read() if self._paces is not None else ()
                self._pace = replace(measured_pace(self._workspace), learning=learning)
            frames = _frames(folder, status)
            begun = taken_over(folder)
            seconds = seconds_of(project, frames, self._pace, begun)
            learnt = _learnt(folder, project.train, status, begun)
            made = forecast(status, seconds, now, knows_frames=frames > 0, learnt=learnt)
            return replace(made, share=self._never_back(folder.path, status.stage or StageName.EXTRACT, made.share))

    def is_stale(self, folder: ProjectFolder, status: Status, now: dt.datetime) -> bool:
        """Return whether a project claims to run although nobody is at work, or nobody has said so for a while."""
        is_claimed = status.state is State.RUNNING
        return is_claimed and (not self._is_at_work() or self._ear.is_stale(folder, status, now))

    def _never_back(self, path: Path, stage: StageName, share: float) -> float:
        """Return the furthest share since the project began, or began anew at an earlier stage."""
        stages = list(StageName)
        before = self._furthest.get(path)
        if before is not None and stages.index(before[0]) <= stages.index(stage):
            share = max(share, before[1])
        self._furthest[path] = stage, share
        return share


def _frames(folder: ProjectFolder, status: Status) -> int:
    """Return the frames of the video to change, or about so many while they are looked through; 0 where unknown."""
    marker = read_marker(folder, StageName.EXTRACT)
    if marker is not None and isinstance(seen := marker.figures.get("target_frames_seen"), int):
        return seen
    progress = status.progress
    return int(progress.total) if progress is not None and progress.stage is StageName.EXTRACT else 0
