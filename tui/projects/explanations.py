"""The method on a picture of a project: which picture, where its pages lie, and the bundled ones for what is lacking.

The pages of a picture are made once, and again when the picture or the model is another one.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import UnderstudioError
from engine.project.folder import ProjectFolder
from engine.project.media_kinds import list_media
from engine.records.explanation import BUNDLED, STEPS_FILE, ExplainedStep, read_explanation


@dataclass(frozen=True)
class Page:
    """A step to be shown."""

    step: ExplainedStep
    picture: Path
    is_own: bool
    """It is about a picture of the project."""


@dataclass(frozen=True)
class ExplainRequest:
    """A picture that may be fit to be explained."""

    folder: ProjectFolder
    photo: Path
    """Or a video, of which a frame is taken."""
    model: str = ""
    """Name of the project's newest checkpoint, whose steps are shown, too; empty where they are not."""

    @property
    def place(self) -> Path:
        """Where its pages go."""
        facts = self.photo.stat()
        told = f"{self.photo}|{facts.st_mtime_ns}|{facts.st_size}|{self.model}"
        return self.folder.explained / hashlib.sha256(told.encode()).hexdigest()[:12]

    @property
    def words(self) -> tuple[str, ...]:
        """What the engine is asked."""
        project = ("--project", str(self.folder.path)) if self.model else ()
        within = ("--within", str(self.folder.path))
        return ("--small", "--out", str(self.place), *within, *project, "--", str(self.photo))


def requests(folder: ProjectFolder) -> tuple[ExplainRequest, ...]:
    """Return what to try, the best first: with a model, the video to change; else the first picture of the source.

    Reads the disk: call from a worker.
    """
    source, target = (list_media(part, folder.path) for part in (folder.source, folder.target))
    pictures = (*source.photos, *source.videos, *target.photos, *target.videos)
    plain = tuple(ExplainRequest(folder, picture) for picture in pictures[:1])
    models = sorted(path.name for path in folder.checkpoints.glob("step-*"))
    video = _video_of(folder, target.videos) if models else None
    return plain if video is None else (ExplainRequest(folder, video, models[-1]), *plain)


def _video_of(folder: ProjectFolder, videos: Sequence[Path]) -> Path | None:
    try:
        named = folder.load().target.video
        return folder.inside(named, "target.video") if named else next(iter(videos), None)
    except UnderstudioError:
        return None


def is_made(place: Path) -> bool:
    """Return whether the pages of a picture are there, all of them: their list is written last."""
    return (place / STEPS_FILE).is_file()


def clear(folder: ProjectFolder, keep: Path | None = None) -> None:
    """Remove pages that were cut short, or all but those that are kept."""
    for place in folder.explained.glob("*"):
        if place != keep and (keep is not None or not is_made(place)):
            shutil.rmtree(place, ignore_errors=True)


def pages(own: Path | None) -> tuple[Page, ...]:
    """Return the pages of a picture, and the bundled ones for steps that it does not have.

    Raises:
        ProjectError: They cannot be read.
    """
    mine = () if own is None else tuple(Page(step, own / step.picture, True) for step in read_explanation(own).steps)
    lacking = read_explanation(BUNDLED).steps[len(mine) :]
    return (*mine, *(Page(step, BUNDLED / step.picture, False) for step in lacking))
