"""What stage, go-between and children say to one another through pipes: a kind, a number, and bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import IO

from pydantic import BaseModel

_HEAD = struct.Struct(">BQQ")
_MOST_BYTES = 1 << 30
"""A chunk's faces take some hundred megabytes at most; what is larger was not sent to be read."""


class Kind(IntEnum):
    """What a message is."""

    TASK = 1
    """A function and its argument, pickled."""
    ANSWER = 2
    """What came of a task, pickled."""
    REFUSED = 3
    """Why the cluster cannot do a task: a `Failure` as JSON."""
    CREW = 4
    """How many work now: a `Crew` as JSON."""
    LOST = 5
    """Why nothing more will come: a `Failure` as JSON."""


class Crew(BaseModel):
    """Who works for a cluster now."""

    workers: int
    """Tasks that can be done at a time."""
    machines: int


@dataclass(frozen=True)
class Message:
    """One message."""

    kind: Kind
    content: bytes
    number: int = 0
    """Of the task that it is about; 0 where it is about none."""


def write_message(out: IO[bytes], message: Message) -> None:
    """Write a message, and flush it.

    Raises:
        OSError: Nobody reads any more.
    """
    out.write(_HEAD.pack(message.kind, message.number, len(message.content)))
    out.write(message.content)
    out.flush()


def read_message(source: IO[bytes]) -> Message | None:
    """Return the next message; None where the other side has ended, be it in the middle of one.

    Raises:
        ValueError: It is no message.
    """
    head = source.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, number, size = _HEAD.unpack(head)
    if size > _MOST_BYTES:
        raise ValueError(f"a message of {size} bytes")
    content = source.read(size)
    return Message(Kind(kind), content, number) if len(content) == size else None
