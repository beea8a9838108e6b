"""Changes of what is wanted: edits of the project file, which the daemon notices by itself."""

from __future__ import annotations

from engine.folder import ProjectFolder
from engine.project import Project, Wanted


def want(folder: ProjectFolder, wanted: Wanted) -> None:
    """Ask for a project to run, to pause, or to end training now. Writes a file: call from a worker.

    Raises:
        ProjectError: The project file cannot be read.
    """
    folder.save(folder.load().model_copy(update={"wanted": wanted}))


def retry(folder: ProjectFolder) -> None:
    """Ask for another try after a failure. Writes a file: call from a worker.

    Raises:
        ProjectError: The project file cannot be read.
    """
    project = folder.load()
    folder.save(project.model_copy(update={"revision": project.revision + 1, "wanted": Wanted.RUN}))


def replace(folder: ProjectFolder, project: Project) -> None:
    """Write other settings. Writes a file: call from a worker."""
    folder.save(project)
