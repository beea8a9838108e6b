"""The part of a report about training: its figures, loss curve and last preview."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from engine.files.safe_open import leads_out
from engine.project.folder import ProjectFolder
from engine.project.markers import read_marker, remarks
from engine.project.settings import Project
from engine.project.stage import StageName
from engine.records.report import Training
from engine.stages.reporting.loss_curve import loss_curve

LOSS_FILE = "loss.csv"


def read_training(folder: ProjectFolder, project: Project) -> Training:
    """Return how the model was trained, as far as the stages before noted it."""
    figures = _figures(folder, StageName.TRAIN)
    seconds = _number(figures, "seconds")
    return Training(
        preset=project.train.preset,
        size=int(_number(figures, "size") or 0),
        steps=int(_number(figures, "steps") or 0),
        steps_before=int(_number(figures, "steps_before") or 0),
        minutes=None if seconds is None else round(seconds / 60, 2),
        loss=_number(figures, "held_out_loss"),
        source_faces=int(_number(figures, "source_faces_usable") or 0),
        target_faces=int(_number(figures, "target_faces_usable") or 0),
        device=str(figures.get("device", "")),
        remark=remarks(folder, StageName.TRAIN),
        ended_by=str(figures.get("ended_by", "")),
    )


def training_curve(folder: ProjectFolder) -> str:
    """Return the loss over the steps as an `<svg>` element, or nothing where it was not noted."""
    try:
        text = (folder.history / LOSS_FILE).read_text()
    except OSError:
        return ""
    points = [point for row in csv.DictReader(text.splitlines()) if (point := _point(row)) is not None]
    return loss_curve([step for step, _ in points], [loss for _, loss in points])


def _point(row: Mapping[str, str | None]) -> tuple[int, float] | None:
    """Return step and loss, or None for a line that a power cut tore."""
    try:
        return int(row["step"] or ""), (float(row["source"] or "") + float(row["target"] or "")) / 2
    except (KeyError, ValueError):
        return None


def last_preview(folder: ProjectFolder) -> Path | None:
    """Return the newest preview that training left, or None."""
    found = sorted(folder.previews.glob("step-*.jpg")) if folder.previews.is_dir() else []
    return found[-1] if found and not leads_out(found[-1], folder.path) else None


def _figures(folder: ProjectFolder, stage: StageName) -> Mapping[str, float | int | str]:
    marker = read_marker(folder, stage)
    return marker.figures if marker else {}


def _number(figures: Mapping[str, float | int | str], name: str) -> float | None:
    value = figures.get(name)
    return None if value is None or isinstance(value, str) else float(value)
