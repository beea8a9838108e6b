"""A project as home and its own screen show it: read from its folder and its status, never written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from daemon.status import State, Status, read_status
from daemon.workspace import snapshot_of
from engine.errors import AccessRefused, ConsentMissing, PersonUnclear, ProjectError
from engine.files.refusal import refusal_of, refused
from engine.files.safe_open import leads_out
from engine.host.machine import this_host
from engine.project.consent import require_consent
from engine.project.folder import ProjectFolder
from engine.project.markers import video_in_result
from engine.project.persons import unclear_person
from engine.project.settings import Project
from engine.records.failure import Failure
from engine.records.foretaste import foretaste_picture
from tui.drafts.answers import Answers
from tui.projects.condition import Condition, condition_of
from tui.projects.elsewhere import ELSEWHERE, ELSEWHERE_WORDS
from tui.projects.forecast import Outlook
from tui.projects.looks import Look
from tui.projects.putting_away import is_put_away

_SAYS_OF_STATE = {State.ARRIVING: "arriving", State.NO_ROOM: "disk is full"}
"""What is said of these instead of what is said of their condition."""

ANSWERED = "It is said who is meant: it goes on as soon as its turn comes."
MENDED = "It was changed after it failed: it is tried again as soon as its turn comes."


@dataclass(frozen=True)
class View:
    """A project as it is shown."""

    name: str
    condition: Condition
    path: Path | None
    """The project's folder; None for a draft without one, and for a folder that may not be looked into."""
    draft: Answers | None = None
    says: str = ""
    """What is going on, in a few words."""
    share: float | None = None
    """How much of the whole project is done, 0..1; None where that says nothing."""
    ready_at: dt.datetime | None = None
    """When the video should be there; None where that cannot be told."""
    picture: Path | None = None
    """What the model could do when it was looked at last, as training draws it; the foretaste before that."""
    look: Look = Look.PREVIEW
    """Which of the two it is."""
    foretaste: Path | None = None
    """The frame drawn before training, about what the video will be."""
    comparison: Path | None = None
    """The face before and after, where there is a finished video."""
    detail: str = ""
    """One or two sentences more."""
    status: Status | None = None
    has_result: bool = False
    """Whether there is a finished video to look at."""
    project: Project | None = None
    """What is wanted; None where the project file is absent or not valid."""
    changed_at: dt.datetime | None = None
    """When it was changed last, to the minute, or its state; None where that is not known."""
    is_elsewhere: bool = False
    """Whether something else works on it, which says nothing of how far it is."""
    is_loose: bool = False
    """Whether it is no project, but a folder of pictures in the workspace."""

    @property
    def may_change(self) -> bool:
        """Whether its state may change though nobody wrote a status: by the clock, or by other media."""
        is_failed = self.status is not None and self.status.state is State.FAILED
        return is_failed or self.condition is Condition.RUNNING

    @property
    def needs_somebody(self) -> bool:
        """Whether it stands still unless somebody is at work in the background."""
        return self.condition.is_under_way and not self.is_elsewhere

    @property
    def place(self) -> Path | str | None:
        """What stays the same when more is known: the folder, or which draft it is."""
        return self.path or (self.draft.draft if self.draft else None)


def read_view(folder: ProjectFolder, now: dt.datetime, outlook: Outlook) -> View:
    """Return how a project stands. Reads files: call from a worker."""
    try:
        return _read_view(folder, now, outlook)
    except PermissionError as error:
        return closed_view(folder.path, folder.path, refusal_of(error) or refused(folder.path))


def _read_view(folder: ProjectFolder, now: dt.datetime, outlook: Outlook) -> View:
    status = _with_offer(read_status(folder), outlook)
    try:
        project = folder.load() if folder.project_file.exists() else None
    except ProjectError as error:
        words = f"{error.title} {error.hint}"
        return View(folder.path.name, Condition.FAILED, folder.path, says="project.toml is wrong", detail=words)
    name = project.name if project else folder.path.name
    if project is not None and (lacking := _without_consent(folder, project, status, now, outlook)) is not None:
        return lacking
    is_elsewhere = _is_elsewhere(folder, status, now, outlook)
    if is_elsewhere or status is None:
        return _worked_on_elsewhere(name, folder, project) if is_elsewhere else _unwatched(name, folder, project)
    condition, says = _standing(folder, status, now, outlook)
    if condition is Condition.FAILED and _is_mended(folder, status):
        return View(
            name, Condition.QUEUED, folder.path, says="to be tried again", detail=MENDED, status=status, project=project
        )
    if condition is Condition.WAITING and project is not None and _is_answered(folder, project, status):
        waits = status.model_copy(update={"state": State.QUEUED, "message": ANSWERED, "hint": "", "missing": None})
        return View(
            name, Condition.QUEUED, folder.path, says="answered", detail=ANSWERED, status=waits, project=project
        )
    detail = _own_words(condition) or f"{status.message} {status.hint}".strip()
    if condition is Condition.RUNNING and status.stage is not None:
        says = status.stage.facts.doing + _elsewhere(status)
    if status.queue_position is not None:
        says = f"number {status.queue_position} in the queue"
    foretaste = foretaste_picture(folder)
    preview = _own(folder, status.preview) if status.preview else None
    is_begun = condition in (Condition.RUNNING, Condition.STOPPED, Condition.PAUSED)
    ahead = outlook.of(folder, project, status, now) if project is not None and is_begun else None
    return View(
        name,
        condition,
        folder.path,
        says=says,
        share=ahead.share if ahead else None,
        ready_at=ahead.ready_at if ahead and condition is Condition.RUNNING else None,
        picture=preview or foretaste,
        look=Look.FORETASTE if preview is None and foretaste is not None else Look.PREVIEW,
        foretaste=foretaste,
        detail=detail,
        status=status,
        comparison=_comparison(folder) if condition is Condition.DONE else None,
        has_result=folder.report_json.exists(),
        project=project,
    )


