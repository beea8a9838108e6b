"""Begin a project with what another one has of the same person: pictures, consent, faces, and the model."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, NonNegativeInt, ValidationError

from engine.files.private_folder import make_private
from engine.files.safe_open import read_inside
from engine.project.checkpoints import CHECKPOINT_FACTS, checkpoint_folders, step_of
from engine.project.consent import require_consent_of
from engine.project.folder import ProjectFolder
from engine.project.import_media import free_names
from engine.project.markers import read_marker
from engine.project.presets import Preset
from engine.project.settings import ConsentRecord, Project, TargetSettings, Wanted
from engine.project.stage import StageName
from engine.role import Role

_DATABASE = "faces.sqlite"
_MODEL = (CHECKPOINT_FACTS, "average.npz")
"""What a training begins from, of a checkpoint."""


_SAVED = 1 / 4
"""The most that a model of the same person saves, of the steps that a preset takes; whom it replaces is still to learn.

With the demo's source and `quick`, 750 steps onto one man and then another video: the error on the woman in it is after
160 steps what it is after some 300 from nothing, and that on the source after 40 what it is after 240.
"""


@dataclass(frozen=True)
class HeadStartFacts:
    """What an earlier project has that another one with the same source need not make again."""

    faces: int = 0
    """Pictures in the face set of the person who appears."""
    steps: int = 0
    """Steps that its model was trained, those of a still earlier project included; 0 where there is no model."""
    seconds: float = 0.0
    """How long its own took; 0 where it is not known."""
    preset: Preset = Preset.QUICK
    """The preset of its model; training with another one begins from nothing."""


def steps_needed(preset: Preset, begun: int, begun_preset: Preset) -> int:
    """Return after how many steps a preset mostly shows what it can, given those of the model that it begins with.

    Args:
        preset: What is trained.
        begun: Steps of the earlier model; 0 where there is none.
        begun_preset: Its preset: with another one training begins from nothing.
    """
    full = preset.facts.full_steps
    return full - min(begun, round(_SAVED * full)) if preset is begun_preset else full


class _Size(BaseModel):
    size: int


class _Begun(BaseModel):
    """What a checkpoint says of how far it was trained; all else is for who trains."""

    spec: _Size
    step: NonNegativeInt
    steps_before: NonNegativeInt = 0


def taken_over(folder: ProjectFolder) -> HeadStartFacts:
    """Return what a project's training begins with, by the model that was taken over. Reads a file."""
    try:
        begun = _Begun.model_validate_json(read_inside(folder.path, folder.head_start / CHECKPOINT_FACTS))
    except (OSError, ValidationError):
        return HeadStartFacts()
    preset = _preset_of(begun.spec.size)
    return HeadStartFacts(steps=begun.step + begun.steps_before, preset=preset) if preset else HeadStartFacts()


def _preset_of(size: object) -> Preset | None:
    return next((each for each in Preset if each.facts.pixels == size), None)


def head_start_facts(earlier: ProjectFolder, project: Project) -> HeadStartFacts:
    """Return what a project has that another one can begin with. Looks at files: call from a worker."""
    faces = sum(1 for _ in earlier.face_pictures_of(Role.SOURCE).glob("[!.]*"))
    newest = checkpoint_folders(earlier.checkpoints)[-1:]
    marker = read_marker(earlier, StageName.TRAIN) if newest else None
    figures = marker.figures if marker is not None else {}
    return HeadStartFacts(
        faces=faces,
        steps=step_of(newest[0]) + int(figures.get("steps_before", 0)) if newest else 0,
        seconds=float(figures.get("seconds", 0)),
        # Somebody may have chosen another preset since, and not trained with it.
        preset=_preset_of(figures.get("size")) or project.train.preset,
    )


def project_again(earlier: Project, name: str, today: dt.date) -> Project:
    """Return a project in which the same person appears in another video: what is the video's own is left open.

    A reason for which the visible label was off held for the other video, so it is on again.

    Raises:
        ConsentMissing: The person who appears does not agree any more, or never did.
    """
    require_consent_of(Role.SOURCE, earlier.consent.source, today)
    return earlier.model_copy(
        update={
            "name": name,
            "wanted": Wanted.RUN,
            "priority": 0,
            "revision": 0,
            "target": TargetSettings(),
            "consent": ConsentRecord(source=earlier.consent.source),
            "convert": earlier.convert.model_copy(update={"label": True, "label_off_reason": ""}),
        }
    )


def evidence_in(earlier: ProjectFolder, project: Project, role: Role) -> Path | None:
    """Return the file that proves a person's consent, in an earlier project; None where the record names none.

    Raises:
        ProjectError: It is not there any more, or leads out of the project.
    """
    consent = project.consent.of(role)
    if consent is None or consent.evidence is None:
        return None
    return earlier.inside(consent.evidence, f"consent.{role}.evidence")


def source_places(files: Sequence[Path], into: Path, earlier: ProjectFolder | None) -> list[tuple[Path, Path]]:
    """Return where the source's files go.

    Those of an earlier project keep their names, in subfolders too: its faces know their pictures by them.
    """
    known = {} if earlier is None else {file: file for file in files if file.is_relative_to(earlier.source)}
    kept = [(file, into / file.relative_to(earlier.source)) for file in known] if earlier is not None else []
    others = [file for file in files if file not in known]
    taken = [place.relative_to(into).parts[0] for _, place in kept]
    return [*kept, *zip(others, free_names(others, into, taken), strict=True)]


def learnt_files(earlier: ProjectFolder, into: ProjectFolder) -> Iterator[tuple[Path, Path]]:
    """Yield the files of the source's face set and of the model, and where each goes.

    They may be linked: each is replaced whole or deleted, and never written into. The face set's database is, so that
    `copy_database` brings it.
    """
    for file in _files(earlier.source_faces):
        if not file.name.startswith(_DATABASE):
            yield file, into.source_faces / file.relative_to(earlier.source_faces)
    for newest in checkpoint_folders(earlier.checkpoints)[-1:]:
        yield from ((newest / name, into.head_start / name) for name in _MODEL if (newest / name).is_file())


def copy_database(earlier: ProjectFolder, into: ProjectFolder) -> None:
    """Copy what is known of the faces, with what a killed write left; nobody may be at work on the earlier project."""
    for file in earlier.source_faces.glob(f"{_DATABASE}*"):
        make_private(into.source_faces, parents=True)
        shutil.copyfile(file, into.source_faces / file.name)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files in a face set; those that are still being written have hidden names."""
    yield from (path for path in sorted(folder.rglob("[!.]*")) if path.is_file() and not path.is_symlink())
