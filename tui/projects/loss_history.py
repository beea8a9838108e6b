"""The course of a training, read from what the model writes. Reads a file: call from a worker."""

from __future__ import annotations

import csv

from engine.files.safe_open import read_inside
from engine.project.folder import ProjectFolder

_MOST_POINTS = 300
"""More than any terminal has columns for."""
_PARTS = ("source", "target", "mask")


def read_losses(folder: ProjectFolder) -> list[tuple[float, float]]:
    """Return (step, loss) from `loss.csv`, evenly thinned out; lines that are damaged or being written are left out."""
    try:
        text = read_inside(folder.path, folder.history / "loss.csv").decode()
        points = [point for row in csv.DictReader(text.splitlines()) if (point := _point(row)) is not None]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    stride = max(1, len(points) // _MOST_POINTS)
    return points[::stride] if (len(points) - 1) % stride == 0 else [*points[::stride], points[-1]]


def _point(row: dict[str, str]) -> tuple[float, float] | None:
    try:
        return float(row["step"]), sum(float(row[part]) for part in _PARTS)
    except (KeyError, TypeError, ValueError):
        return None
