"""Where everything of one project lies. The folder is the project: it can be copied, moved, dropped, deleted whole."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ProjectError
from engine.files import atomic
from engine.files.private_folder import keep_private, make_private
from engine.files.refusal import refused_use
from engine.files.safe_open import is_strangers, read_inside, real
from engine.project.file import format_project, parse_project
from engine.project.own_parts import entries, require_own
from engine.project.settings import Project
from engine.role import Role

PROJECT_FILE = "project.toml"

CREDENTIALS_SUFFIX = ".c2pa"
"""Of the signed record beside a video whose container has no place for it."""
FRAME_TABLES_VARIABLE = "UNDERSTUDIO_FRAME_TABLES"
"""Names in the environment of a stage where the lists of its videos' frames are kept."""

FACE_PICTURES = "pictures"
"""Name of the folder of pictures in a face set."""


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
    def taken_out(self) -> Path:
        """Photos and videos that a person took out of `source/` and `target/`; nothing reads them."""
        return self.path / "taken-out"

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

    def media_of(self, role: Role) -> Path:
        """Return the folder of one person's photos and videos."""
        match role:
            case Role.SOURCE:
                return self.source
            case Role.TARGET:
                return self.target

    def faces_of(self, role: Role) -> Path:
        """Return the face set of one person."""
        match role:
            case Role.SOURCE:
                return self.source_faces
            case Role.TARGET:
                return self.target_faces

    def face_pictures_of(self, role: Role) -> Path:
        """The aligned pictures in the face set of source or target."""
        return self.faces_of(role) / FACE_PICTURES

    @property
    def checkpoints(self) -> Path:
        """One folder a checkpoint, `step-000012000`."""
        return self.work / "checkpoints"

    @property
    def head_start(self) -> Path:
        """The model of an earlier project with the same source, which training begins from where there is one."""
        return self.work / "head-start"

    @property
    def history(self) -> Path:
        """`loss.csv` and TensorBoard events."""
        return self.work / "history"

    @property
    def previews(self) -> Path:
        """Pictures of what the model can do, `step-000012000.jpg`."""
        return self.work / "previews"

    @property
    def foretaste(self) -> Path:
        """A frame about what the video will be, drawn before a model is trained."""
        return self.previews / "foretaste.jpg"

    @property
    def foretaste_file(self) -> Path:
        """What is known of that frame."""
        return self.previews / "foretaste.json"

    @property
    def explained(self) -> Path:
        """The method, step by step, on a picture of the project, one folder a picture and model."""
        return self.work / "explained"

    @property
    def checked(self) -> Path:
        """What a quick look at the media saw, with a picture of each person, one folder for each of the two people."""
        return self.work / "checked"

    @property
    def frame_tables(self) -> Path:
        """Lists of the frames of the project's videos, one file a video."""
        return self.work / "frames"

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
    def claim_file(self) -> Path:
        """Which stage works on this project, where several machines share its disk."""
        return self.work / "claim.json"

    @property
    def limits_file(self) -> Path:
        """What this machine turned out to be able to bear, see `engine.project.limits`."""
        return self.work / "limits.json"

    @property
    def cluster_file(self) -> Path:
        """What the machines of a cluster know the folder by while a stage is spread over them."""
        return self.work / "cluster.txt"

    @property
    def log_file(self) -> Path:
        """Everything the stages had to say."""
        return self.work / "log.txt"

    @property
    def chatter_file(self) -> Path:
        """What libraries print by themselves."""
        return self.work / "log-libraries.txt"

    @property
    def result(self) -> Path:
        """What the person came for."""
        return self.path / "result"

    @property
    def compare_video(self) -> Path:
        """Before and after, side by side."""
        return self.result / "compare.mp4"

    @property
    def compare_picture(self) -> Path:
        """Some faces before, and below each what became of it."""
        return self.result / "preview.jpg"

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
        """Refuse a folder with parts of its own that lie elsewhere: work would be read from there, or written there.

        Raises:
            ProjectError: There is a link that leads out, or a file that belongs to somebody else and has another name
                elsewhere; the message names it.
        """
        require_own(self.path, self._own_parts())

    def _own_parts(self) -> Iterator[Path]:
        """Yield what we read and write, down to the files in the folders of `work`, without the pictures of faces."""
        media = (self.source, self.target, self.taken_out)
        yield from (self.project_file, *media, self.consent, self.work, self.result)
        for place in (self.work, self.result):
            for part in entries(place):
                yield part
                if place == self.work:
                    yield from entries(part)

    def load(self) -> Project:
        """Read the project file.

        Raises:
            ProjectError: There is none, or it is not valid; the message names the setting. Or a part of the folder is a
                link that leads out of it.
        """
        try:
            self.require_own()
            text = read_inside(self.path, self.project_file).decode()
        except FileNotFoundError as error:
            raise ProjectError(
                f"{self.path.name} is not a project: it has no {PROJECT_FILE}.",
                "Make one with `understudio new`, or open the folder in the wizard.",
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            if (why := refused_use(self.project_file, os.R_OK)) is not None:
                raise ProjectError(why.title, why.hint) from error
            words = getattr(error, "strerror", None) or str(error)
            raise ProjectError(f"{PROJECT_FILE} cannot be read: {words}.", "Check the file and start again.") from error
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
        root = real(self.path)
        path = real(root / relative)
        if not path.is_relative_to(root):
            raise ProjectError(f"{setting} leads out of the project folder: {relative!r}.", "Copy the file into it.")
        if not path.is_file():
            raise ProjectError(
                f"{setting} names a file that is not there: {relative!r}.", "Put it there and start again."
            )
        if is_strangers(path.stat(), root.stat().st_uid):
            raise ProjectError(
                f"{setting} names a hard link to a file of somebody else: {relative!r}.", "Put a copy in its place."
            )
        return path


def create_folder(path: Path) -> ProjectFolder:
    """Make an empty project folder that only its owner may read.

    Raises:
        ProjectError: There is something in that place already.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ProjectError(f"{path} exists already and is not empty.", "Choose another name. Nothing was changed.")
    folder = ProjectFolder(path.absolute())
    for each in (folder.path, folder.source, folder.target, folder.consent):
        make_private(each, parents=True)
        keep_private(each)
    return folder
