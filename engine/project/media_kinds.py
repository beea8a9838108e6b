"""What kind of media a file is, by its content and never by its name.

Formats are an allow-list. Playlists, scripts and picture sequences (HLS, DASH, concat, SDP, SVG), whose meaning is to
make a reader open something else, are not on it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import MediaError
from engine.files.refusal import refused
from engine.files.safe_open import is_strangers, leads_out
from engine.project.attribution import SIDECAR
from engine.project.foreign_formats import format_of
from engine.project.system_names import is_system_file, is_system_folder, named_once


class MediaKind(StrEnum):
    """What a media file is used as."""

    PHOTO = "photo"
    """One picture, or an animation of several."""
    VIDEO = "video"
    """A container that can hold moving pictures; whether it does, only opening it tells."""


@dataclass(frozen=True)
class Media:
    """The files of a folder, each list sorted by path."""

    photos: tuple[Path, ...]
    videos: tuple[Path, ...]
    others: tuple[Path, ...]
    """Neither; a reader names them as skipped."""
    foreign: tuple[Path, ...] = ()
    """Links that lead out, and hard links to files of somebody else: not opened, named as skipped."""
    system_folders: tuple[Path, ...] = ()
    """Folders that a network drive or an operating system keeps for itself: not looked into, named once each."""
    closed: tuple[Path, ...] = ()
    """Folders that this user may not look into, named as skipped."""

    def left_out(self) -> Iterator[tuple[Path, str]]:
        """Yield what is not opened, and why, in a sentence."""
        yield from ((path, FOREIGN) for path in self.foreign)
        yield from named_once(self.system_folders, MOST_FILES)
        yield from ((path, refused(path).title) for path in self.closed)


MOST_FILES = 100_000
"""In one folder of media: a week of photographs, every second or so. A million empty ones would stop everything."""

FOREIGN = "It is a link that leads out of the folder, or to a file of somebody else."
"""Why a file is left out."""


_HEAD_BYTES = 1024
_TS_PACKET = 188
_M2TS_PACKET = 192

_PHOTO_BRANDS = frozenset(
    [b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"],
)
_SOUND_BRANDS = frozenset([b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "])
_QUICKTIME_ATOMS = frozenset([b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"])
_PHOTO_HEADS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\0", b"MM\0*", b"GIF87a", b"GIF89a")
_VIDEO_HEADS = (
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
    b"\x00\x00\x01\xba",  # MPEG program stream
    b"FLV\x01",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF, which WMV is
)
_UNFINISHED = (".part", ".partial", ".crdownload", ".tmp", ".filepart", "~")


def kind_of(path: Path) -> MediaKind | None:
    """Return what a file is by its first bytes, or None where it is neither a picture nor a video, or not readable.

    Pictures of formats that are known and not read are neither (`engine.project.foreign_formats`).

    Links are followed; where they may lead is the caller's business.
    """
    try:
        # A pipe or device in a dropped folder would block or never end, and may be put there while we look.
        if not path.is_file():
            return None
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            is_file = stat.S_ISREG(os.fstat(handle).st_mode)
            if not is_file or format_of(file):
                return None
            file.seek(0)
            return _kind_of_head(file.read(_HEAD_BYTES))
    except OSError:
        return None


def list_media(folder: Path, root: Path | None = None) -> Media:
    """Return the media below a folder, subfolders included.

    Hidden files and files on their way in (`.name`, `name.part`, `name~`, and the hidden names of rsync) are left out
    altogether, and so are the sidecars of gathered pictures, and what drives and systems keep for themselves. Links to
    folders are not followed. A file whose name is not UTF-8 is among the others.

    Args:
        folder: Need not exist: then there is nothing in it.
        root: Links may lead about inside it; None stands for `folder`.

    Raises:
        MediaError: There are more than `MOST_FILES` files.
        AccessRefused: The folder itself may not be read.
    """
    found: dict[MediaKind | None, list[Path]] = {MediaKind.PHOTO: [], MediaKind.VIDEO: [], None: []}
    foreign = []
    system_folders: list[Path] = []
    closed: list[Path] = []
    for path in sorted(_files(folder, system_folders, closed)):
        if _is_foreign(path, root or folder):
            foreign.append(path)
        else:
            found[kind_of(path) if is_text(str(path)) else None].append(path)
    return Media(
        tuple(found[MediaKind.PHOTO]),
        tuple(found[MediaKind.VIDEO]),
        tuple(found[None]),
        foreign=tuple(foreign),
        system_folders=tuple(sorted(system_folders)),
        closed=tuple(sorted(closed)),
    )


def too_many(folder: Path) -> MediaError:
    """Return what is said of a folder with more than `MOST_FILES` files."""
    return MediaError(
        f"There are more than {MOST_FILES:,} files in {folder.name}/, which is too many.",
        "Keep the pictures that matter (a few hundred are plenty), or put a video in their place. Nothing is lost.",
    )


def _is_foreign(path: Path, root: Path) -> bool:
    try:
        facts = path.lstat()
        if stat.S_ISLNK(facts.st_mode):
            return leads_out(path, root)
        return facts.st_nlink > 1 and is_strangers(facts, root.stat().st_uid)
    except OSError:
        return False


def is_text(name: str) -> bool:
    """Return whether a name can be written down: one that is not UTF-8 fits in no message, database or status file."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_unfinished(name: str) -> bool:
    """Return whether a file's name says that it is hidden or still being written."""
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)


