"""Give a project another name, without making anything again that its name stands in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.errors import ProjectError
from engine.project.folder import ProjectFolder
from engine.project.lock import PAUSE_FIRST, at_rest
from engine.project.markers import fingerprint, is_done, read_marker, write_marker
from engine.project.stage import StageName


def rename_project(folder: ProjectFolder, name: str, place: Path) -> ProjectFolder:
    """Give a project another name, and its folder another place.

    The finished video keeps its file's name until it is converted again.

    Raises:
        ProjectBusy: A stage is at work on it; nothing was changed.
        ProjectError: Something lies at `place`, or the project file is not valid; nothing was changed.
    """
    if place != folder.path and place.exists():
        raise ProjectError(f"There is a folder {place.name} already.", "Choose another name. Nothing was changed.")
    with at_rest(folder, PAUSE_FIRST):
        project = folder.load()
        renamed = project.model_copy(update={"name": name})
        done = [stage for stage in StageName if is_done(folder, project, stage)]
        folder.save(renamed)
        for stage in done:
            # The name is part of what conversion depends on, since it names the video: that one stays as it is.
            marker = read_marker(folder, stage)
            if marker is not None:
                write_marker(folder, replace(marker, fingerprint=fingerprint(folder, renamed, stage)))
        if place != folder.path:
            folder.path.rename(place)
    return ProjectFolder(place)
