"""What was changed to get on, what the result lacks of its video, and what is there and not used: the status's note."""

from __future__ import annotations

from engine.project.folder import ProjectFolder
from engine.project.limits import batch_plan, read_limits
from engine.project.markers import remarks
from engine.project.settings import Project
from engine.project.stage import Progress, StageName


def note_of(folder: ProjectFolder, project: Project | None, progress: Progress | None) -> str:
    """Return the note on a project, in sentences; empty where there is nothing to say.

    Args:
        folder: The project's.
        project: What its file says; None where it cannot be read.
        progress: How far the stage at work is; None where none is.
    """
    said = [_memory_note(folder, project), *(remarks(folder, stage) for stage in (StageName.REPORT, StageName.EXTRACT))]
    said.append(progress.remark if progress else remarks(folder, StageName.TRAIN))
    return " ".join(filter(None, said))


def _memory_note(folder: ProjectFolder, project: Project | None) -> str:
    limits = read_limits(folder)
    if project is not None and (plan := batch_plan(project, limits)).accumulate > 1:
        return (
            f"Memory was short: training takes {plan.micro_batch} faces at a time and adds up "
            f"{plan.accumulate} of these to a step, so the result is what it would have been."
        )
    return f"Memory was short: at most {limits.workers} worker processes." if limits.workers else ""
