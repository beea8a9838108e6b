"""Watches the real engine from outside: nothing finished may be made again, nothing half done be named as whole."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import zipfile
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import av

from engine.project.folder import ProjectFolder


@dataclass
class Finds:
    """What an observer has come across."""

    made_again: list[str] = field(default_factory=list)
    """Finished pieces that were replaced by others."""
    broken: list[str] = field(default_factory=list)
    """Pieces under a finished piece's name that cannot be read to their end."""
    pieces: int = 0
    """Finished pieces seen."""


class Observer:
    """Looks at checkpoints, segments and results ten times a second, on a thread of its own."""

    def __init__(self, folders: Sequence[ProjectFolder]) -> None:
        self.finds = Finds()
        self._folders = folders
        self._numbers: dict[Path, int] = {}
        self._signs: dict[Path, str] = {}
        self._chunks: dict[Path, set[tuple[str, int]]] = {}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Observer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(0.1):
            for folder in self._folders:
                for piece in _pieces(folder):
                    self._look(piece)
                for faces in (folder.source_faces, folder.target_faces):
                    self._look_at_chunks(faces / "faces.sqlite")

    def _look(self, piece: Path) -> None:
        try:
            number = piece.stat().st_ino
            sign = _sign(piece) if self._numbers.get(piece) != number else ""
        except OSError:
            return
        if not sign:
            return
        if self._signs.get(piece, sign) != sign:
            self.finds.made_again.append(str(piece))
        self._numbers[piece], self._signs[piece] = number, sign
        self.finds.pieces += 1
        try:
            _read(piece)
        except (OSError, zipfile.BadZipFile, av.error.FFmpegError) as error:
            # Segments are removed when they are joined, checkpoints when there are newer ones.
            if piece.exists():
                self.finds.broken.append(f"{piece}: {error}")

    def _look_at_chunks(self, database: Path) -> None:
        """Note finished chunks of extraction that are gone again."""
        if not database.exists():
            return
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as rows:
            now = {(str(media), int(start)) for media, start in rows.execute("SELECT media, start FROM chunks")}
            gone = self._chunks.get(database, set()) - now
            self.finds.made_again += [f"{database}: {media} from {start}" for media, start in gone]
            self._chunks[database] = now


def _pieces(folder: ProjectFolder) -> list[Path]:
    found = [*folder.checkpoints.glob("step-*/*.npz"), *folder.segments.glob("*/[0-9]*.mp4")]
    return [*found, *folder.result.glob("[!.]*.mp4")]


def _sign(piece: Path) -> str:
    """Return what stays the same as long as a piece is not made again.

    A training that was killed after its last checkpoint and before its marker writes the same checkpoint once more.
    """
    return hashlib.sha256(piece.read_bytes()).hexdigest() if piece.suffix == ".npz" else str(piece.stat().st_ino)


def _read(piece: Path) -> None:
    if piece.suffix == ".npz":
        with zipfile.ZipFile(piece) as arrays:
            damaged = arrays.testzip()
        if damaged is not None:
            raise zipfile.BadZipFile(damaged)
        return
    with av.open(str(piece)) as video:
        assert sum(1 for _ in video.decode(video=0)) > 0
