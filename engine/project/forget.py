"""Delete what was made from people's faces, and leave a tombstone that says so without naming anybody."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from engine.errors import ProjectError
from engine.files import atomic
from engine.project.folder import ProjectFolder
from engine.project.lock import at_rest
from engine.project.settings import Wanted

TOMBSTONE = "forgotten.json"


@dataclass(frozen=True)
class Doomed:
    """One thing that is deleted, with all that is in it."""

    path: Path
    what: str
    """In words."""
    files: int
    size_bytes: int
    leads_to: Path | None = None
    """Where it is a link: only the link is removed, and what it leads to stays."""


class Tombstone(BaseModel):
    """What is left of a project."""

    model_config = ConfigDict(frozen=True)

    forgotten_at: dt.datetime
    deleted: dict[str, int]
    """Number of files, by what they were."""
    kept_media: bool
    """The photos, videos, consent and settings that people put in were left."""


def doomed(folder: ProjectFolder, *, media_too: bool = False) -> tuple[Doomed, ...]:
    """Return what `forget` would delete, changing nothing.

    Raises:
        ProjectError: The folder is no project, or nothing that can be told to be one.
    """
    _require_project(folder)
    found: list[Doomed] = []
    for path, what in _places(folder, media_too=media_too):
        if _exists(path):
            found.append(_measured(path, what, [folder.lock_file, *(each.path for each in found)]))
    return tuple(found)


def forget(folder: ProjectFolder, now: dt.datetime, *, media_too: bool = False) -> tuple[Doomed, ...]:
    """Delete faces, model, previews, results and caches; return what was deleted.

    The project is set to `pause`, or the daemon would make everything again.

    Args:
        folder: Of the project.
        now: For the tombstone.
        media_too: Also delete what people put in: photos, videos, evidence, and the project file with its notes.

    Raises:
        ProjectError: The folder is no project; nothing was deleted.
        ProjectBusy: A stage is at work on it; nothing was deleted.
    """
    _require_project(folder)
    hint = "Run `understudio pause` on it, wait until it stands still, and ask again. Nothing was deleted."
    with at_rest(folder, hint):
        return _forget(folder, now, media_too=media_too)


def _forget(folder: ProjectFolder, now: dt.datetime, *, media_too: bool) -> tuple[Doomed, ...]:
    if not media_too:
        _pause(folder)
    gone = doomed(folder, media_too=media_too)
    for each in gone:
        if each.leads_to is None and each.path.is_dir():
            shutil.rmtree(each.path)
        else:
            each.path.unlink()
    counts: dict[str, int] = {}
    for each in gone:
        counts[each.what] = counts.get(each.what, 0) + each.files
    stone = Tombstone(forgotten_at=now, deleted=counts, kept_media=not media_too)
    atomic.write_text(folder.path / TOMBSTONE, stone.model_dump_json(indent=1))
    return gone


def _pause(folder: ProjectFolder) -> None:
    try:
        project = folder.load()
    except ProjectError:
        # A project file that is not valid starts nothing either.
        return
    folder.save(project.model_copy(update={"wanted": Wanted.PAUSE}))


def _require_project(folder: ProjectFolder) -> None:
    """Keep `forget` from being let loose on a folder that only happens to hold a `result`."""
    is_project = folder.project_file.exists() or (folder.path / TOMBSTONE).exists() or folder.lock_file.exists()
    if not is_project:
        raise ProjectError(
            f"{folder.path.name} is not a project, so nothing was deleted.", "Name the folder that has a project.toml."
        )


def _places(folder: ProjectFolder, *, media_too: bool) -> Iterator[tuple[Path, str]]:
    """Yield what goes, the most personal first: if it is cut short, what is left matters least."""
    yield folder.source_faces, "faces of the person who appears"
    yield folder.target_faces, "faces of the person who is replaced"
    yield folder.checkpoints, "trained model"
    yield folder.head_start, "model of an earlier project"
    yield folder.previews, "previews"
    yield folder.explained, "explanations on your pictures"
    yield folder.checked, "looks at your pictures"
    yield folder.segments, "converted pieces of the video"
    yield folder.result, "results"
    if media_too:
        yield folder.source, "photos and videos of the person who appears"
        yield folder.target, "the video and pictures of the person who is replaced"
        yield folder.taken_out, "photos and videos that were taken out"
        yield folder.consent, "evidence of consent"
        yield folder.project_file, "settings and consent record"
    yield folder.work, "caches, logs and progress"
    for path in sorted(folder.path.glob(f".*{atomic.PARTIAL}*")):
        yield path, "unfinished files"


def _exists(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _measured(path: Path, what: str, uncounted: Sequence[Path]) -> Doomed:
    """Count files, leaving out what was counted by another name."""
    if path.is_symlink():
        return Doomed(path, what, 0, 0, leads_to=path.readlink())
    if path.is_file():
        return Doomed(path, what, 1, path.stat().st_size)
    files = [Path(parent, name) for parent, _, names in os.walk(path) for name in names]
    counted = [file for file in files if not any(file.is_relative_to(other) for other in uncounted)]
    return Doomed(path, what, len(counted), sum(file.lstat().st_size for file in counted))
