"""How long the parts around training take on this machine, learnt from the results in the workspace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.reportfile import read_report
from engine.stage import StageName

_REPORTS_READ = 5


@dataclass(frozen=True)
class Pace:
    """Seconds of work a frame of the video."""

    extract: float = 0.02
    convert: float = 0.1
    is_measured: bool = False
    """Whether this machine has shown it; otherwise it is a cautious guess for two cores."""

    def seconds_for(self, frames: int) -> float:
        """Return the time that everything but training takes."""
        return frames * (self.extract + self.convert)


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
