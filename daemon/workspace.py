"""What lies in a workspace: a snapshot of every project folder, cheap enough to be taken every other second.

File events are hints, a scan is the truth: it finds what an event told of, and what no event told of.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engine.errors import UnderstudioError
from engine.files.refusal import CHANGE, USE, refused_use
from engine.project.folder import ProjectFolder
from engine.project.markers import marker_path
from engine.project.media_kinds import MOST_FILES, is_text, is_unfinished, list_media
from engine.project.stage import StageName
from engine.project.system_names import is_system_folder
from engine.records.failure import Failure
from engine.role import Role

_RSYNC_NAME = re.compile(r"^\..+\.[A-Za-z0-9]{6}$")
_RSYNC_FOLDERS = (".~tmp~", ".rsync-partial")

_LEFT_BEHIND_SECONDS = 3600.0
"""A file on its way in that has not grown for this long was left behind by a copy that broke off."""


@dataclass(frozen=True)
class Snapshot:
    """What a snapshot of a project folder saw. Nothing is opened: sizes and times tell whether something changed."""

    path: Path
    """The project folder."""
    project_file: tuple[int, int, int] | None
    """Size, time and number of the project file; None where there is none."""
    media: str
    """Digest of names, sizes and times of all files a person put there."""
    has_source: bool
    """There is any file of the person who will appear."""
    has_target: bool
    """There is any file of the person who is replaced."""
    is_growing: bool
    """There are files whose names say that they are on their way in."""
    is_crowded: bool
    """There are more files than one project may have; not all of them were looked at."""
    newest: str
    """The media file that was written to last, relative to the project folder."""
    work: str
    """The same digest of markers and face pictures."""
    refused: Failure | None = None
    """Why the folder, or a part of it, cannot be worked on by this user."""

    @property
    def inputs(self) -> str:
        """Digest of everything that a person can change to mend a failure."""
        return f"{self.project_file} {self.media}"


@dataclass(frozen=True)
class Scan:
    """What a workspace holds."""

    snapshots: Mapping[Path, Snapshot]
    """A snapshot of every folder that may be a project."""
    closed: Mapping[Path, Failure]
    """Folders that may not be looked into, so that nobody knows what they are, and why."""


def scan(workspace: Path) -> Scan:
    """Look at every folder of a workspace.

    Raises:
        OSError: The workspace itself cannot be read.
    """
    try:
        with os.scandir(workspace) as entries:
            paths = sorted(workspace / entry.name for entry in entries if _may_be_project(entry))
    except FileNotFoundError:
        return Scan({}, {})
    closed = {path: Failure.of(refusal) for path in paths if (refusal := refused_use(path, USE)) is not None}
    seen = {path: snapshot_of(path) for path in paths if path not in closed}
    return Scan({path: snapshot for path, snapshot in seen.items() if snapshot is not None}, closed)


def snapshot_of(path: Path) -> Snapshot | None:
    """Return a snapshot of a folder, or None where it has neither a project file nor places for media."""
    places = _places(path)
    project_file = _file_sign(places.project_file)
    if project_file is None and not all(_is_folder(each) for each in places.media[:2]):
        return None
    source, target, consent = (_Tree.of(each) for each in places.media)
    return Snapshot(
        path,
        project_file,
        media=_digest(source.lines, target.lines, consent.lines),
        has_source=source.has_files,
        has_target=target.has_files,
        is_growing=source.is_growing or target.is_growing or consent.is_growing,
        is_crowded=source.is_crowded or target.is_crowded or consent.is_crowded,
        newest=os.path.relpath(newest, path) if (newest := max(source.newest, target.newest)[1]) else "",
        work=f"{[_file_sign(each) for each in places.markers]} {[_folder_sign(each) for each in places.pictures]}",
        refused=refused_project(path),
    )


def refused_project(path: Path) -> Failure | None:
    """Return why a project cannot be worked on by this user, None where it can."""
    places = _places(path)
    refusals = (
        refused_use(places.project_file, os.R_OK),
        *(refused_use(place, CHANGE) for place in places.ours),
        *(refused_use(place, USE) for place in places.media),
    )
    refusal = next((each for each in refusals if each is not None), None)
    return None if refusal is None else Failure.of(refusal)


def is_project(snapshot: Snapshot) -> bool:
    """Return whether a folder is a project: it has a project file, or at least media in the places for both people.

    Opens files, so ask only when a snapshot changed.
    """
    if not is_text(snapshot.path.name):
        return False
    if snapshot.project_file is not None or snapshot.is_crowded:
        return True
    folder = ProjectFolder(snapshot.path)
    try:
        found = [list_media(each, snapshot.path) for each in (folder.source, folder.target)]
    except UnderstudioError:
        # Media that cannot be listed may be a project's; taken for one, it says what stands in the way.
        return True
    return all(media.photos or media.videos for media in found)


class Settling:
    """Knows since when each folder has been the same. It takes none itself, so time and snapshots are arguments."""

    def __init__(self) -> None:
        self._since: dict[Path, tuple[str, float]] = {}

    def settled_for(self, snapshot: Snapshot, now: float) -> float:
        """Return for how many seconds nothing has come in; less than none while files are on their way."""
        sign, since = self._since.get(snapshot.path, ("", now))
        if sign != snapshot.inputs:
            sign, since = snapshot.inputs, now
            self._since[snapshot.path] = (sign, since)
        age = now - since
        return age - _LEFT_BEHIND_SECONDS if snapshot.is_growing else age

    def forget(self, path: Path) -> None:
        """Forget a folder that is gone."""
        self._since.pop(path, None)


@dataclass(frozen=True)
class _Places:
    """The places of a snapshot. Kept, since making these paths anew took most of the time of a snapshot."""

    ours: tuple[Path, ...]
    """The folders in which work is done, the project's own first."""
    project_file: Path
    media: tuple[Path, Path, Path]
    """The folders of source, target and consent."""
    markers: tuple[Path, ...]
    pictures: tuple[Path, ...]


