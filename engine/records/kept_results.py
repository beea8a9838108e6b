"""Results that gave way to newer ones: each in a folder of its own, with its report, under a name that people give.

result/
  anna-as-ben.mp4, compare.mp4, preview.jpg, report.html, report.json
  earlier/2026-11-24-2130/    the same files of an earlier result; the folder's name is the result's name
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ProjectError
from engine.files import atomic
from engine.files.safe_open import leads_out
from engine.project.folder import CREDENTIALS_SUFFIX, ProjectFolder
from engine.project.import_media import bring_all, free_names
from engine.project.markers import is_report_of_video, video_in_result
from engine.project.settings import Project
from engine.records.report import ReportFile, read_report
from engine.text import printable

_PLACE = "earlier"
_LONGEST_NAME = 200
"""Bytes, so that every disk takes it."""
_MOST = 200
"""Results that are listed."""


@dataclass(frozen=True)
class KeptResult:
    """A result that gave way to a newer one."""

    path: Path
    """Its folder."""
    report: ReportFile

    @property
    def name(self) -> str:
        """What it is called."""
        return self.path.name

    @property
    def video(self) -> Path:
        """The finished video."""
        return self.path / self.report.result

    @property
    def picture(self) -> Path | None:
        """Some faces before and after; None where there is none."""
        path = self.path / self.report.preview
        return path if self.report.preview and path.is_file() else None

    @property
    def size_bytes(self) -> int:
        """What it takes on the disk, where nothing else has the same files."""
        return sum(file.lstat().st_size for file in self.path.iterdir())


def kept_results(folder: ProjectFolder) -> tuple[KeptResult, ...]:
    """Return the results that gave way, the newest first; a folder without video or report is none."""
    found = []
    for path in _folders(folder):
        report = read_report(path / folder.report_json.name)
        if report is not None and (path / report.result).is_file() and not leads_out(path / report.result, path):
            found.append(KeptResult(path, report))
    return tuple(sorted(found, key=_made_at, reverse=True)[:_MOST])


def keep_result(folder: ProjectFolder, project: Project) -> KeptResult | None:
    """Keep the result that is there, before another takes its place; None where there is nothing to keep.

    A result of which the report is not written yet was never shown to anybody, and is not kept. Nor is one in which
    other persons were swapped: who was replaced by mistake has most likely not agreed.

    Raises:
        OutOfDisk: The disk knows no hard links, and there is no room for a copy.
    """
    report = read_report(folder.report_json)
    video = video_in_result(folder, report.result) if report is not None else None
    if report is None or video is None or not is_report_of_video(folder) or _shows_others(report, project):
        return None
    if any(kept.report == report for kept in kept_results(folder)):
        # Killed after it was kept, and before another took its place.
        return None
    made = dt.datetime.fromtimestamp(folder.report_json.stat().st_mtime).astimezone()
    earlier = folder.result / _PLACE
    earlier.mkdir(exist_ok=True)
    (place,) = free_names([Path(f"{made:%Y-%m-%d-%H%M}")], earlier)
    with atomic.new_folder(place) as partial:
        bring_all([(file, partial / file.name) for file in _files_of(folder, report, video)], lambda done, total: None)
    return KeptResult(place, report)


def remove_replaced(folder: ProjectFolder, kept: KeptResult | None, video: Path) -> None:
    """Remove the old video where the new one has another name, since the project has: it was kept elsewhere."""
    old = folder.result / kept.report.result if kept is not None else video
    if old != video:
        old.unlink(missing_ok=True)
        old.with_suffix(CREDENTIALS_SUFFIX).unlink(missing_ok=True)


def rename_kept(kept: KeptResult, name: str) -> KeptResult:
    """Give a kept result another name.

    Raises:
        ProjectError: It is no name for a folder, or another result has it.
    """
    name = name.strip()
    if not name or name[0] == "." or "/" in name or not name.isprintable() or len(os.fsencode(name)) > _LONGEST_NAME:
        raise ProjectError(
            f"“{printable(name)}” cannot be the name of a result.", "Begin with a letter, and leave out slashes."
        )
    place = kept.path.with_name(name)
    if place.exists():
        raise ProjectError(f"There is a result called “{name}” already.", "Choose another name. Nothing was changed.")
    kept.path.rename(place)
    return KeptResult(place, kept.report)


def delete_kept(kept: KeptResult) -> None:
    """Delete a kept result."""
    shutil.rmtree(kept.path)


def differing_settings(report: ReportFile, other: ReportFile | None) -> tuple[str, ...]:
    """Return in which settings of training and conversion a result was made otherwise than another, as `sharpen 2.0`.

    Nothing where an earlier version made one of the two, and wrote none down.
    """
    if report.made_with is None or other is None or other.made_with is None:
        return ()
    mine, theirs = (each.made_with.flat() for each in (report, other) if each.made_with is not None)
    return tuple(f"{name} {value}" for name, value in mine.items() if value != theirs.get(name))


def _shows_others(report: ReportFile, project: Project) -> bool:
    made = report.made_with
    return made is not None and (made.source_person, made.target_person) != (
        project.source.person,
        project.target.person,
    )


def _files_of(folder: ProjectFolder, report: ReportFile, video: Path) -> Iterator[Path]:
    named = (folder.result / report.comparison, folder.result / report.preview, folder.report_html, folder.report_json)
    for path in (video, video.with_suffix(CREDENTIALS_SUFFIX), *named):
        if path.is_file() and not leads_out(path, folder.path):
            yield path


def _folders(folder: ProjectFolder) -> list[Path]:
    place = folder.result / _PLACE
    if not place.is_dir() or leads_out(place, folder.path):
        return []
    return [path for path in place.iterdir() if path.is_dir() and not path.is_symlink() and path.name[0] != "."]


def _made_at(kept: KeptResult) -> float:
    return (kept.path / "report.json").stat().st_mtime
