"""The process that decodes, seen from the one that fetches: hand it pictures, take back what it saw, replace it."""

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
    Choose,
    Chosen,
    Frame,
    Known,
    Look,
    LookAt,
    Order,
    Sample,
    Sampled,
    Sifted,
)
from engine.records.gather_request import Refusal

_Part = TypeVar("_Part", Sifted, Sampled, Chosen)

_LOOK_SECONDS = 90.0
"""A picture that takes longer is none."""
_LONG_SECONDS = 3600.0
"""For a whole video, or all persons."""
_LINE_BYTES = 1 << 24


class _Died(Exception):
    """The process ended, or did not answer in time."""


class Sieve:
    """Asks the process that decodes. Use as an asynchronous context manager."""

    def __init__(self, arguments: Sequence[str], known: Callable[[], tuple[Look, ...]]) -> None:
        """Make one that is not started yet.

        Args:
            arguments: What `engine.gather.screening_worker` takes.
            known: Returns what is known already, for a process that takes the place of another.
        """
        self._command = (sys.executable, "-P", "-m", "engine.gather.screening_worker", *arguments)
        self._known = known
        self._child: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._of_person = 0

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
    def of_person(self) -> int:
        """Pictures so far of the person that would be kept."""
        return self._of_person

    async def look(self, key: str, path: Path, *, is_frame: bool = False) -> Look:
        """Return what is seen in a picture; one over which the process dies counts as damaged."""
        # Whoever asks may be cancelled: the answer still comes, and must not be taken for the next one.
        return await asyncio.shield(self._look(LookAt(key=key, path=path, is_frame=is_frame)))

    async def _look(self, order: LookAt) -> Look:
        nothing = Look(key=order.key, path=order.path, refusal=Refusal.DAMAGED)
        async with self._turn:
            try:
                answer = await self._ask(order, _LOOK_SECONDS)
            except _Died:
                await self._end()
                await self._start()
                return nothing
        sifted = _given(answer.sifted)
        self._of_person = sifted.of_person
        return sifted.look or nothing

    async def sample(self, video: Path, folder: Path, count: int) -> tuple[Frame, ...]:
        """Return frames of a video that differ, as pictures in a folder.

        Raises:
            UnderstudioError: The video cannot be used.
        """
        return _given((await self._long(Sample(video=video, folder=folder, count=count))).sampled).frames

    async def choose(self, order: Choose) -> Chosen:
        """Return whose pictures they are."""
        return _given((await self._long(order)).chosen)

    async def _long(self, order: Order) -> Answer:
        async with self._turn:
            try:
                return await self._ask(order, _LONG_SECONDS)
            except (asyncio.CancelledError, _Died) as error:
                # An answer that nobody waits for any more must not be taken for the next one.
                await self._end()
                await self._start()
                if isinstance(error, asyncio.CancelledError):
                    raise
                hint = "Start again: what was gathered so far is kept."
                raise MediaError("The look at the pictures ended unexpectedly.", hint) from error

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
            answer = await self._ask(Known(looks=self._known()), _LONG_SECONDS)
        except _Died as error:
            hint = "Run `understudio doctor`. What was gathered so far is kept."
            raise MediaError("Pictures cannot be looked at on this machine.", hint) from error
        self._of_person = _given(answer.sifted).of_person

    async def _ask(self, order: Order, seconds: float) -> Answer:
        child = self._child
        assert child is not None
        assert child.stdin is not None
        assert child.stdout is not None
        # One that has ended may have said why.
        with contextlib.suppress(OSError):
            child.stdin.write(order.model_dump_json().encode() + b"\n")
            await child.stdin.drain()
        try:
            line = await asyncio.wait_for(child.stdout.readline(), seconds)
            answer = Answer.model_validate_json(line)
        except (OSError, TimeoutError, ValueError, ValidationError) as error:
            raise _Died from error
        if answer.failed is not None:
            raise UnderstudioError(answer.failed.title, answer.failed.hint)
        return answer

    async def _end(self) -> None:
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):
                self._child.kill()
            await self._child.wait()


def _given(part: _Part | None) -> _Part:
    if part is None:
        raise MediaError("The look at the pictures answered something else than was asked.", "Start again.")
    return part