@lru_cache(maxsize=4096)
def _places(path: Path) -> _Places:
    folder = ProjectFolder(path)
    return _Places(
        (path, folder.work, folder.result),
        folder.project_file,
        (folder.source, folder.target, folder.consent),
        tuple(marker_path(folder, stage) for stage in StageName),
        tuple(folder.face_pictures_of(role) for role in Role),
    )


@dataclass(frozen=True)
class _Tree:
    """A snapshot of the files below a folder."""

    lines: list[str]
    has_files: bool
    is_growing: bool
    is_crowded: bool
    newest: tuple[int, str]
    """Time and path of the file that was written to last."""

    @classmethod
    def of(cls, folder: Path) -> _Tree:
        lines: list[str] = []
        has_files, is_growing, is_crowded, newest = False, False, False, (0, "")
        beyond = len(str(folder))
        for entry in _files(folder):
            if is_crowded := len(lines) > MOST_FILES:
                break
            try:
                facts = entry.stat()
            except OSError:
                continue
            if is_unfinished(entry.name) or _in_rsync_folder(entry):
                is_growing |= _is_on_its_way(entry)
            else:
                has_files = True
            newest = max(newest, (facts.st_mtime_ns, entry.path))
            lines.append(f"{entry.path[beyond:]} {facts.st_size} {facts.st_mtime_ns} {facts.st_mode}")
        return cls(sorted(lines), has_files, is_growing, is_crowded, newest)


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield the files below a folder; links to folders are not followed."""
    waiting = [str(folder)]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                yield entry
            elif entry.name in _RSYNC_FOLDERS or not (entry.name.startswith(".") or is_system_folder(entry.name)):
                waiting.append(entry.path)


def _is_on_its_way(entry: os.DirEntry[str]) -> bool:
    """Return whether an unfinished file is being written, rather than merely hidden or a backup."""
    name = entry.name
    if name.startswith("."):
        return bool(_RSYNC_NAME.match(name)) or _in_rsync_folder(entry)
    return not name.endswith("~")


def _in_rsync_folder(entry: os.DirEntry[str]) -> bool:
    return any(f"/{folder}/" in entry.path for folder in _RSYNC_FOLDERS)


def _may_be_project(entry: os.DirEntry[str]) -> bool:
    # A link is left alone: the same folder under two names would be done twice.
    return not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)


def _file_sign(path: Path) -> tuple[int, int, int] | None:
    facts = _facts(path)
    if facts is None or not stat.S_ISREG(facts.st_mode):
        return None
    return facts.st_size, facts.st_mtime_ns, facts.st_ino


def _folder_sign(path: Path) -> int:
    facts = _facts(path)
    return 0 if facts is None else facts.st_mtime_ns


def _is_folder(path: Path) -> bool:
    facts = _facts(path)
    return facts is not None and stat.S_ISDIR(facts.st_mode)


def _facts(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _digest(*groups: list[str]) -> str:
    # Names need not be UTF-8.
    lines = os.fsencode("\n\n".join("\n".join(group) for group in groups))
    return hashlib.blake2b(lines, digest_size=12).hexdigest()
