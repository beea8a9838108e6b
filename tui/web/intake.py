"""Photos and videos on their way into a project: aside until they are whole, and in only where they are what they seem.

They come in pieces, and what came stays when the line breaks: the same file, brought again, goes on from there. Every
method touches files: call from a worker.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from engine.errors import MediaError, OutOfDisk
from engine.files import atomic
from engine.project.attribution import SIDECAR
from engine.project.change_media import MediaChange, add_source, add_target_pictures, change_video
from engine.project.folder import ProjectFolder
from engine.project.import_media import bring_in, named_media
from engine.project.media_kinds import MediaKind, is_unfinished, kind_of
from engine.role import Role
from engine.text import printable
from tui.format import megabytes
from tui.web.arrivals import LOOKED_AT, Arrival, aside_of, clear_left_behind, mark_of

MOST_BYTES = 8 << 20
"""Of one piece: it is held in memory until all of it is there, so that no half of one is ever written."""
_LONGEST_SUFFIX = 16


@dataclass(frozen=True)
class Told:
    """What is answered to a piece."""

    here: int
    """Bytes of the file that are here: from there on it goes on."""
    words: str = ""
    """What is said of the file, once it is whole and in its place."""


def safe_name(name: str) -> str:
    """Return a file's name that is one on every system, made from one that a stranger may have chosen.

    It leads nowhere, is neither hidden nor taken for a file that is still on its way, and can be read.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = printable(unicodedata.normalize("NFC", last)).replace("\N{REPLACEMENT CHARACTER}", "_").strip()
    while is_unfinished(plain) or plain.endswith(SIDECAR):
        shorter = plain.lstrip(".").rstrip("~")
        plain = shorter if shorter != plain else plain.rpartition(".")[0]
    stem, dot, suffix = plain.rpartition(".")
    if not stem or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = plain, "", ""
    return atomic.fitting_name(stem or "file", dot + suffix)


class Intake:
    """Takes files into projects, one after the other."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._taken: dict[tuple[Path, Role, Arrival], str] = {}
        """What was said of files that are in: the answer may have been lost with the line."""

    def look(
        self, folder: ProjectFolder, role: Role, name: str, head: bytes, size: int, modified: str
    ) -> tuple[str, int]:
        """Look whether a file can be taken in, before all of it comes.

        Args:
            folder: The project.
            role: Whom it shows.
            name: As it is called where it comes from.
            head: Its first bytes.
            size: Bytes in all.
            modified: When it was changed last, as its owner's machine says it.

        Returns:
            What tells it from others, and how many bytes of it are here already.

        Raises:
            MediaError: It is neither a picture nor a video.
            OutOfDisk: There is no room for it.
            ProjectError: The project has parts that lie elsewhere.
        """
        coming = Arrival(safe_name(name), size, mark_of(name, size, modified, head))
        with self._turn:
            aside = aside_of(folder, role)
            clear_left_behind(aside)
            self._taken.pop((folder.path, role, coming), None)
            try:
                _require_media(aside, coming.name, head)
                here = coming.here(aside)
            finally:
                _tidy(aside)
        # A power cut may have torn what was written last: it comes once more.
        here = max(0, min(here, size) - MOST_BYTES)
        free = shutil.disk_usage(folder.path).free
        if size - here > free:
            raise OutOfDisk(
                f"There is no room for {coming.name}: it has {megabytes(size)}, and {megabytes(free)} are free.",
                "Free some space on the machine that does the work, then try again. Nothing was changed.",
            )
        return coming.mark, here

    def put(self, folder: ProjectFolder, role: Role, coming: Arrival, at: int, piece: bytes) -> Told:
        """Keep a piece of a file; with the last one, make it part of the project.

        Args:
            folder: The project.
            role: Whom it shows.
            coming: The file.
            at: Where in the file the piece belongs, in bytes.
            piece: At most `MOST_BYTES`.

        Raises:
            UnderstudioError: It cannot be used, or there is no room; nothing was changed.
        """
        with self._turn:
            aside = aside_of(folder, role)
            try:
                here, ends = coming.here(aside), at + len(piece)
                words = self._taken.get((folder.path, role, coming), "")
                if words and not here and ends == coming.size:
                    return Told(ends, words)
                if at > here or ends > coming.size:
                    return Told(min(here, coming.size))
                return self._kept(folder, role, coming, aside, at, piece)
            finally:
                _tidy(aside)

    def _kept(self, folder: ProjectFolder, role: Role, coming: Arrival, aside: Path, at: int, piece: bytes) -> Told:
        file = coming.place(aside)
        try:
            with atomic.translated_disk_errors(file):
                coming.write(aside, at, piece)
            ends = at + len(piece)
            if ends < coming.size:
                return Told(ends)
            words = _taken_in(folder, role, file)
        except (OutOfDisk, MediaError):
            # Nobody can use it, or others need the room.
            coming.drop(aside)
            raise
        coming.drop(aside)
        self._taken[folder.path, role, coming] = words
        return Told(ends, words)


def _require_media(aside: Path, name: str, head: bytes) -> None:
    """Look at a file's first bytes.

    Raises:
        MediaError: It is neither a picture nor a video.
        OutOfDisk: There is no room even for them.
    """
    with tempfile.TemporaryDirectory(prefix=LOOKED_AT, dir=aside) as own:
        file = Path(own, name)
        with atomic.translated_disk_errors(file):
            file.write_bytes(head)
        named_media([file])


def _tidy(aside: Path) -> None:
    """Delete the folder where nothing is on its way."""
    with contextlib.suppress(OSError):
        aside.rmdir()


def _taken_in(folder: ProjectFolder, role: Role, file: Path) -> str:
    """Make a whole file part of a project, and return what is said of that."""
    if role is Role.TARGET and kind_of(file) is MediaKind.VIDEO:
        return _take_video(folder, file)
    add = add_source if role is Role.SOURCE else add_target_pictures
    return _in_words(add(folder, [file], _say_nothing), file.name)


def _take_video(folder: ProjectFolder, file: Path) -> str:
    if not folder.project_file.exists():
        # Which one is to be changed, the wizard asks where there are several.
        brought = bring_in([file], folder.target, _say_nothing)
        return _in_words(MediaChange(brought.added, known=len(brought.places) - len(brought.added)), file.name)
    change = change_video(folder, file, _say_nothing)
    if not change.is_other_video:
        return f"{file.name} is the video to change already."
    kept = "".join(f" {before.name} is kept in taken-out/." for before, _ in change.taken_out)
    return f"{file.name} is the video to change now.{kept}"


def _in_words(change: MediaChange, name: str) -> str:
    return f"{change.added[0].name} is in." if change.added else f"{name} lay there already."


def _say_nothing(_done: int, _total: int) -> None:
    """Bringing in is a link, and over at once: what takes its time is the way here."""
