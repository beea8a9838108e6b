"""What the process that sifts is told, and what it answers: one JSON object a line. Light."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Annotated, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from engine.records.gather_request import PersonFound, Refusal


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FaceSeen(_Message):
    """A face in a picture."""

    number: int
    """Its place among the faces that are found in the picture."""
    width_px: float
    descriptor: tuple[float, ...] = Field(min_length=128, max_length=128)
    """Who it is (`engine.faces.identity`)."""
    worth: float
    """How well it would show who somebody is: sharp, and from the front."""


class Look(_Message):
    """What was seen in a picture."""

    key: str
    """The picture's name among the candidates."""
    path: Path
    """The file that was looked at."""
    refusal: Refusal | None = None
    """Why it is not kept, as far as it alone can tell."""
    fingerprint: int = 0
    """64 bits that are nearly the same for pictures that look nearly the same."""
    faces: tuple[FaceSeen, ...] = ()
    is_frame: bool = False
    """Of a video."""


class Known(_Message):
    """Looks of earlier runs: they need not be looked at again."""

    word: Literal["known"] = "known"
    looks: tuple[Look, ...]


class LookAt(_Message):
    """A picture to look at."""

    word: Literal["look"] = "look"
    key: str
    path: Path
    is_frame: bool = False
    """Of a video: its background is always the same, so pictures as a whole say nothing about variety."""


class Sample(_Message):
    """A video from which to take frames that differ."""

    word: Literal["sample"] = "sample"
    video: Path
    folder: Path
    """Where the frames go."""
    count: int


class Choose(_Message):
    """All is looked at: whose pictures are they?"""

    word: Literal["choose"] = "choose"
    person: int | None
    confirmed: tuple[str, ...]
    """Keys of pictures that somebody confirmed earlier."""
    thumbnails: Path


Order = Annotated[Known | LookAt | Sample | Choose, Field(discriminator="word")]
ORDERS: TypeAdapter[Order] = TypeAdapter(Order)


class Sifted(_Message):
    """The answer to `LookAt`, and to `Known`."""

    look: Look | None
    of_person: int
    """Pictures so far of the person that would be kept."""


class Frame(_Message):
    """A frame that was taken from a video."""

    path: Path
    seconds: float


class Sampled(_Message):
    """The answer to `Sample`."""

    frames: tuple[Frame, ...]


class Chosen(_Message):
    """The answer to `Choose`."""

    persons: tuple[PersonFound, ...]
    keys: tuple[str, ...]
    """The pictures of the person that is kept."""


class Failed(_Message):
    """The answer to an order that a person has to do something about."""

    title: str
    hint: str


class Answer(_Message):
    """Any answer; one field is filled."""

    sifted: Sifted | None = None
    sampled: Sampled | None = None
    chosen: Chosen | None = None
    failed: Failed | None = None


class Looker(Protocol):
    """Looks at pictures and tells persons apart. An asynchronous context manager."""

    async def __aenter__(self) -> Self:
        """Begin."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End."""
        ...

    @property
    def of_person(self) -> int:
        """Pictures so far of the person that would be kept."""
        ...

    async def look(self, key: str, path: Path, *, is_frame: bool = False) -> Look:
        """Return what is seen in a picture."""
        ...

    async def sample(self, video: Path, folder: Path, count: int) -> tuple[Frame, ...]:
        """Return frames of a video that differ, as pictures in a folder.

        Raises:
            UnderstudioError: The video cannot be used.
        """
        ...

    async def choose(self, order: Choose) -> Chosen:
        """Return whose pictures they are."""
        ...
