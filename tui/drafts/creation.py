"""Turn complete answers into a project folder. Touches files and takes its time: call from a worker."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from engine.demo import SOURCE_CLIP, TARGET_CLIP, demo_project
from engine.errors import MediaError
from engine.project.create import complete_project, create_project
from engine.project.folder import ProjectFolder
from engine.project.import_media import OnCopied
from engine.project.media_kinds import list_media
from engine.project.persons import Person, PersonsSeen, remember_persons
from engine.records.check import CheckReport
from engine.role import Role
from tui.drafts.again import begun_from, with_earlier
from tui.drafts.answers import Answers
from tui.drafts.consent import evidence_file, from_consent
from tui.drafts.timing import UNKNOWN, Timing
from tui.drafts.validation import first_unanswered, folder_name, suggested_name, to_project

_DEMO = "demo"


def make_project(
    workspace: Path,
    answers: Answers,
    now: dt.datetime,
    on_copied: OnCopied,
    timing: Timing = UNKNOWN,
    reports: Mapping[Role, CheckReport] | None = None,
) -> ProjectFolder:
    """Make the folder that answers ask for, or complete the dropped one that they belong to.

    Where a person was chosen, it goes with the project who that is: extraction may count otherwise than the look did.

    Args:
        workspace: The folder of projects.
        answers: Complete ones.
        now: The local time.
        on_copied: Told how many bytes are in.
        timing: What is known of this machine and the video.
        reports: What the look at the media of each of the two people found, as far as there was one.

    Raises:
        UnderstudioError: The name is taken, media cannot be used, or there is no room; nothing was changed.
    """
    target = answers.target
    if target is None:
        raise MediaError("No video was chosen.", "Go back to the second question.")
    if not answers.name.strip() and answers.folder is None:
        answers = answers.model_copy(update={"name": free_name(workspace, suggested_name(answers))})
    project, earlier = to_project(answers, now, timing), None
    further = answers.target_pictures
    with contextlib.ExitStack() as files:
        proofs = {role: files.enter_context(evidence_file(answers.consent_of(role))) for role in Role}
        media = (answers.sources, target, {role: proof for role, proof in proofs.items() if proof is not None})
        if answers.folder is not None:
            folder = ProjectFolder(answers.folder)
            complete_project(folder, project, *media, on_copied, target_pictures=further)
        else:
            workspace.mkdir(parents=True, exist_ok=True)
            path = workspace / folder_name(project.name)
            earlier = begun_from(answers)
            project = project if earlier is None else with_earlier(project, answers, earlier)
            folder = create_project(path, project, *media, on_copied, target_pictures=further, earlier=earlier)
    for role, report in (reports or {}).items():
        # Of faces that were taken over, the numbers are those of the project they come from.
        if answers.person_of(role) is not None and (role is Role.TARGET or earlier is None):
            remember_persons(folder, role, _as_seen(report))
    return folder


def free_name(workspace: Path, name: str) -> str:
    """Return a name that no folder of the workspace has yet: the one given, or with a number."""
    found, count = name, 1
    while (workspace / folder_name(found)).exists():
        count += 1
        found = f"{name}-{count}"
    return found


def answers_from_folder(path: Path, empty: Answers, now: dt.datetime) -> Answers:
    """Return what a dropped folder, and the project file in it if there is one, answer already."""
    folder = ProjectFolder(path)
    videos = list_media(folder.target).videos
    source = list_media(folder.source)
    # A folder in which nothing lies yet is no answer.
    sources = (folder.source,) if source.photos or source.videos else ()
    known: dict[str, object] = {"folder": path, "name": path.name, "sources": sources}
    known["target"] = videos[0] if len(videos) == 1 else None
    if folder.project_file.exists():
        known |= _from_project(folder)
    answers = Answers.model_validate(empty.model_dump() | known)
    return answers.model_copy(update={"step": first_unanswered(answers, now)})


def make_demo(workspace: Path, on_copied: OnCopied) -> ProjectFolder:
    """Make the demo project, or return the one that is there.

    Raises:
        UnderstudioError: There is no room; nothing was changed.
    """
    path = workspace / _DEMO
    if ProjectFolder(path).project_file.exists():
        return ProjectFolder(path)
    workspace.mkdir(parents=True, exist_ok=True)
    return create_project(path, demo_project(), [SOURCE_CLIP], TARGET_CLIP, {}, on_copied)


def _as_seen(report: CheckReport) -> PersonsSeen:
    persons = (
        Person(
            number=person.number,
            weight=person.weight,
            faces=person.faces,
            is_still=person.is_still,
            picture=person.thumbnail.name,
            descriptor=person.descriptor,
        )
        for person in report.persons
        if person.descriptor
    )
    return PersonsSeen(persons=tuple(persons))


def _from_project(folder: ProjectFolder) -> dict[str, object]:
    project = folder.load()
    consents = {f"consent_{role}": from_consent(project.consent.of(role), folder) for role in Role}
    train = project.train
    minutes = "" if train.minutes is None else f"{train.minutes:g}"
    people = {"source_person": project.source.person, "target_person": project.target.person}
    settings = {"extract": project.extract, "train": train, "convert": project.convert}
    return {"name": project.name, "preset": train.preset, "minutes": minutes, **people, **consents, **settings}
