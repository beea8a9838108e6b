"""What the history of a project tells of its training."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from engine.folder import ProjectFolder
from engine.project import Project
from engine.report.curve import loss_curve
from engine.reportfile import Training
from engine.stage import StageName, read_marker

LOSS_FILE = "loss.csv"


def read_training(folder: ProjectFolder, project: Project) -> Training:
    """Return how the model was trained, as far as the stages before noted it."""
    trained, extracted = (_figures(folder, stage) for stage in (StageName.TRAIN, StageName.EXTRACT))
    return Training(
        preset=project.train.preset,
        steps=int(_number(trained, "steps") or 0),
        minutes=_number(trained, "minutes"),
        loss=_number(trained, "loss"),
        source_faces=int(_number(extracted, "source_faces_usable") or 0),
        target_faces=int(_number(extracted, "target_faces_usable") or 0),
    )


def training_curve(folder: ProjectFolder) -> str:
    """Return the loss over the steps as an `<svg>` element, or nothing where it was not noted."""
    steps: list[int] = []
    losses: list[float] = []
    try:
        with (folder.history / LOSS_FILE).open(newline="") as file:
            for row in csv.DictReader(file):
                steps.append(int(row["step"]))
                losses.append(float(row["loss"]))
    except (OSError, KeyError, ValueError, TypeError):
        # A torn last line, or no history: what came before it is the curve.
        losses = losses[: len(steps)]
        steps = steps[: len(losses)]
    return loss_curve(steps, losses)


def last_lesson(folder: ProjectFolder) -> Path | None:
    """Return the newest preview that training left, or None."""
    found = sorted(folder.previews.glob("step-*.jpg")) if folder.previews.is_dir() else []
    return found[-1] if found else None


def _figures(folder: ProjectFolder, stage: StageName) -> Mapping[str, float | int | str]:
    marker = read_marker(folder, stage)
    return marker.figures if marker else {}


def _number(figures: Mapping[str, float | int | str], name: str) -> float | None:
    value = figures.get(name)
    return None if value is None or isinstance(value, str) else float(value)
