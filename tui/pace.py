"""How long a project takes on this machine: a guess, then what was measured. Pure but for the reading of reports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engine.pace import PaceStore, PresetPace
from engine.project import Preset
from engine.reportfile import read_report
from engine.stage import StageName
from tui.engine_child import EngineChild

_REPORTS_READ = 5

_GUESSED = (
    PresetPace(preset=Preset.QUICK, seconds_a_step=0.29),
    PresetPace(preset=Preset.STANDARD, seconds_a_step=1.3),
    PresetPace(preset=Preset.HIGH, seconds_a_step=25.0),
)
"""Of two cores without a graphics card."""


@dataclass(frozen=True)
class Pace:
    """What work takes how long."""

    extract: float = 0.02
    """Seconds a frame of the video."""
    convert: float = 0.1
    is_measured: bool = False
    """Whether results on this machine have shown the two; otherwise they are a cautious guess."""
    learning: tuple[PresetPace, ...] = ()
    """The presets that were measured on this machine."""

    def around(self, frames: int) -> float:
        """Return the seconds that everything but training takes."""
        return frames * (self.extract + self.convert)

    def knows(self, preset: Preset) -> bool:
        """Return whether this preset was measured."""
        return any(pace.preset is preset for pace in self.learning)

    def full_minutes(self, preset: Preset) -> float:
        """Return the training time in which a preset mostly shows what it can."""
        return next(pace for pace in (*self.learning, *_GUESSED) if pace.preset is preset).full_minutes


class Pacer:
    """Finds out the pace of this machine, once, while a person answers questions."""

    def __init__(self, engine: EngineChild, store: PaceStore, workspace: Path, changed: Callable[[], None]) -> None:
        self._engine = engine
        self._store = store
        self._workspace = workspace
        self._changed = changed
        self._pace = Pace()
        self._is_measuring = False

    @property
    def pace(self) -> Pace:
        """What is known by now."""
        return self._pace

    @property
    def is_measuring(self) -> bool:
        """Whether more will be known in a moment."""
        return self._is_measuring

    async def measure(self) -> None:
        """Recall what was measured before, and measure the rest. A cancelled measurement leaves no process behind."""
        if self._is_measuring:
            return
        self._is_measuring = True
        try:
            remembered = await asyncio.to_thread(self._store.read)
            shown = await asyncio.to_thread(measured_pace, self._workspace)
            known = remembered or self._pace.learning
            self._set(replace(shown, learning=known))
            missing = [preset for preset in Preset if not self._pace.knows(preset)]
            if missing:
                await self._engine.calibrate(missing, self._add)
                await asyncio.to_thread(self._store.write, self._pace.learning)
        finally:
            self._is_measuring = False
            self._changed()

    def _add(self, pace: PresetPace) -> None:
        self._set(replace(self._pace, learning=(*self._pace.learning, pace)))

    def _set(self, pace: Pace) -> None:
        self._pace = pace
        self._changed()


def measured_pace(workspace: Path) -> Pace:
    """Return the pace of the newest results, or a guess where there is none. Reads files: call from a worker."""
    paths = sorted(workspace.glob("*/result/report.json"), key=_changed_at, reverse=True)
    for path in paths[:_REPORTS_READ]:
        report = read_report(path)
        if report is None or not report.frames.total:
            continue
        minutes = {time.stage: time.minutes for time in report.times}
        extract, convert = minutes.get(StageName.EXTRACT), minutes.get(StageName.CONVERT)
        if extract and convert:
            return Pace(60 * extract / report.frames.total, 60 * convert / report.frames.total, is_measured=True)
    return Pace()


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
