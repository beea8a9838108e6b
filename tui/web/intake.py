"""Photos and videos on their way into a project: aside until they are whole, and in only where they are what they seem.

While one comes in it lies in a folder of the kind that rsync makes for such files: the daemon waits for what is in
there, and nobody takes a part of a file for the whole. Every method touches files: call from a worker.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import OutOfDisk, ProjectError
from engine.files import atomic
from engine.files.private_folder import make_private
from engine.files.safe_open import leads_out
from engine.project.attribution import SIDECAR
from engine.project.change_media import MediaChange, add_source, add_target_pictures, change_video
from engine.project.folder import ProjectFolder
from engine.project.import_media import bring_in, named_media
from engine.project.media_kinds import MediaKind, is_unfinished, kind_of
from engine.role import Role
from engine.text import printable
from tui.format import megabytes

_ASIDE = ".~tmp~"
_OURS = "upload-"
_LEFT_BEHIND_SECONDS = 3600.0
"""What has not grown for this long was left behind by a server that was killed."""
_LONGEST_SUFFIX = 16


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

    def look(self, folder: ProjectFolder, role: Role, name: str, head: bytes, size: int) -> None:
        """Look whether a file can be taken in, before all of it comes.

        Args:
            folder: The project.
            role: Whom it shows.
            name: As it is called where it comes from.
            head: Its first bytes.
            size: Bytes in all.

        Raises:
            MediaError: It is neither a picture nor a video.
            OutOfDisk: There is no room for it.
            ProjectError: The project has parts that lie elsewhere.
        """
        with self.place(folder, role, name) as file:
            file.write_bytes(head)
            named_media([file])
        free = shutil.disk_usage(folder.path).free
        if size > free:
            raise OutOfDisk(
                f"There is no room for {safe_name(name)}: it has {megabytes(size)}, and {megabytes(free)} are free.",
                "Free some space on the machine that does the work, then try again. Nothing was changed.",
            )

    @contextmanager
    def place(self, folder: ProjectFolder, role: Role, name: str) -> Iterator[Path]:
        """Yield where a file lies while it comes in; what is left there in the end is deleted.

        Raises:
            ProjectError: The project has parts that lie elsewhere.
        """
        folder.require_own()
        aside = folder.media_of(role) / _ASIDE
        with self._turn:
            own = _own_folder(aside, folder)
        try:
            yield own / safe_name(name)
        finally:
            with self._turn:
                shutil.rmtree(own, ignore_errors=True)
                with contextlib.suppress(OSError):
                    aside.rmdir()

    def take_in(self, folder: ProjectFolder, role: Role, file: Path) -> str:
        """Make a whole file part of a project, and return what is said of that.

        Raises:
            UnderstudioError: It cannot be used, or there is no room; nothing was changed.
        """
        atomic.flush(file)
        with self._turn:
            if role is Role.TARGET and kind_of(file) is MediaKind.VIDEO:
                return _take_video(folder, file)
            add = add_source if role is Role.SOURCE else add_target_pictures
            return _in_words(add(folder, [file], _say_nothing), file.name)


def _own_folder(aside: Path, folder: ProjectFolder) -> Path:
    make_private(aside, parents=True)
    if leads_out(aside, folder.path):
        raise ProjectError(
            f"{aside.relative_to(folder.path)} is a link that leads out of the project folder.",
            "Delete the link, then try again. Nothing was changed.",
        )
    # In the time of the clock, as files have it.
    too_old = time.time() - _LEFT_BEHIND_SECONDS
    for other in aside.glob(f"{_OURS}*"):
        if max(path.lstat().st_mtime for path in (other, *other.iterdir())) < too_old:
            shutil.rmtree(other, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=_OURS, dir=aside))


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
