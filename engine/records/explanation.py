"""The method step by step, as files: what `understudio explain` leaves in a folder and the wizard shows."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import ProjectError
from engine.files import atomic
from engine.project.stage import StageName

STEPS_FILE = "steps.json"
"""Lists the steps of a folder."""
PAGE = "index.html"
"""All steps on one page that needs nothing beside it."""
BUNDLED = Path(__file__).parents[1] / "demo" / "steps"
"""A ready-made set, from the bundled clips."""


class ExplainedStep(BaseModel):
    """One step: a picture and two sentences."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    words: tuple[str, str]
    picture: str = Field(pattern=r"^[\w-]+\.(png|jpg)$")
    """Name of the file beside the list."""
    stage: StageName
    """During which stage of a project it happens."""
    is_synthetic: bool
    """The picture shows something that a model painted; it is labelled and signed."""


class Explanation(BaseModel):
    """All steps, in order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: tuple[ExplainedStep, ...] = Field(min_length=1)

    def step_for(self, stage: StageName) -> int:
        """Return the index of the step that shows best what a stage does: its first, or the last of all."""
        found = (index for index, step in enumerate(self.steps) if step.stage is stage)
        return next(found, len(self.steps) - 1)


def write_explanation(folder: Path, explanation: Explanation) -> None:
    """Write the list of steps."""
    atomic.write_text(folder / STEPS_FILE, explanation.model_dump_json(indent=1) + "\n")


def read_explanation(folder: Path) -> Explanation:
    """Return the steps in a folder.

    Raises:
        ProjectError: There are none that can be read.
    """
    try:
        return Explanation.model_validate_json((folder / STEPS_FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise ProjectError(
            f"There is no explanation in {folder} that can be read.", "Make it again with `understudio explain`."
        ) from error
