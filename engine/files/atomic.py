"""Write a file or publish a folder in one rename.

Whatever instant the power fails, a reader finds the old content, the new content, or nothing: never a part. Unfinished
work has a name that begins with a dot and carries `PARTIAL`, so whoever lists a folder passes it over, and the machine
and process that write it, so that no two take one name. What a dead writer left behind is removed by the next writer of
the same folder, of files by `remove_partials`, and in a whole `work/` when a stage begins.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import OutOfDisk
from engine.files.private_folder import keep_private
from engine.files.refusal import refusal_of
from engine.host.machine import has_ended, process_mark

PARTIAL = ".partial-"
"""Part of the name of everything that is not finished."""

_RANDOM_BYTES = 8
"""That `tempfile` adds to the name of a folder."""

_LONGEST_WRITING_SECONDS = 86400.0
"""Nobody writes one file for a day: what is older is of a machine that is gone, or of this one before a restart."""

_LONGEST_NAME_BYTES = 255
"""Longest name of a file on the file systems that people use."""


def write_text(path: Path, text: str) -> None:
    """Replace the content of `path` by `text` (UTF-8) in one step."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Replace the content of `path` in one step.

    Raises:
        OutOfDisk: There is no room; the old content is untouched.
        AccessRefused: It may not be written.
    """
    with new_file(path) as partial:
        partial.write_bytes(content)


def fitting_name(stem: str, ending: str, longest: int = _LONGEST_NAME_BYTES) -> str:
    """Return a file's name of two parts, the first cut at its end where the whole would have more than `longest` bytes.

    A cut name carries a digest of what was cut, so that different names stay different.
    """
    room = longest - len(os.fsencode(ending))
    if len(os.fsencode(stem)) <= room:
        return stem + ending
    mark = f"-{hashlib.sha256(os.fsencode(stem)).hexdigest()[:8]}"
    while len(os.fsencode(stem + mark)) > room:
        stem = stem[:-1]
    return stem + mark + ending


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a name to write to; on leaving without an error it becomes `path`, replacing what was there.

    The yielded name ends as `path` does, so that writers which choose a format by suffix choose the same one.

    Raises:
        OutOfDisk: There was no room; `path` is untouched.
        AccessRefused: It may not be written.
    """
    partial = path.with_name(fitting_name(f".{path.stem}", f"{PARTIAL}{process_mark()}{path.suffix}"))
    try:
        with translated_disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield partial
            flush(partial)
            partial.replace(path)
            flush(path.parent)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; on leaving without an error it becomes `path`, replacing what was there.

    Raises:
        OutOfDisk: There was no room; `path` is untouched.
        AccessRefused: It may not be written.
    """
    prefix = _folder_prefix(path.name)
    with translated_disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_partials(path.parent, path.name)
        partial = Path(tempfile.mkdtemp(prefix=prefix, dir=path.parent))
        keep_private(partial)
        try:
            yield partial
            for child in partial.rglob("*"):
                flush(child)
            flush(partial)
            # A folder can only be renamed over an empty one, so the old one is moved aside first: a reader may find
            # nothing for an instant, never a mixture.
            if path.exists():
                aside = Path(tempfile.mkdtemp(prefix=prefix, dir=path.parent))
                path.replace(aside)
                partial.replace(path)
                shutil.rmtree(aside)
            else:
                partial.replace(path)
            flush(path.parent)
        finally:
            if partial.exists():
                shutil.rmtree(partial)


@contextmanager
def passing_folder(parent: Path, name: str) -> Iterator[Path]:
    """Yield an empty folder for what is needed only within; what a dead writer left of one of that name is removed."""
    remove_partials(parent, name)
    with tempfile.TemporaryDirectory(prefix=_folder_prefix(name), dir=parent) as place:
        yield Path(place)


def _folder_prefix(name: str) -> str:
    return fitting_name(f".{name}", f"{PARTIAL}{process_mark()}-", _LONGEST_NAME_BYTES - _RANDOM_BYTES)


def remove_partials(folder: Path, name: str = "") -> None:
    """Remove what dead writers left in `folder`: everything unfinished whose final name begins with `name`."""
    for leftover in folder.glob(f".{name}*{PARTIAL}*"):
        _remove(leftover)


def remove_what_the_dead_left(folder: Path) -> None:
    """Remove what writers that are dead left in `folder`, where it is no link, and nothing of those who are at work.

    What may not be removed stays: it is in nobody's way.
    """
    if folder.is_symlink():
        return
    for leftover in folder.glob(f".*{PARTIAL}*"):
        with contextlib.suppress(OSError):
            age = time.time() - leftover.lstat().st_mtime
            if has_ended(leftover.name.partition(PARTIAL)[2]) or age > _LONGEST_WRITING_SECONDS:
                _remove(leftover)


def _remove(leftover: Path) -> None:
    if leftover.is_dir():
        shutil.rmtree(leftover, ignore_errors=True)
    else:
        leftover.unlink(missing_ok=True)


@contextmanager
def translated_disk_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors for a full disk, and for a place that may not be written, into sentences.

    Raises:
        OutOfDisk: The disk or the quota of `path` is full.
        AccessRefused: The system says no.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutOfDisk(
                f"The disk is full: there was no room to write {path.name}.",
                "Free some space and start again. Everything finished so far is kept.",
            ) from error
        # Of a file that is only on its way the reader has never heard.
        is_partial = PARTIAL in os.fsdecode(error.filename or "")
        if (refusal := refusal_of(error, path if is_partial else None)) is not None:
            raise refusal from error
        raise


def flush(path: Path) -> None:
    """Have the system put `path`, a file or a folder, on the disk before going on.

    Network drives refuse that for folders, and write them when they do: then nothing more can be had.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EBADF, errno.ENOSYS, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)
