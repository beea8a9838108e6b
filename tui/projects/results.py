"""All results of a project: the present one, and those that gave way to it. Reads files: call from a worker."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from engine.project.folder import ProjectFolder
from engine.project.markers import video_in_result
from engine.records.kept_results import KeptResult, differing_settings, kept_results
from engine.records.report import ReportFile, read_report
from engine.records.verdict import verdict_on
from engine.text import counted

PRESENT = "the present one"


@dataclass(frozen=True)
class ResultView:
    """A result as it is listed."""

    name: str
    made_at: dt.datetime
    headline: str
    """What a stranger would say."""
    words: str
    """How it was made, as far as the headline does not say it, and in what it differs from the present one."""
    video: Path
    picture: Path | None
    """Some faces before and after."""
    size_bytes: int
    kept: KeptResult | None = None
    """None of the present one."""


def results_of(folder: ProjectFolder) -> tuple[ResultView, ...]:
    """Return the results of a project, the present one first, then the newest."""
    now = read_report(folder.report_json)
    views = [_view(each.name, each.path, each.report, now, each) for each in kept_results(folder)]
    if now is not None and video_in_result(folder, now.result) is not None:
        views.insert(0, _view(PRESENT, folder.result, now, now, None))
    return tuple(views)


def _view(
    name: str, place: Path, report: ReportFile, present: ReportFile | None, kept: KeptResult | None
) -> ResultView:
    picture = place / report.preview
    video = place / report.result
    return ResultView(
        name,
        made_at=dt.datetime.fromtimestamp((place / "report.json").stat().st_mtime).astimezone(),
        headline=verdict_on(report).headline,
        words=_how(report, present),
        video=video,
        picture=picture if report.preview and picture.is_file() else None,
        size_bytes=video.stat().st_size if kept is None else kept.size_bytes,
        kept=kept,
    )


def _how(report: ReportFile, present: ReportFile | None) -> str:
    training = report.training
    # Of a model that is far from done, the headline counts them.
    steps = "" if training.is_early else f"{counted(training.steps, 'step')}. "
    if report is present:
        return steps.strip()
    if report.made_with is None:
        return f"{steps}An earlier version made it, and did not write its settings down."
    if others := differing_settings(report, present):
        return f"{steps}Otherwise than the present one: {', '.join(others)}."
    return f"{steps}The same settings."