def _files(folder: Path, system_folders: list[Path], closed: list[Path]) -> Iterator[Path]:
    """Yield the files below a folder; the folders that are passed over are added to the lists."""

    def pass_over(error: OSError) -> None:
        if isinstance(error, PermissionError):
            if Path(error.filename) == folder:
                raise refused(folder) from error
            closed.append(Path(error.filename))

    count = 0
    for parent, folders, names in os.walk(folder, onerror=pass_over):
        system_folders += [Path(parent, name) for name in folders if is_system_folder(name)]
        folders[:] = [name for name in folders if not name.startswith(".") and not is_system_folder(name)]
        count += len(names) + len(folders)
        if count > MOST_FILES:
            raise too_many(folder)
        yield from (Path(parent, name) for name in names if not _is_passed_over(name))


def _is_passed_over(name: str) -> bool:
    return is_unfinished(name) or is_system_file(name) or name.endswith(SIDECAR)


def _kind_of_head(head: bytes) -> MediaKind | None:
    if head.startswith(_PHOTO_HEADS):
        return MediaKind.PHOTO
    if head.startswith(_VIDEO_HEADS) or _is_transport_stream(head):
        return MediaKind.VIDEO
    if head[4:8] == b"ftyp":
        return _kind_of_brand(head[8:12])
    if head[:4] == b"RIFF":
        return {b"WEBP": MediaKind.PHOTO, b"AVI ": MediaKind.VIDEO}.get(head[8:12])
    return MediaKind.VIDEO if head[4:8] in _QUICKTIME_ATOMS else None


def _kind_of_brand(brand: bytes) -> MediaKind | None:
    """Tell pictures, sound and video apart, which share the ISO base media format."""
    if brand in _PHOTO_BRANDS:
        return MediaKind.PHOTO
    return None if brand in _SOUND_BRANDS else MediaKind.VIDEO


def _is_transport_stream(head: bytes) -> bool:
    """Return whether the sync byte comes where packets of MPEG-TS, plain or with Blu-ray's time stamps, begin."""
    plain = [head[at : at + 1] for at in range(0, 4 * _TS_PACKET, _TS_PACKET)]
    stamped = [head[at : at + 1] for at in range(4, 4 + 4 * _M2TS_PACKET, _M2TS_PACKET)]
    return [b"G"] * 4 in (plain, stamped)
