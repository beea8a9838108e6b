"""The folders of a workspace: which are projects, and which hold pictures that nobody made one of. Reads the disk."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from engine.errors import UnderstudioError
from engine.project.folder import PROJECT_FILE, ProjectFolder
from tui.drafts.paths import MEDIA_SUFFIXES, leads_to_folder

_LOOKED_AT = 50
"""Files of a folder whose names tell whether there are pictures in it."""


def children_of(workspace: Path) -> list[Path]:
    """Return the folders in a workspace, hidden ones left out; none where there is no workspace yet."""
    try:
        with os.scandir(workspace) as entries:
            return [Path(entry.path) for entry in entries if entry.name[0] != "." and leads_to_folder(entry)]
    except FileNotFoundError:
        return []


def is_project(path: Path) -> bool:
    """Return whether a folder is a project, or media that wait to become one."""
    return (path / PROJECT_FILE).is_file() or ((path / "source").is_dir() and (path / "target").is_dir())


def name_of(path: Path) -> str:
    """Return what a project is called: as its file says, or as its folder where that cannot be read."""
    try:
        return ProjectFolder(path).load().name
    except (UnderstudioError, OSError):
        return path.name


def is_loose(path: Path) -> bool:
    """Return whether a folder is no project, and yet pictures or videos lie in it, as far as their names tell."""
    if is_project(path):
        return False
    try:
        with os.scandir(path) as entries:
            return any(Path(entry.name).suffix.lower() in MEDIA_SUFFIXES for entry in islice(entries, _LOOKED_AT))
    except OSError:
        return False
