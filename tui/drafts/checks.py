"""What the engine has seen in the media of a draft: looked at in child processes, remembered on disk."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ValidationError

from engine.errors import MediaError, UnderstudioError
from engine.records.check import CheckReport
from engine.records.video_strip import Strip
from engine.role import Role
from tui.processes.engine_process import Engine


@dataclass(frozen=True)
class Check:
    """How far the look at one person's media is."""

    paths: tuple[Path, ...] = ()
    """What is looked at; nothing where nothing was chosen."""
    done: int = 0
    """Pictures looked at."""
    total: int = 0
    report: CheckReport | None = None
    strip: Strip | None = None
    """Target only: the video at a glance."""
    failure: str = ""
    """Why there will be no report, as a sentence."""
    is_unusable: bool = False
    """Whether there is no report because nothing can be made of these files; else the person may go on."""

    @property
    def is_running(self) -> bool:
        """Whether a report is still to come."""
        return bool(self.paths) and self.report is None and not self.failure

    @property
    def unreadable(self) -> frozenset[Path]:
        """Files that cannot be read, those in folders included."""
        if self.is_unusable:
            return frozenset(self.paths)
        return frozenset(each.path for each in self.report.skipped) if self.report else frozenset()

    @property
    def persons(self) -> int:
        """How many persons were seen so far."""
        return len(self.report.persons) if self.report else 0


class Checks:
    """The looks at both people's media."""

    def __init__(self, engine: Engine, changed: Callable[[Role], None]) -> None:
        self._engine = engine
        self._changed = changed
        self._checks = {role: Check() for role in Role}

    def of(self, role: Role) -> Check:
        """Return how far the look at one person's media is."""
        return self._checks[role]

    def must_choose(self) -> bool:
        """Return whether several persons were seen, or may yet be."""
        return any(check.persons > 1 or check.is_running for check in self._checks.values())

    async def look(self, role: Role, paths: tuple[Path, ...], folder: Path) -> None:
        """Look at one person's media, unless that was done before. A cancelled look leaves no process behind.

        Args:
            role: Whose media.
            paths: Files and folders; of the target, the video to change.
            folder: Gets the thumbnails, and what is to be remembered.
        """
        self._set(role, Check(paths))
        if not paths:
            return
        sign = await asyncio.to_thread(_sign, paths)
        remembered = await asyncio.to_thread(_recall, folder, sign)
        if remembered is not None:
            self._set(role, Check(paths, report=remembered.report, strip=remembered.strip))
            return
        try:
            if role is Role.TARGET:
                self._set(role, replace(self.of(role), strip=await self._engine.strip(paths[0], folder)))
            report = await self._engine.check(paths, folder, lambda done, total: self._progress(role, done, total))
        except UnderstudioError as error:
            words, is_unusable = f"{error.title} {error.hint}", isinstance(error, MediaError)
            self._set(role, replace(self.of(role), failure=words, is_unusable=is_unusable))
            return
        self._set(role, replace(self.of(role), report=report))
        await asyncio.to_thread(_remember, folder, _Remembered(sign=sign, report=report, strip=self.of(role).strip))

    def _progress(self, role: Role, done: int, total: int) -> None:
        self._set(role, replace(self.of(role), done=done, total=total))

    def _set(self, role: Role, check: Check) -> None:
        self._checks[role] = check
        self._changed(role)


class _Remembered(BaseModel):
    sign: str
    """Digest of the files that were looked at."""
    report: CheckReport
    strip: Strip | None


def _sign(paths: tuple[Path, ...]) -> str:
    """Return a digest of names, sizes and times: it changes when a file or a folder's list of files does."""
    facts = []
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            continue
        facts.append(f"{path} {found.st_size} {found.st_mtime_ns}")
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _recall(folder: Path, sign: str) -> _Remembered | None:
    try:
        remembered = _Remembered.model_validate_json((folder / "report.json").read_bytes())
    except (OSError, ValidationError):
        return None
    return remembered if remembered.sign == sign else None


def _remember(folder: Path, remembered: _Remembered) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(remembered.model_dump_json())
