"""Where checkpoints lie: a folder each, named by the step it was written at."""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = re.compile(r"step-(\d{9,})")


def checkpoint_name(step: int) -> str:
    """Return the name of a checkpoint's folder."""
    return f"step-{step:09d}"


def checkpoint_folders(checkpoints: Path) -> list[Path]:
    """Return the folders of the checkpoints, oldest first."""
    found = [path for path in checkpoints.glob("step-*") if _FOLDER.fullmatch(path.name) and path.is_dir()]
    return sorted(found, key=step_of)


def step_of(checkpoint: Path) -> int:
    """Return the step at which a checkpoint was written, by the name of its folder."""
    return int(checkpoint.name.removeprefix("step-"))
