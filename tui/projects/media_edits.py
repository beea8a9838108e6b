"""The media of a project while somebody looks at them: listed, more added, some taken out, and back again.

Every method touches files: call from a worker. What a method returns is said to the person.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.project.change_media import (
    MediaChange,
    add_source,
    add_target_pictures,
    change_video,
    take_out,
    undo,
    video_to_change,
)
from engine.project.folder import ProjectFolder
from engine.project.import_media import OnCopied
from engine.project.media_kinds import list_media
from engine.role import Role
from engine.text import counted
from tui.drafts.paths import Found


@dataclass(frozen=True)
class Files:
    """What shows one person."""

    name: str
    """Name of the project."""
    found: tuple[Found, ...]
    """One for each file: the video to change first, then other videos, then photos."""
    video: Path | None
    """The video to change; always None for the person who will appear."""


class ProjectMedia:
    """The media of a project, and how they were changed since somebody began to look."""

    def __init__(self, folder: ProjectFolder) -> None:
        self.folder = folder
        self._turn = threading.Lock()
        self._changes: list[MediaChange] = []

    @property
    def is_changed(self) -> bool:
        """Whether there is a change that was not undone."""
        return bool(self._changes)

    def place_of(self, role: Role) -> Path:
        """Return the folder of one person's media."""
        return self.folder.media_of(role)

    def files_of(self, role: Role) -> Files:
        """Return what shows one person.

        Raises:
            ProjectError: The project file is not valid.
        """
        project = self.folder.load()
        media = list_media(self.place_of(role), self.folder.path)
        video = video_to_change(self.folder, project.target.video) if role is Role.TARGET else None
        videos = sorted(media.videos, key=lambda path: path != video)
        found = (*(Found(path, 0, 1) for path in videos), *(Found(path, 1, 0) for path in media.photos))
        return Files(project.name, found, video)

    def add(self, role: Role, paths: Sequence[Path], report: OnCopied) -> str:
        """Bring files in.

        Raises:
            UnderstudioError: They cannot be used, or there is no room; nothing was changed.
        """
        add_media = add_source if role is Role.SOURCE else add_target_pictures
        change = self._do(lambda: add_media(self.folder, paths, report))
        known = f" {_are(change.known)} in the project already." if change.known else ""
        if not change.added:
            return known.strip() or "Nothing was added."
        return f"{counted(len(change.added), 'file')} added.{known} F5 takes {_them(len(change.added))} out again."

    def change_video(self, video: Path, report: OnCopied) -> str:
        """Put another video in the place of the one to change.

        Raises:
            UnderstudioError: It cannot be used, or there is no room; nothing was changed.
        """
        change = self._do(lambda: change_video(self.folder, video, report))
        if not change.is_other_video:
            return f"{video.name} is the video to change already."
        kept = "".join(f" {before.name} is kept in taken-out/." for before, _ in change.taken_out)
        return f"{video.name} is the video to change now.{kept} F5 takes that back."

    def take_out(self, file: Path) -> str:
        """Take a file out; it is kept aside."""
        change = self._do(lambda: take_out(self.folder, [file]))
        return "" if not change.taken_out else f"{file.name} is out, and kept in taken-out/. F5 puts it back."

    def gathered(self, role: Role, before: Sequence[Found]) -> str:
        """Count as added what lies there now and was not among `before`."""
        known = {each.path for each in before}
        new = tuple(each.path for each in self.files_of(role).found if each.path not in known)
        self._do(lambda: MediaChange(added=new))
        return f"{counted(len(new), 'picture')} gathered. F5 takes {_them(len(new))} out again." if new else ""

    def undo(self) -> str:
        """Undo the last change.

        Raises:
            ProjectError: The project file is not valid.
        """
        with self._turn:
            if not self._changes:
                return "There is nothing to undo."
            change = self._changes[-1]
            undo(self.folder, change)
            self._changes.pop()
        if change.taken_out:
            return f"{change.taken_out[0][0].name} is back."
        if change.added:
            return f"{counted(len(change.added), 'file')} taken out of {change.added[0].parent.name}/ again."
        return "Undone."

    def _do(self, make: Callable[[], MediaChange]) -> MediaChange:
        """Make a change when its turn comes, and remember it."""
        with self._turn:
            change = make()
            if change.added or change.taken_out or change.is_other_video:
                self._changes.append(change)
        return change


def _are(count: int) -> str:
    return "One is" if count == 1 else f"{count:,} are"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"
