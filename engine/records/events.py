"""What an engine process says: one JSON object a line on its standard output, the last one telling how it ended."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from engine.project.stage import Outcome, Progress
from engine.records.failure import Failure


class ProgressEvent(BaseModel):
    """The stage got further."""

    event: Literal["progress"] = "progress"
    progress: Progress


class EndedEvent(BaseModel):
    """The stage is done, or stopped where it was asked to."""

    event: Literal["ended"] = "ended"
    outcome: Outcome


class FailedEvent(Failure):
    """The stage cannot go on until a person does something."""

    event: Literal["failed"] = "failed"


Event = Annotated[ProgressEvent | EndedEvent | FailedEvent, Field(discriminator="event")]

_ADAPTER: TypeAdapter[Event] = TypeAdapter(Event)


def parse_event(line: str | bytes) -> Event | None:
    """Return the event on a line, or None where the line is none: libraries print what they like."""
    try:
        return _ADAPTER.validate_json(line)
    except ValidationError:
        return None
