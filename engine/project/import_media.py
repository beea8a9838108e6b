"""Bring media into a project folder: hard-linked where that can be, else copied; all of them or none."""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import MediaError, OutOfDisk
from engine.files import atomic
from engine.files.private_folder import make_private
from engine.project.attribution import sidecar_of
from engine.project.foreign_formats import EXPORT, foreign_format, foreign_words
from engine.project.media_kinds import kind_of, list_media
from engine.text import counted, printable

OnCopied = Callable[[int, int], None]
"""Told bytes done and bytes in all while media are brought in; what it raises ends that, and nothing is left behind."""

_BLOCK_BYTES = 1 << 22


@dataclass(frozen=True)
class Brought:
    """What became of files that were to be brought in."""

    places: tuple[Path, ...]
    """Where each file lies now, in the order of the files."""
    added: tuple[Path, ...]
    """Those of them that were not there before."""


def bring_in(paths: Sequence[Path], into: Path, on_copied: OnCopied) -> Brought:
    """Bring further media into a folder of a project that is there already.

    A file that lies there under whatever name is not brought in again. Where it fails, or `on_copied` raises, none
    stays.

    Raises:
        MediaError: One is absent or neither a picture nor a video.
        OutOfDisk: There is no room for a copy; nothing was brought in.
    """
    files = named_media(paths) if paths else []
    make_private(into)
    atomic.remove_partials(into)
    known = _known(files, into)
    new = [file for file in files if file not in known]
    places = dict(zip(new, free_names(new, into), strict=True))
    bring_all(with_sidecars(list(places.items())), on_copied)
    return Brought(tuple((places | known)[file] for file in files), tuple(places.values()))


def _known(files: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Return where in a folder those files lie that are in it already."""
    by_size: dict[int, list[Path]] = defaultdict(list)
    media = list_media(folder)
    for path in (*media.photos, *media.videos):
        by_size[path.stat().st_size].append(path)
    same = ((file, other) for file in files for other in by_size.get(file.stat().st_size, ()))
    return {file: other for file, other in same if file.samefile(other) or filecmp.cmp(file, other, shallow=False)}


def named_media(sources: Sequence[Path]) -> list[Path]:
    """Return every picture and video that the arguments name, folders opened up.

    Raises:
        MediaError: One is absent or neither a picture nor a video, or there is none at all.
    """
    found: list[Path] = []
    for path in sources:
        if path.is_dir():
            media = list_media(path)
            found += [*media.photos, *media.videos]
        elif not path.is_file():
            raise MediaError(f"{path} is not there.", "Check the name. Nothing was changed.")
        elif kind_of(path) is None:
            raise _unusable(path)
        else:
            found.append(path)
    if not found:
        names = ", ".join(str(path) for path in sources)
        left_out = left_out_words(sources)
        title = f"There is no picture or video in {names}.{f' {left_out}' if left_out else ''}"
        raise MediaError(title, "Choose photos or a video of the person.")
    return found


def left_out_words(sources: Sequence[Path]) -> str:
    """Return what is said of the files in folders that are neither pictures nor videos; empty where there are none."""
    others = [path for folder in sources if folder.is_dir() for path in list_media(folder).others]
    if not others:
        return ""
    # What can be helped comes first: a raw photo before a note.
    first = next((path for path in others if foreign_format(path)), others[0])
    words = foreign_words(first)
    if len(others) == 1:
        return f"{printable(first.name)} is left out. {words}"
    return f"{counted(len(others), 'file')} are left out, such as {printable(first.name)}. {words}"


def _unusable(path: Path) -> MediaError:
    if known := foreign_format(path):
        return MediaError(
            f"{path.name} is {known}, which Understudio does not read.", f"{EXPORT}. Nothing was changed."
        )
    return MediaError(f"{path.name} is neither a picture nor a video.", "Leave it out, or convert it first.")


def free_names(files: Iterable[Path], folder: Path, taken_too: Iterable[str] = ()) -> list[Path]:
    """Return where each file goes; names that are taken, or will be, get a number."""
    taken = {name.casefold() for name in (*taken_too, *(path.name for path in folder.iterdir()))}
    places = []
    for file in files:
        name, count = file.name, 1
        while name.casefold() in taken:
            count += 1
            name = atomic.fitting_name(file.stem, f"-{count}{file.suffix}")
        taken.add(name.casefold())
        places.append(folder / name)
    return places


def with_sidecars(files: Sequence[tuple[Path, Path]]) -> list[tuple[Path, Path]]:
    """Add the sidecars of gathered pictures: the names of their authors come along."""
    sidecars = ((sidecar_of(file), sidecar_of(place)) for file, place in files)
    return [*files, *((file, place) for file, place in sidecars if file.is_file())]


def bring_all(files: Sequence[tuple[Path, Path]], on_copied: OnCopied) -> None:
    """Bring files to their places; where one fails, none stays.

    Raises:
        OutOfDisk: There is no room for a copy.
    """
    total = sum(file.stat().st_size for file, _ in files)
    done = 0

    def copied(count: int) -> None:
        on_copied(done + count, total)

    with contextlib.ExitStack() as undo:
        for file, place in files:
            make_private(place.parent, parents=True)
            if not _link(file, place):
                _check_room(file, place)
                _copy(file, place, copied)
            undo.callback(place.unlink, missing_ok=True)
            done += file.stat().st_size
            on_copied(done, total)
        undo.pop_all()


def _link(file: Path, place: Path) -> bool:
    """Return whether a hard link could be made.

    Other file systems say no, each in its own way, and what else is wrong the copy will tell; and of somebody else's
    file none is to be in a project (`engine.files.safe_open`).
    """
    if file.stat().st_uid != os.geteuid():
        return False
    try:
        place.hardlink_to(file.resolve())
    except OSError:
        return False
    return True


def _check_room(file: Path, place: Path) -> None:
    needed, free = file.stat().st_size, shutil.disk_usage(place.parent).free
    if needed > free:
        raise OutOfDisk(
            f"There is no room for {file.name}: it needs {needed >> 20} MB and {free >> 20} MB are free.",
            "Free some space, or choose another place. Nothing was changed.",
        )


def _copy(file: Path, place: Path, copied: Callable[[int], None]) -> None:
    """Copy a file, telling the bytes done so far; it gets its name once it is whole."""
    with atomic.new_file(place) as partial:
        with file.open("rb") as reader, partial.open("xb") as writer:
            while block := reader.read(_BLOCK_BYTES):
                writer.write(block)
                copied(writer.tell())
        # A network drive may keep its own times and modes.
        with contextlib.suppress(OSError):
            shutil.copystat(file, partial)
