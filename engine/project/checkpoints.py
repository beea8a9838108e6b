"""Where checkpoints lie: a folder each, named by the step it was written at; and how long the newest was learnt."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from engine.files.safe_open import read_inside
from engine.project.folder import ProjectFolder

CHECKPOINT_FACTS = "checkpoint.json"
"""Name of the file in a checkpoint that says how far it was trained."""

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


class _Learnt(BaseModel):
    """What a checkpoint says of the time it took; all else is for who trains."""

    seconds: float = Field(ge=0, allow_inf_nan=False)


def seconds_learnt(folder: ProjectFolder) -> float:
    """Return how long a project's model was trained, over all runs, by its newest checkpoint; 0 where none says."""
    for newest in checkpoint_folders(folder.checkpoints)[-1:]:
        try:
            return _Learnt.model_validate_json(read_inside(folder.path, newest / CHECKPOINT_FACTS)).seconds
        except (OSError, ValidationError):
            break
    return 0.0
