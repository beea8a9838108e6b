"""What the page of a report shows besides figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.errors import MediaError
from engine.media.images import encode_jpeg, read_image
from engine.project.folder import ProjectFolder
from engine.project.settings import Project
from engine.records.report import ReportFile
from engine.stages.reporting.comparison import evenly, side_by_side
from engine.stages.reporting.examine import Example
from engine.stages.reporting.html_page import Illustrations, Picture
from engine.stages.reporting.training import last_preview, training_curve

_FRAMES_SHOWN = 4
_JPEG_QUALITY = 88


def illustrations(folder: ProjectFolder, examples: Sequence[Example], covered: Example | None) -> Illustrations:
    """Return what the page shows.

    Args:
        folder: The project's, with the loss curve of the training, and its last preview.
        examples: Frames before and after.
        covered: The frame in which most of the face is covered.
    """
    frames = tuple(_pair(example) for example in evenly(examples, _FRAMES_SHOWN))
    most_covered = _pair(covered) if covered else None
    return Illustrations(frames, most_covered, training_curve(folder), _preview_picture(last_preview(folder)))


def _pair(example: Example) -> Picture:
    return Picture(encode_jpeg(side_by_side(example), _JPEG_QUALITY), f"Frame {example.frame_index:,}")


def chosen_settings(project: Project, report: ReportFile) -> list[tuple[str, str]]:
    """Return name and value of the settings of training and conversion, and the times that the stages took."""
    settings = [
        (f"{part}.{name}", str(value))
        for part, chosen in (("train", project.train), ("convert", project.convert))
        for name, value in chosen.model_dump(mode="json").items()
        if value not in (None, "")
    ]
    times = [(f"time for {each.stage}", f"{each.minutes:.1f} min") for each in report.times]
    return [*settings, *times]


def _preview_picture(path: Path | None) -> Picture | None:
    try:
        image = None if path is None else read_image(path)
    except MediaError:
        # A picture to look at, deleted or damaged since: the page does without.
        image = None
    if image is None:
        return None
    caption = "What the model can do: source, the source as it sees it, target, the target as it sees it, swap."
    return Picture(encode_jpeg(image, _JPEG_QUALITY), caption)
