"""Paths as people type and paste them, and what lies there."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from urllib.parse import unquote, urlparse

from engine.errors import MediaError
from engine.host.home import typed
from engine.project.media_kinds import MediaKind, kind_of, list_media
from engine.text import counted

_PHOTOS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif", ".heic", ".heif")
_VIDEOS = (
    *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg"),
    *(".ts", ".m2ts", ".mts", ".wmv", ".flv", ".vob"),
)
MEDIA_SUFFIXES = frozenset([*_PHOTOS, *_VIDEOS])
"""Of files that look like pictures and videos before anybody has opened them."""


def typed_paths(text: str, base: Path) -> tuple[Path, ...]:
    """Return the paths in a typed or pasted text: quoted, several, `~`, or `file://`, as terminals paste dropped files.

    A text that is one existing path with blanks in it counts as that path.
    """
    text = text.strip()
    if not text:
        return ()
    whole = _absolute(text, base)
    if is_there(whole):
        return (whole,)
    try:
        parts = shlex.split(text)
    except ValueError:
        return (whole,)
    found = tuple(_absolute(part, base) for part in parts)
    return found if len(found) == 1 or any(map(is_there, found)) else (whole,)


def is_there(path: Path) -> bool:
    """Return whether something lies at a typed path; what is too long for a path, or may not be looked at, does not."""
    try:
        return path.exists()
    except OSError:
        return False


@dataclass(frozen=True)
class Found:
    """What lies at a path that may be used."""

    path: Path
    photos: int
    videos: int

    @property
    def words(self) -> str:
        """What it is: `photo`, `video`, `120 photos, 2 videos`."""
        if not self.path.is_dir():
            return "video" if self.videos else "photo"
        parts = [counted(self.photos, "photo")] if self.photos else []
        return ", ".join([*parts, counted(self.videos, "video")] if self.videos else parts)


def describe_path(path: Path, *, for_target: bool = False) -> Found:
    """Return what lies at a path. Reads the disk: call from a worker.

    Args:
        path: A file or folder.
        for_target: Whether it shall show the person who is replaced: of a folder, only the photos count then.

    Raises:
        MediaError: Nothing usable lies there; the title fits beneath an input.
    """
    if not is_there(path):
        raise MediaError(f"There is no file or folder {path}.", "Check the spelling, or press F2 to browse.")
    if path.is_dir():
        media = list_media(path)
        if for_target and not media.photos and media.videos:
            raise MediaError(f"{path.name} is a folder: choose one video in it.", "Press F2 to browse.")
        if not media.photos and not media.videos:
            raise MediaError(f"There is no photo or video in {path.name}.", "Choose another folder.")
        return Found(path, len(media.photos), 0 if for_target else len(media.videos))
    kind = kind_of(path)
    if kind is None:
        raise MediaError(f"{path.name} is not a photo or video that can be read.", "Choose another file.")
    return Found(path, int(kind is MediaKind.PHOTO), int(kind is MediaKind.VIDEO))


@dataclass(frozen=True)
class Completion:
    """What a text may become that is the beginning of a path."""

    text: str
    """The text, longer by as much as can only go on like this."""
    names: tuple[str, ...] = ()
    """Names it may go on with, where there are several; folders end in a stroke."""


def completed(text: str, base: Path, *, media_only: bool = True) -> Completion:
    """Return how a typed path goes on, as shells complete it. Reads the disk: call from a worker.

    Args:
        text: The beginning of a path, blanks and `~` as they are.
        base: Where a path begins that says nothing else.
        media_only: Whether only folders, photos and videos count, and not all files.
    """
    above, stroke, begun = text.rpartition("/")
    try:
        with os.scandir(_absolute(f"{above}{stroke}" or ".", base)) as entries:
            known = {
                each.name: leads_to_folder(each)
                for each in entries
                if not each.name.startswith(".") or begun[:1] == "."
            }
    except OSError:
        return Completion(text)
    # What cannot be shown as it is cannot be typed either.
    readable = {name: is_folder for name, is_folder in known.items() if name.isprintable()}
    wanted = {name for name, is_folder in readable.items() if is_folder or not media_only or _is_media(name)}
    # As typed where that begins a name; else in letters of any case.
    found = sorted(name for name in wanted if name.startswith(begun)) or sorted(
        name for name in wanted if name.casefold().startswith(begun.casefold())
    )
    if not found:
        return Completion(text)
    names = tuple(f"{name}/" if known[name] else name for name in found)
    shared = "".join(letters[0] for letters in takewhile(lambda each: len(set(each)) == 1, zip(*names, strict=False)))
    longer = shared if len(shared) >= len(begun) else begun
    return Completion(f"{above}{stroke}{longer}", names if len(names) > 1 else ())


def leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether something in a folder is a folder, or a link to one.

    One that leads to itself, or to where nobody may look, is none: all that lies beside it can still be chosen.
    """
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_media(name: str) -> bool:
    return Path(name).suffix.lower() in MEDIA_SUFFIXES


def _absolute(text: str, base: Path) -> Path:
    if text.startswith("file://"):
        text = unquote(urlparse(text).path)
    return base / typed(text)