def _with_offer(status: Status | None, outlook: Outlook) -> Status | None:
    """Return a status; of a project that waits for room with where there is none, and what could go."""
    if status is None or status.state is not State.NO_ROOM:
        return status
    return status.model_copy(update={"hint": f"{status.hint} {outlook.room.offer()}".strip()})


def _without_consent(
    folder: ProjectFolder, project: Project, status: Status | None, now: dt.datetime, outlook: Outlook
) -> View | None:
    """Return the view of a project to which somebody does not agree, or no longer; None where both do.

    It holds from the moment when it is recorded, whether or not somebody is at work who would say so. A stage that is
    still on its way to its safe point is shown as what it is.
    """
    if status is not None and status.state is State.RUNNING and not outlook.is_stale(folder, status, now):
        return None
    try:
        require_consent(project, now.date())
    except ConsentMissing as error:
        missing = Failure.of(error)
    else:
        return None
    told = {"state": State.WAITING, "message": missing.title, "hint": missing.hint, "missing": missing}
    known = status or Status(name=project.name, state=State.WAITING, updated_at=now)
    return View(
        project.name,
        Condition.WAITING,
        folder.path,
        says="consent withdrawn" if project.consent.withdrawn else "consent missing",
        detail=f"{missing.title} Enter opens it; there, k shows what was agreed.",
        status=known.model_copy(update={**told, "failure": None, "progress": None, "note": "", "persons": ()}),
        has_result=folder.report_json.exists(),
        project=project,
    )


def _is_elsewhere(folder: ProjectFolder, status: Status | None, now: dt.datetime, outlook: Outlook) -> bool:
    """Return whether something else works on a project than the stage that its status tells of."""
    if status is None or status.state in (State.ARRIVING, State.QUEUED):
        return outlook.elsewhere.works_on(folder)
    return outlook.is_stale(folder, status, now) and outlook.elsewhere.works_on(folder, was_ours=True)


def _worked_on_elsewhere(name: str, folder: ProjectFolder, project: Project | None) -> View:
    foretaste = foretaste_picture(folder)
    return View(
        name,
        Condition.RUNNING,
        folder.path,
        says=ELSEWHERE,
        detail=ELSEWHERE_WORDS,
        picture=foretaste,
        look=Look.FORETASTE,
        foretaste=foretaste,
        has_result=folder.report_json.exists(),
        project=project,
        is_elsewhere=True,
    )


def _standing(folder: ProjectFolder, status: Status, now: dt.datetime, outlook: Outlook) -> tuple[Condition, str]:
    """Return how a project really stands, and that in a few words."""
    if outlook.is_stale(folder, status, now):
        return Condition.STOPPED, Condition.STOPPED.says
    if status.state is State.PAUSED and is_put_away(folder):
        return Condition.DONE, "finished, no model"
    condition = condition_of(status.state)
    return condition, _SAYS_OF_STATE.get(status.state, condition.says)


def _elsewhere(status: Status) -> str:
    """Return which machine it is whose daemon works on a project; nothing where it is this one."""
    return f" on {status.host}" if status.host not in ("", this_host().name) else ""


def _own_words(condition: Condition) -> str:
    """Return what is said instead of the daemon's words where these speak of commands, or of what no longer holds."""
    if condition is Condition.STOPPED:
        return "It stands still, since nobody is at work. s starts it: it goes on from here, and nothing is lost."
    return "Paused. Enter opens it; there, p goes on." if condition is Condition.PAUSED else ""


def _is_mended(folder: ProjectFolder, status: Status) -> bool:
    """Return whether a project failed with other media or settings than it has now."""
    snapshot = snapshot_of(folder.path)
    return snapshot is not None and status.memory.inputs not in ("", snapshot.inputs)


def _is_answered(folder: ProjectFolder, project: Project, status: Status) -> bool:
    """Return whether it was said since who is meant."""
    waits = status.missing is not None and status.missing.is_a(PersonUnclear)
    return waits and unclear_person(folder, project) is None


def _own(folder: ProjectFolder, relative: str) -> Path | None:
    """Return a file of a project; what lies behind a link out of a dropped folder is not shown."""
    path = folder.path / relative
    return None if leads_out(path, folder.path) else path


def _comparison(folder: ProjectFolder) -> Path | None:
    return video_in_result(folder, folder.compare_picture.name)


def _unwatched(name: str, folder: ProjectFolder, project: Project | None) -> View:
    """Return the view of a project that no daemon has looked at yet."""
    if project is None:
        return View(name, Condition.WAITING, folder.path, says="questions open", detail="Press Enter to answer them.")
    if folder.report_json.exists():
        return View(
            name,
            Condition.DONE,
            folder.path,
            says=Condition.DONE.says,
            comparison=_comparison(folder),
            has_result=True,
            project=project,
        )
    return View(name, Condition.QUEUED, folder.path, says="not begun yet", project=project)


def closed_view(named: Path, path: Path | None, why: AccessRefused) -> View:
    """Return the view of a folder that this user may not read.

    Args:
        named: The folder.
        path: The same where it is known to be a project; None where it may be none.
        why: What is said of it.
    """
    return View(named.name, Condition.FAILED, path, says="may not be read", detail=f"{why.title} {why.hint}")
