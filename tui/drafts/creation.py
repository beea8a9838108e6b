"""Turn complete answers into a project folder. Touches files and takes its time: call from a worker."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from engine.demo import SOURCE_CLIP, TARGET_CLIP, demo_project
from engine.errors import MediaError, ProjectError
from engine.project.attribution import sidecar_of
from engine.project.create import CopyReport, bring_in, create_project
from engine.project.folder import ProjectFolder
from engine.project.media_kinds import list_media
from engine.project.settings import Consent, ConsentRecord, Project
from tui.drafts.answers import Answers, ConsentAnswers, Role
from tui.drafts.timing import UNKNOWN, Timing
from tui.drafts.validation import evidence_of, first_unanswered, folder_name, to_project

_DEMO = "demo"


def make_project(
    workspace: Path, answers: Answers, now: dt.datetime, report: CopyReport, timing: Timing = UNKNOWN
) -> ProjectFolder:
    """Make the folder that answers ask for, or complete the dropped one that they belong to.

    Args:
        workspace: The folder of projects.
        answers: Complete ones.
        now: The local time.
        report: Told how many bytes are in.
        timing: What is known of this machine and the video.

    Raises:
        UnderstudioError: The name is taken, media cannot be used, or there is no room; nothing was changed.
    """
    if answers.target is None:
        raise MediaError("No video was chosen.", "Go back to the second question.")
    project = to_project(answers, now, timing)
    if answers.folder is not None:
        return _complete(ProjectFolder(answers.folder), answers, project, report)
    for role, file in evidence_of(answers).items():
        if not file.is_file():
            raise ProjectError(f"The evidence file {file} is not there.", f"Mend it at the consent of the {role}.")
    workspace.mkdir(parents=True, exist_ok=True)
    path = workspace / folder_name(project.name)
    media = (answers.sources, answers.target, evidence_of(answers))
    return create_project(path, project, *media, report, target_pictures=answers.target_pictures)


def answers_from_folder(path: Path, empty: Answers, now: dt.datetime) -> Answers:
    """Return what a dropped folder, and the project file in it if there is one, answer already."""
    folder = ProjectFolder(path)
    videos = list_media(folder.target).videos
    known: dict[str, object] = {"folder": path, "name": path.name, "sources": (folder.source,)}
    known["target"] = videos[0] if len(videos) == 1 else None
    if folder.project_file.exists():
        known |= _from_project(folder.load())
    answers = Answers.model_validate(empty.model_dump() | known)
    return answers.model_copy(update={"step": first_unanswered(answers, now)})


def make_demo(workspace: Path, report: CopyReport) -> ProjectFolder:
    """Make the demo project, or return the one that is there.

    Raises:
        UnderstudioError: There is no room; nothing was changed.
    """
    path = workspace / _DEMO
    if ProjectFolder(path).project_file.exists():
        return ProjectFolder(path)
    workspace.mkdir(parents=True, exist_ok=True)
    return create_project(path, demo_project(), [SOURCE_CLIP], TARGET_CLIP, {}, report)


def _complete(folder: ProjectFolder, answers: Answers, project: Project, report: CopyReport) -> ProjectFolder:
    """Write the project file of a folder whose media are there already; what was chosen elsewhere is brought in."""
    with contextlib.ExitStack() as undo:

        def bring(paths: Iterable[Path], into: Path) -> tuple[Path, ...]:
            brought = bring_in(_outside(paths, folder), into, report)
            for path in (each for added in brought.added for each in (added, sidecar_of(added))):
                undo.callback(path.unlink, missing_ok=True)
            return brought.places

        bring(answers.sources, folder.source)
        bring(answers.target_pictures, folder.target)
        if answers.target is not None:
            (video,) = bring([answers.target], folder.target) or (answers.target,)
            target = project.target.model_copy(update={"video": str(video.relative_to(folder.path))})
            project = project.model_copy(update={"target": target})
        evidence = {
            role: _bring(file, folder.consent / f"{role}-{file.name}") for role, file in evidence_of(answers).items()
        }
        record = ConsentRecord(
            source=_proved(project.consent.source, evidence.get("source")),
            target=_proved(project.consent.target, evidence.get("target")),
        )
        folder.save(project.model_copy(update={"consent": record}))
        undo.pop_all()
    return folder


def _outside(paths: Iterable[Path], folder: ProjectFolder) -> list[Path]:
    return [path for path in paths if not path.is_relative_to(folder.path)]


def _bring(file: Path, place: Path) -> Path:
    if not file.is_file():
        raise ProjectError(f"The evidence file {file} is not there.", "Mend its path at the consent.")
    place.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(file, place)
    return place


def _proved(consent: Consent | None, proof: Path | None) -> Consent | None:
    if consent is None or proof is None:
        return consent
    digest = hashlib.sha256(proof.read_bytes()).hexdigest()
    return consent.model_copy(update={"evidence": f"consent/{proof.name}", "evidence_sha256": digest})


def _from_project(project: Project) -> dict[str, object]:
    consents = {f"consent_{role}": _answered(getattr(project.consent, role)) for role in Role}
    train = project.train
    minutes = "" if train.minutes is None else f"{train.minutes:g}"
    people = {"source_person": project.source.person, "target_person": project.target.person}
    settings = {"extract": project.extract, "train": train, "convert": project.convert}
    return {"name": project.name, "preset": train.preset, "minutes": minutes, **people, **consents, **settings}


def _answered(consent: Consent | None) -> ConsentAnswers:
    if consent is None:
        return ConsentAnswers()
    return ConsentAnswers(
        basis=consent.basis,
        note=consent.note,
        given_by=consent.given_by,
        recorded_on=str(consent.recorded_on),
        valid_until=str(consent.valid_until or ""),
        purpose=consent.purpose,
        is_adult=consent.is_adult,
    )
