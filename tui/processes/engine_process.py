"""The engine's quick looks as child processes: nothing heavy is ever loaded into the wizard."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from engine.errors import UnderstudioError
from engine.project.presets import Preset
from engine.project.settings import ConvertSettings
from engine.records.blended_frame import BlendedFrame
from engine.records.check import CheckReport
from engine.records.events import FailedEvent, parse_event
from engine.records.explanation import Explanation
from engine.records.glance import Glance
from engine.records.pace import PresetPace
from engine.records.video_strip import Strip

CheckProgress = Callable[[int, int], None]
"""Told pictures looked at, and pictures in all."""

BlendFrame = Callable[[ConvertSettings], Awaitable[BlendedFrame]]
"""Has one frame blended; raises an `UnderstudioError` where it cannot be."""

Blending = AbstractAsyncContextManager[BlendFrame]
"""Keeps the model loaded for as long as it is open."""

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

    async def glance(self, file: Path, place: Path) -> Glance:
        """Return a photo or video at a glance, leaving a picture in a folder.

        Raises:
            UnderstudioError: The file cannot be used; says why.
        """
        ...

    async def explain(self, words: Sequence[str]) -> Explanation:
        """Return the method, step by step, where these words of the engine's `explain` have it put.

        Raises:
            UnderstudioError: It cannot be shown on this picture; says why.
        """
        ...

    def blending(self, project: Path, share: float) -> Blending:
        """Return a way to have one frame of a trained project blended, again and again.

        Args:
            project: The project's folder.
            share: Which of the frames with a face: 0 is the first, 1 the last.
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

    async def glance(self, file: Path, place: Path) -> Glance:
        """Return a photo or video at a glance, leaving a picture in a folder.

        Raises:
            UnderstudioError: The file cannot be used; says why.
        """
        return await _ask(Glance, ("engine.media.glance", str(file), str(place)), lambda done, total: None)

    async def explain(self, words: Sequence[str]) -> Explanation:
        """Return the method, step by step, where these words of the engine's `explain` have it put.

        Raises:
            UnderstudioError: It cannot be shown on this picture; says why.
        """
        return await _ask(Explanation, ("engine", "explain", *words), lambda done, total: None)

    @contextlib.asynccontextmanager
    async def blending(self, project: Path, share: float) -> AsyncIterator[BlendFrame]:
        """Yield a way to have one frame of a trained project blended, again and again; the first one takes its time.

        Args:
            project: The project's folder.
            share: Which of the frames with a face: 0 is the first, 1 the last.
        """
        async with started((*_PYTHON, "engine", "blend", f"--share={share:.4f}", "--", str(project))) as child:

            async def blend(settings: ConvertSettings) -> BlendedFrame:
                assert child.stdin is not None
                assert child.stdout is not None
                with contextlib.suppress(ConnectionError):
                    child.stdin.write(settings.model_dump_json().encode() + b"\n")
                    await child.stdin.drain()
                return _answer(BlendedFrame, await child.stdout.readline())

            yield blend

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
    async with started((*_PYTHON, *words)) as child:
        return _answer(answer, await _last_line(child, progress))


def _answer(answer: type[_Model], line: bytes) -> _Model:
    event = parse_event(line)
    if isinstance(event, FailedEvent):
        raise event.error()
    try:
        return answer.model_validate_json(line)
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
    return last
