"""Where everything of one project lies. The folder is the project: it can be copied, moved, dropped, deleted whole."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from engine import atomic
from engine.errors import ProjectError
from engine.project import Project
from engine.projectfile import format_project, parse_project

PROJECT_FILE = "project.toml"


@dataclass(frozen=True)
class ProjectFolder:
    """The paths of a project, and its project file."""

    path: Path
    """Absolute path of the folder."""

    @property
    def project_file(self) -> Path:
        """What is wanted."""
        return self.path / PROJECT_FILE

    @property
    def source(self) -> Path:
        """Photos and videos of the person who will appear."""
        return self.path / "source"

    @property
    def target(self) -> Path:
        """The video to change, and further pictures of the person in it."""
        return self.path / "target"

    @property
    def consent(self) -> Path:
        """Evidence of consent."""
        return self.path / "consent"

    @property
    def work(self) -> Path:
        """All that the engine makes on its way; safe to delete."""
        return self.path / "work"

    @property
    def source_faces(self) -> Path:
        """The face set of the person who will appear."""
        return self.work / "source_faces"

    @property
    def target_faces(self) -> Path:
        """The face set of the person who is replaced."""
        return self.work / "target_faces"

    @property
    def checkpoints(self) -> Path:
        """One folder a checkpoint, `step-000012000`."""
        return self.work / "checkpoints"

    @property
    def history(self) -> Path:
        """`loss.csv` and TensorBoard events."""
        return self.work / "history"

    @property
    def previews(self) -> Path:
        """Pictures of what the model can do, `step-000012000.jpg`."""
        return self.work / "previews"

    @property
    def segments(self) -> Path:
        """Converted pieces of the video."""
        return self.work / "segments"

    @property
    def markers(self) -> Path:
        """One file a finished stage."""
        return self.work / "markers"

    @property
    def status_file(self) -> Path:
        """What is; written by the daemon only."""
        return self.work / "status.json"

    @property
    def lock_file(self) -> Path:
        """Held by the one process that works on this project."""
        return self.work / "lock"

    @property
    def limits_file(self) -> Path:
        """What this machine turned out to be able to bear, see `engine.limits`."""
        return self.work / "limits.json"

    @property
    def log_file(self) -> Path:
        """Everything the stages had to say."""
        return self.work / "log.txt"

    @property
    def result(self) -> Path:
        """What the person came for."""
        return self.path / "result"

    @property
    def compare_video(self) -> Path:
        """Before and after, side by side."""
        return self.result / "compare.mp4"

    @property
    def report_json(self) -> Path:
        """The figures of the result, for programs."""
        return self.result / "report.json"

    @property
    def report_html(self) -> Path:
        """The figures of the result, for people."""
        return self.result / "report.html"

    def result_video(self, project: Project, suffix: str = ".mp4") -> Path:
        """Return where the finished video goes."""
        stem = re.sub(r"[^\w.-]+", "-", project.name).strip("-.") or "result"
        return self.result / f"{stem}{suffix}"

    def require_own(self) -> None:
        """Refuse a folder whose own parts are links that lead out of it: work would be written over what lies there.

        Raises:
            ProjectError: There is such a link; the message names it.
        """
        root = _real(self.path)
        parts = [self.project_file, self.source, self.target, self.consent, self.work, self.result]
        if self.work.is_dir() and not self.work.is_symlink():
            parts += self.work.iterdir()
        for part in parts:
            if part.is_symlink() and not _real(part).is_relative_to(root):
                raise ProjectError(
                    f"{part.relative_to(self.path)} is a link that leads out of the project folder.",
                    "Put the folder or file itself in its place. Nothing was changed.",
                )

    def load(self) -> Project:
        """Read the project file.

        Raises:
            ProjectError: There is none, or it is not valid; the message names the setting. Or a part of the folder is a
                link that leads out of it.
        """
        try:
            self.require_own()
            text = self.project_file.read_text()
        except FileNotFoundError as error:
            raise ProjectError(
                f"{self.path.name} is not a project: it has no {PROJECT_FILE}.",
                "Make one with `understudio new`, or open the folder in the wizard.",
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise ProjectError(f"{PROJECT_FILE} cannot be read: {error}.", "Check the file and start again.") from error
        return parse_project(text)

    def save(self, project: Project) -> None:
        """Write the project file in one step, keeping the comments it has."""
        previous = self.project_file.read_text() if self.project_file.exists() else ""
        atomic.write_text(self.project_file, format_project(project, previous))

    def inside(self, relative: str, setting: str) -> Path:
        """Return the absolute path of a file that a setting names.

        Raises:
            ProjectError: It is absent, or a link leads out of the folder; the message names the setting.
        """
        root = _real(self.path)
        path = _real(root / relative)
        if not path.is_relative_to(root):
            raise ProjectError(f"{setting} leads out of the project folder: {relative!r}.", "Copy the file into it.")
        if not path.is_file():
            raise ProjectError(
                f"{setting} names a file that is not there: {relative!r}.", "Put it there and start again."
            )
        return path


def _real(path: Path) -> Path:
    """Return where a path leads; other than `Path.resolve`, also for a link that leads to itself."""
    return Path(os.path.realpath(path))


def create_folder(path: Path) -> ProjectFolder:
    """Make an empty project folder that only its owner may read.

    Raises:
        ProjectError: There is something in that place already.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ProjectError(f"{path} exists already and is not empty.", "Choose another name. Nothing was changed.")
    folder = ProjectFolder(path.absolute())
    for each in (folder.path, folder.source, folder.target, folder.consent):
        each.mkdir(parents=True, exist_ok=True)
        os.chmod(each, 0o700)
    return folder
