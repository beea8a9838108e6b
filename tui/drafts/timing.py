"""How long a project takes on this machine: a guess, then what was measured. Pure but for the reading of reports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.project.again import steps_needed
from engine.project.presets import Preset
from engine.project.stage import StageName
from engine.records.pace import PresetPace
from engine.records.report import read_report

_REPORTS_READ = 5


@dataclass(frozen=True)
class Pace:
    """What work takes how long."""

    extract: float = 0.02
    """Seconds a frame of the video; both are a cautious guess until results on this machine have shown them."""
    convert: float = 0.1
    learning: tuple[PresetPace, ...] = ()
    """The presets that were measured on this machine."""

    def around(self, frames: int) -> float:
        """Return the seconds that everything but training takes."""
        return frames * (self.extract + self.convert)

    def knows(self, preset: Preset) -> bool:
        """Return whether this preset was measured."""
        return any(pace.preset is preset for pace in self.learning)

    def seconds_a_step(self, preset: Preset) -> float:
        """Return how long a step of training takes with a preset."""
        measured = (pace.seconds_a_step for pace in self.learning if pace.preset is preset)
        return next(measured, preset.facts.guessed_seconds_a_step)

    def full_minutes(self, preset: Preset) -> float:
        """Return the training time in which a preset mostly shows what it can."""
        return preset.facts.full_steps * self.seconds_a_step(preset) / 60


@dataclass(frozen=True)
class Timing:
    """What a project's times are estimated from."""

    pace: Pace = Pace()
    frames: int = 0
    """Frames of the video to change; 0 where it was not looked at yet."""
    begun_steps: int = 0
    """Steps of the model of an earlier project that training begins with; 0 where there is none."""
    begun_preset: Preset = Preset.QUICK
    """Its preset."""

    def full_minutes(self, preset: Preset) -> float:
        """Return the training time in which a preset mostly shows what it can, less what need not be learnt again."""
        needed = steps_needed(preset, self.begun_steps, self.begun_preset)
        return self.pace.full_minutes(preset) * needed / preset.facts.full_steps

    @property
    def around_minutes(self) -> float:
        """Minutes of everything but training."""
        return self.pace.around(self.frames) / 60


UNKNOWN = Timing()
"""Nothing was measured, and no video looked at."""


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
            return Pace(60 * extract / report.frames.total, 60 * convert / report.frames.total)
    return Pace()


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
