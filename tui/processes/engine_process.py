"""The engine's quick looks as child processes: nothing heavy is ever loaded into the wizard."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from engine.errors import UnderstudioError
from engine.project.presets import Preset
from engine.records.check import CheckReport
from engine.records.events import FailedEvent, parse_event
from engine.records.explanation import Explanation
from engine.records.pace import PresetPace
from engine.records.video_strip import Strip

CheckProgress = Callable[[int, int], None]
"""Told pictures looked at, and pictures in all."""

_LONGEST_LINE_BYTES = 1 << 24
_PYTHON = (sys.executable, "-P", "-m")

_Model = TypeVar("_Model", bound=BaseModel)


class Engine(Protocol):
    """Answers questions that take seconds. A cancelled question leaves no process behind."""

    async def check(self, paths: Sequence[Path], thumbnails: Path, progress: CheckProgress) -> CheckReport:
        """Return what is seen in media, leaving thumbnails in a folder.

        Raises:
            UnderstudioError: The media cannot be used; says why.
        """
        ...

    async def strip(self, video: Path, thumbnails: Path) -> Strip:
        """Return a video at a glance, leaving thumbnails in a folder.

        Raises:
            UnderstudioError: The video cannot be used; says why.
        """
        ...

    async def explain(self, words: Sequence[str]) -> Explanation:
        """Return the method, step by step, where these words of the engine's `explain` have it put.

        Raises:
            UnderstudioError: It cannot be shown on this picture; says why.
        """
        ...

    async def calibrate(self, presets: Sequence[Preset], found: Callable[[PresetPace], None]) -> None:
        """Measure how fast presets learn on this machine, telling each as soon as it is known.

        A machine that cannot say is no failure: then the rest stays unknown.
        """
        ...


class EngineProcess:
    """Asks the real engine."""

    async def check(self, paths: Sequence[Path], thumbnails: Path, progress: CheckProgress) -> CheckReport:
        """Return what is seen in media, leaving thumbnails in a folder.

        Raises:
            UnderstudioError: The media cannot be used; says why.
        """
        words = ("engine", "check", "--thumbnails", str(thumbnails), "--", *map(str, paths))
        return await _ask(CheckReport, words, progress)

    async def strip(self, video: Path, thumbnails: Path) -> Strip:
        """Return a video at a glance, leaving thumbnails in a folder.

        Raises:
            UnderstudioError: The video cannot be used; says why.
        """
        return await _ask(Strip, ("engine.media.strip", str(video), str(thumbnails)), lambda done, total: None)

    async def explain(self, words: Sequence[str]) -> Explanation:
        """Return the method, step by step, where these words of the engine's `explain` have it put.

        Raises:
            UnderstudioError: It cannot be shown on this picture; says why.
        """
        return await _ask(Explanation, ("engine", "explain", *words), lambda done, total: None)

    async def calibrate(self, presets: Sequence[Preset], found: Callable[[PresetPace], None]) -> None:
        """Measure how fast presets learn on this machine, telling each as soon as it is known.

        A machine that cannot say is no failure: then the rest stays unknown.
        """
        async with started((*_PYTHON, "engine", "calibrate", *presets)) as child:
            async for line in lines_of(child):
                with contextlib.suppress(ValidationError):
                    found(PresetPace.model_validate_json(line))


class _Checked(BaseModel):
    done: int
    total: int


async def _ask(answer: type[_Model], words: Sequence[str], progress: CheckProgress) -> _Model:
    try:
        async with started((*_PYTHON, *words)) as child:
            return answer.model_validate_json(await _last_line(child, progress))
    except ValidationError as error:
        raise UnderstudioError(
            "The look at these files ended unexpectedly.", "You can go on without it; the files are untouched."
        ) from error


@contextlib.asynccontextmanager
async def started(command: Sequence[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a child that can be spoken to, and leave no process behind however this is left.

    Args:
        command: Its command line.
    """
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_LONGEST_LINE_BYTES,
    )
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def lines_of(child: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    """Yield the lines that a child says, until it ends."""
    if child.stdout is not None:
        async for line in child.stdout:
            yield line


async def _last_line(child: asyncio.subprocess.Process, progress: CheckProgress) -> bytes:
    """Return what a child said last, passing on how far it is."""
    last = b""
    async for last in lines_of(child):
        with contextlib.suppress(ValidationError):
            checked = _Checked.model_validate_json(last)
            progress(checked.done, checked.total)
    event = parse_event(last)
    if isinstance(event, FailedEvent):
        raise event.error()
    return last
