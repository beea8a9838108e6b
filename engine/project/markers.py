"""The marker that proves a stage done, and the fingerprint by which it is told whether it still is.

The artefact is the truth. A stage is done when its marker exists and the marker's fingerprint equals the one that the
present settings and inputs give; deleting the status loses nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.files import atomic
from engine.files.safe_open import leads_out, read_inside
from engine.project.folder import FACE_PICTURES, ProjectFolder
from engine.project.media_kinds import MOST_FILES
from engine.project.settings import Project
from engine.project.stage import StageName
from engine.project.system_names import is_system_file, is_system_folder
from engine.text import printable

REMARKS = "remarks"
"""The figure that says, in sentences, what the result cannot have, or has not, of the video to change."""


@dataclass(frozen=True)
class Marker:
    """Proof that a stage is done."""

    stage: StageName
    fingerprint: str
    """SHA-256 of the settings and inputs that the stage was done with."""
    figures: dict[str, float | int | str]
    """What the stage counted, for the report and the screens."""


class _MarkerFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    stage: StageName
    fingerprint: str
    figures: dict[str, float | int | str]


def marker_path(folder: ProjectFolder, stage: StageName) -> Path:
    """Return where the marker of a stage lies."""
    return folder.markers / f"{stage}.json"


def write_marker(folder: ProjectFolder, marker: Marker) -> None:
    """Say that a stage is done. Call it last."""
    content = _MarkerFile(stage=marker.stage, fingerprint=marker.fingerprint, figures=marker.figures)
    atomic.write_text(marker_path(folder, marker.stage), content.model_dump_json(indent=1))


def read_marker(folder: ProjectFolder, stage: StageName) -> Marker | None:
    """Return the marker of a stage, or None where there is none that can be read."""
    try:
        content = _MarkerFile.model_validate_json(read_inside(folder.path, marker_path(folder, stage)))
    except (OSError, ValidationError):
        return None
    return Marker(content.stage, content.fingerprint, content.figures) if content.stage is stage else None


def result_name(folder: ProjectFolder, project: Project) -> str:
    """Return the name of the video that conversion made, by its marker where there is one."""
    marker = read_marker(folder, StageName.CONVERT)
    name = marker.figures.get("result") if marker else None
    return name if isinstance(name, str) and name else folder.result_video(project).name


def remarks(folder: ProjectFolder, stage: StageName) -> str:
    """Return what a stage found that a person should know of, in sentences; empty where there is nothing."""
    marker = read_marker(folder, stage)
    said = marker.figures.get(REMARKS) if marker else None
    return printable(said, _LONGEST_REMARKS) if isinstance(said, str) else ""


def finished_video(folder: ProjectFolder, project: Project) -> Path | None:
    """Return the video that conversion made; None where it is not really there."""
    return video_in_result(folder, result_name(folder, project))


def video_in_result(folder: ProjectFolder, name: str) -> Path | None:
    """Return a file of the result folder by its name; None where it is absent or leads out of the project."""
    path = folder.result / name
    is_ours = path.is_file() and path.parent == folder.result and not leads_out(path, folder.path)
    return path if is_ours else None


def give_up_lost_result(folder: ProjectFolder) -> bool:
    """Have a finished video that is no longer in the result folder be made again; return whether it is so.

    Without being asked nobody does it: a result that was moved away is no reason to work.
    """
    marker = read_marker(folder, StageName.CONVERT)
    name = marker.figures.get("result") if marker else None
    if not isinstance(name, str) or video_in_result(folder, name) is not None:
        return False
    marker_path(folder, StageName.CONVERT).unlink(missing_ok=True)
    return True


def is_done(folder: ProjectFolder, project: Project, stage: StageName) -> bool:
    """Return whether a stage is done with the present settings and inputs."""
    marker = read_marker(folder, stage)
    return marker is not None and marker.fingerprint == fingerprint(folder, project, stage)


def next_stage(folder: ProjectFolder, project: Project) -> StageName | None:
    """Return the first stage that is not done, or None where the project is finished."""
    return next((stage for stage in StageName if not is_done(folder, project, stage)), None)


def fingerprint(folder: ProjectFolder, project: Project, stage: StageName) -> str:
    """Return a SHA-256 over everything that the outcome of a stage depends on.

    Each stage includes the one before it by that stage's fingerprint, so a change runs down the line and stops where it
    does not matter: other blending redoes conversion only.
    """
    match stage:
        case StageName.EXTRACT:
            facts: list[object] = [project.extract.model_dump(mode="json"), project.target.video]
            facts += [media_digest(folder.source), media_digest(folder.target)]
        case StageName.TRAIN:
            facts = [project.train.model_dump(mode="json"), project.seed, project.deterministic]
            facts += _facts_of_faces(folder, project)
        case StageName.CONVERT:
            facts = [project.convert.model_dump(mode="json"), project.name, project.consent.fingerprint()]
            facts += [project.target.person, fingerprint(folder, project, StageName.TRAIN)]
        case StageName.REPORT:
            facts = [fingerprint(folder, project, StageName.CONVERT)]
    return _digest(facts)


def faces_fingerprint(folder: ProjectFolder, project: Project) -> str:
    """Return a SHA-256 over all that decides which faces there are to learn from, and who is meant."""
    return _digest(_facts_of_faces(folder, project))


def _facts_of_faces(folder: ProjectFolder, project: Project) -> list[object]:
    return [
        *(project.source.person, project.target.person),
        *(pictures_digest(folder.source_faces), pictures_digest(folder.target_faces)),
        fingerprint(folder, project, StageName.EXTRACT),
    ]


def _digest(facts: list[object]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def is_report_of_video(folder: ProjectFolder) -> bool:
    """Return whether the report is about the video that is there, whatever the settings are by now.

    Conversion may have made another since; where faces and model were deleted, there are no markers, and no other.
    """
    converted, reported = read_marker(folder, StageName.CONVERT), read_marker(folder, StageName.REPORT)
    return converted is None or (reported is not None and reported.fingerprint == _digest([converted.fingerprint]))


def media_digest(folder: Path) -> list[list[object]]:
    """Return name, size and a digest of both ends of every file in a media folder.

    Time stamps are left out: a copied project is the same project. Reading both ends instead of all keeps this quick
    enough for the daemon to do at each look, for any length of video. Of a link that leads out of the project, only
    where to counts. A folder with more files than may be is not read: extraction refuses it.
    """
    if not folder.is_dir():
        return []
    found = [path for path in islice(folder.rglob("*"), MOST_FILES + 1) if not path.name.startswith(".")]
    if len(found) > MOST_FILES:
        return [["too many files", len(found), ""]]
    ours = (path for path in sorted(found) if not any(map(_is_passed_over, path.relative_to(folder).parts)))
    return [_media_facts(folder, path) for path in ours if path.is_file()]


def _is_passed_over(name: str) -> bool:
    return name.startswith(".") or is_system_folder(name) or is_system_file(name)


def _media_facts(folder: Path, path: Path) -> list[object]:
    name = str(path.relative_to(folder))
    if path.is_symlink() and leads_out(path, folder.parent):
        return [name, 0, f"a link to {path.readlink()}"]
    return [name, path.stat().st_size, _ends_digest(path)]


def pictures_digest(face_set: Path) -> str:
    """Return a digest of the names of the pictures in a face set: it changes when a person deletes some."""
    names = sorted(path.name for path in (face_set / FACE_PICTURES).glob("*.*"))
    return hashlib.sha256(os.fsencode("\n".join(names))).hexdigest()


_LONGEST_REMARKS = 2000
_END_BYTES = 1 << 16


def _ends_digest(path: Path) -> str:
    # A pipe that was put there while we looked must not hold us up.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return ""
        first = file.read(_END_BYTES)
        file.seek(max(0, os.fstat(handle).st_size - _END_BYTES))
        return hashlib.sha256(first + file.read(_END_BYTES)).hexdigest()
