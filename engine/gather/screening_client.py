"""The client of the screening process: sends it pictures, returns its findings, and replaces it where it dies."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from pydantic import ValidationError

from engine.errors import MediaError, UnderstudioError
from engine.gather.screening_messages import (
    Answer,
    ChoosePerson,
    Order,
    PersonChosen,
    PictureFindings,
    PictureScreened,
    RestoreFindings,
    SampledFrame,
    SampleVideo,
    ScreenPicture,
    VideoSampled,
)
from engine.records.gather_request import Refusal

_Part = TypeVar("_Part", PictureScreened, VideoSampled, PersonChosen)

_PICTURE_SECONDS = 90.0
"""A picture that takes longer counts as damaged."""
_LONG_SECONDS = 3600.0
"""Longest time for a whole video, or for all persons."""
_LINE_BYTES = 1 << 24


class _WorkerDied(Exception):
    """The process ended, or did not answer in time."""


class ScreeningClient:
    """Starts the screening process and sends it orders. Use as an asynchronous context manager."""

    def __init__(self, arguments: Sequence[str], known_findings: Callable[[], tuple[PictureFindings, ...]]) -> None:
        """Make one that is not started yet.

        Args:
            arguments: What `engine.gather.screening_worker` takes.
            known_findings: Returns the findings so far, for a process that takes the place of another.
        """
        self._command = (sys.executable, "-P", "-m", "engine.gather.screening_worker", *arguments)
        self._known_findings = known_findings
        self._child: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._pictures_of_person = 0

    async def __aenter__(self) -> Self:
        """Start it.

        Raises:
            UnderstudioError: The pictures of the right person cannot be used.
        """
        await self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        await self._end()

    @property
    def pictures_of_person(self) -> int:
        """Pictures so far of the person who would be chosen."""
        return self._pictures_of_person

    async def screen(self, key: str, path: Path, *, is_frame: bool = False) -> PictureFindings:
        """Return what is found in a picture; one over which the process dies counts as damaged."""
        # Whoever asks may be cancelled: the answer still comes, and must not be taken for the next one.
        return await asyncio.shield(self._screen(ScreenPicture(key=key, path=path, is_frame=is_frame)))

    async def _screen(self, order: ScreenPicture) -> PictureFindings:
        damaged = PictureFindings(key=order.key, path=order.path, refusal=Refusal.DAMAGED)
        async with self._turn:
            try:
                answer = await self._ask(order, _PICTURE_SECONDS)
            except _WorkerDied:
                await self._end()
                await self._start()
                return damaged
        screened = _required(answer.screened)
        self._pictures_of_person = screened.pictures_of_person
        return screened.findings or damaged

    async def sample(self, video: Path, folder: Path, count: int) -> tuple[SampledFrame, ...]:
        """Return frames of a video that differ, as pictures in a folder.

        Raises:
            UnderstudioError: The video cannot be used.
        """
        return _required((await self._long(SampleVideo(video=video, folder=folder, count=count))).sampled).frames

    async def choose(self, order: ChoosePerson) -> PersonChosen:
        """Return the person whose pictures are kept, and all persons found."""
        return _required((await self._long(order)).chosen)

    async def _long(self, order: Order) -> Answer:
        async with self._turn:
            try:
                return await self._ask(order, _LONG_SECONDS)
            except (asyncio.CancelledError, _WorkerDied) as error:
                # An answer that is no longer waited for must not be taken for the next one.
                await self._end()
                await self._start()
                if isinstance(error, asyncio.CancelledError):
                    raise
                hint = "Start again: what was gathered so far is kept."
                raise MediaError("The screening process ended unexpectedly.", hint) from error

    async def _start(self) -> None:
        # Ctrl-C in a terminal is for the process that knows how to stop.
        self._child = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
            start_new_session=True,
        )
        try:
            answer = await self._ask(RestoreFindings(findings=self._known_findings()), _LONG_SECONDS)
        except _WorkerDied as error:
            hint = "Run `understudio doctor`. What was gathered so far is kept."
            raise MediaError("Pictures cannot be screened on this machine.", hint) from error
        self._pictures_of_person = _required(answer.screened).pictures_of_person

    async def _ask(self, order: Order, seconds: float) -> Answer:
        child = self._child
        assert child is not None
        assert child.stdin is not None
        assert child.stdout is not None
        # A process that has ended may have written why.
        with contextlib.suppress(OSError):
            child.stdin.write(order.model_dump_json().encode() + b"\n")
            await child.stdin.drain()
        try:
            line = await asyncio.wait_for(child.stdout.readline(), seconds)
            answer = Answer.model_validate_json(line)
        except (OSError, TimeoutError, ValueError, ValidationError) as error:
            raise _WorkerDied from error
        if answer.failed is not None:
            raise UnderstudioError(answer.failed.title, answer.failed.hint)
        return answer

    async def _end(self) -> None:
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):
                self._child.kill()
            await self._child.wait()


def _required(part: _Part | None) -> _Part:
    if part is None:
        raise MediaError("The screening process sent an unexpected answer.", "Start again.")
    return part
