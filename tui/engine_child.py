"""The engine's check as a child process: what it has seen so far, and its report."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ValidationError

from engine.errors import UnderstudioError
from engine.events import FailedEvent, parse_event

CheckProgress = Callable[[int, int], None]
"""Told pictures looked at, and pictures in all."""


class EngineChild(Protocol):
    """Starts the engine for questions that take seconds."""

    async def check(self, paths: Sequence[Path], thumbnails: Path, progress: CheckProgress) -> str:
        """Return the JSON of the report on media.

        Raises:
            UnderstudioError: The media cannot be used; says why.
        """
        ...


class _Checked(BaseModel):
    done: int
    total: int


class EngineProcess:
    """Starts the real engine."""

    async def check(self, paths: Sequence[Path], thumbnails: Path, progress: CheckProgress) -> str:
        """Return the JSON of the report on media; a cancelled check leaves no process behind.

        Raises:
            UnderstudioError: The media cannot be used; says why.
        """
        thumbnails.mkdir(parents=True, exist_ok=True)
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "engine", "check", "--thumbnails", thumbnails, "--", *paths),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=1 << 22,
        )
        try:
            return await _follow(child, progress)
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()


async def _follow(child: asyncio.subprocess.Process, progress: CheckProgress) -> str:
    last = b""
    assert child.stdout is not None
    async for line in child.stdout:
        last = line
        with contextlib.suppress(ValidationError):
            checked = _Checked.model_validate_json(line)
            progress(checked.done, checked.total)
    event = parse_event(last)
    if isinstance(event, FailedEvent):
        raise UnderstudioError(event.title, event.hint)
    if await child.wait() != 0 or not last:
        raise UnderstudioError(
            "The check of these files ended unexpectedly.",
            "You can go on without it; the files themselves are untouched.",
        )
    return last.decode()
