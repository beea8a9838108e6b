"""The files of a result that a person may want to see or have. Reads the disk: call from a worker."""

from __future__ import annotations

from pathlib import Path

from engine.project.folder import ProjectFolder
from engine.project.markers import finished_video, video_in_result
from engine.project.settings import Project
from engine.records.report import ReportFile


def result_video(folder: ProjectFolder, project: Project, report: ReportFile | None) -> Path | None:
    """Return the finished video; None where it is not really there."""
    video = finished_video(folder, project)
    if video is None and report is not None:
        # Once the model was deleted, only the report knows the name.
        video = video_in_result(folder, report.result)
    return video
