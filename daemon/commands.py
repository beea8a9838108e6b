"""Steering a project is editing its project file; these are the edits that have a word of their own."""

from __future__ import annotations

from enum import StrEnum

from engine.project.folder import ProjectFolder
from engine.project.settings import Project, Wanted


class Change(StrEnum):
    """What a person may ask of a project."""

    PAUSE = "pause"
    RESUME = "resume"
    FINISH = "finish"
    RETRY = "retry"
    TAKE_WHAT_IS_THERE = "take-what-is-there"
    """Go on with a video that was not copied whole."""


def change_project(folder: ProjectFolder, change: Change) -> str:
    """Edit the project file as asked, keeping its comments, and return what follows from it in a sentence.

    Raises:
        ProjectError: There is no project file, or it is not valid.
        OutOfDisk: There is no room to write it.
    """
    project = folder.load()
    changed = project.model_copy(update=_edits(project, change))
    if changed != project:
        folder.save(changed)
    if project.consent.withdrawn and change is not Change.PAUSE:
        who = " and of ".join(role.person for role in project.consent.withdrawn)
        return f"{project.name} stands still: the consent of {who} was withdrawn."
    return f"{project.name} {_follows(change)}"


def _edits(project: Project, change: Change) -> dict[str, object]:
    match change:
        case Change.PAUSE:
            return {"wanted": Wanted.PAUSE}
        case Change.RESUME:
            return {"wanted": Wanted.RUN}
        case Change.FINISH:
            return {"wanted": Wanted.FINISH}
        case Change.RETRY:
            wanted = Wanted.RUN if project.wanted is Wanted.PAUSE else project.wanted
            return {"wanted": wanted, "revision": project.revision + 1}
        case Change.TAKE_WHAT_IS_THERE:
            return {"target": project.target.model_copy(update={"take_what_is_there": True})}


def _follows(change: Change) -> str:
    match change:
        case Change.PAUSE:
            return "will stop at its next safe point and wait."
        case Change.RESUME:
            return "will go on where it was."
        case Change.FINISH:
            return "will end its training at the next safe point, and convert with what was learnt."
        case Change.RETRY:
            return "will get another try."
        case Change.TAKE_WHAT_IS_THERE:
            return "will go on with as much of its video as is there."
