"""A gathering as a child of the wizard: asked to stop it tells what it has, and it never outlives the wizard."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from typing import Protocol

from engine.errors import UnderstudioError
from engine.records.events import FailedEvent, parse_event
from engine.records.gather_request import GatherProgress, GatherReport, GatherRequest, parse_gathered
from tui.processes.engine_process import lines_of, started

Told = Callable[[GatherProgress], None]

COMMAND = (sys.executable, "-P", "-m", "engine", "gather")
"""Starts the child; the request is added as JSON."""


class Gatherer(Protocol):
    """Gathers pictures."""

    async def gather(self, request: GatherRequest, told: Told, stop: asyncio.Event) -> GatherReport:
        """Gather until there is enough, nothing more, or `stop` is set. Cancelled, it leaves no process behind.

        Raises:
            UnderstudioError: It cannot go on; says why. What was gathered is kept.
        """
        ...


class GatherProcess:
    """Has the real engine gather."""

    def __init__(self, command: tuple[str, ...] = COMMAND) -> None:
        """Make one that starts `command`."""
        self._command = command

    async def gather(self, request: GatherRequest, told: Told, stop: asyncio.Event) -> GatherReport:
        """Gather until there is enough, nothing more, or `stop` is set.

        Raises:
            UnderstudioError: It cannot go on; says why.
        """
        async with started((*self._command, request.model_dump_json())) as child:
            stopper = asyncio.create_task(_end_when(stop, child))
            try:
                return await _report(child, told)
            finally:
                stopper.cancel()


async def _end_when(stop: asyncio.Event, child: asyncio.subprocess.Process) -> None:
    await stop.wait()
    with contextlib.suppress(ProcessLookupError):
        child.terminate()


async def _report(child: asyncio.subprocess.Process, told: Told) -> GatherReport:
    last = b""
    async for last in lines_of(child):
        if isinstance(said := parse_gathered(last), GatherProgress):
            told(said)
    said = parse_gathered(last)
    if isinstance(said, GatherReport):
        return said
    event = parse_event(last)
    if isinstance(event, FailedEvent):
        raise UnderstudioError(event.title, event.hint)
    raise UnderstudioError("The gathering ended unexpectedly.", "Gather again: it goes on from where it was.")
