"""The orders to the screening process and its answers: one JSON object a line.

`PictureFindings` and `ScreenedFace` are also stored, in the files of `engine.gather.store`: their keys there must stay.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Annotated, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from engine.records.gather_request import PersonFound, Refusal


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScreenedFace(_Message):
    """A face in a picture."""

    number: int
    """Its index among the faces that are found in the picture."""
    width_px: float
    descriptor: tuple[float, ...] = Field(min_length=128, max_length=128)
    """Who it is (`engine.faces.persons.identity`)."""
    worth: float
    """How well it would show who somebody is: sharp, and from the front."""


class PictureFindings(_Message):
    """What screening found in a picture."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    key: str
    """The picture's name among the candidates."""
    path: Path
    """The file that was screened."""
    refusal: Refusal | None = None
    """Why it is refused, judged by this picture alone."""
    perceptual_hash: int = Field(0, alias="fingerprint")
    """64 bits that are nearly the same for pictures that look nearly the same."""
    faces: tuple[ScreenedFace, ...] = ()
    is_frame: bool = False
    """The picture is a frame of a video."""


class RestoreFindings(_Message):
    """Take over the findings of earlier runs, whose pictures need not be screened again."""

    order: Literal["restore"] = "restore"
    findings: tuple[PictureFindings, ...]


class ScreenPicture(_Message):
    """Find the faces in a picture, and say whether it is refused."""

    order: Literal["screen"] = "screen"
    key: str
    path: Path
    is_frame: bool = False
    """The picture is a frame of a video. These share their background, so they are not compared as whole pictures."""


class SampleVideo(_Message):
    """Take frames that differ from a video."""

    order: Literal["sample"] = "sample"
    video: Path
    folder: Path
    """Where the frames are written."""
    count: int
    """How many frames, at most."""


class ChoosePerson(_Message):
    """Choose the person whose pictures are kept, now that all pictures are screened."""

    order: Literal["choose"] = "choose"
    person: int | None
    """The person's number, where the user has said which; None leaves the choice to the process."""
    confirmed: tuple[str, ...]
    """Keys of pictures that somebody confirmed earlier."""
    thumbnails: Path
    """Folder for a picture of each person."""


Order = Annotated[RestoreFindings | ScreenPicture | SampleVideo | ChoosePerson, Field(discriminator="order")]
ORDERS: TypeAdapter[Order] = TypeAdapter(Order)


class PictureScreened(_Message):
    """The answer to `ScreenPicture`, and to `RestoreFindings`."""

    findings: PictureFindings | None
    """None in the answer to `RestoreFindings`."""
    pictures_of_person: int
    """Pictures so far of the person who would be chosen."""


class SampledFrame(_Message):
    """A frame that was taken from a video."""

    path: Path
    seconds: float
    """When the video shows it."""


class VideoSampled(_Message):
    """The answer to `SampleVideo`."""

    frames: tuple[SampledFrame, ...]


class PersonChosen(_Message):
    """The answer to `ChoosePerson`."""

    persons: tuple[PersonFound, ...]
    keys: tuple[str, ...]
    """The pictures of the person that is kept."""


class OrderFailed(_Message):
    """The answer to an order that failed in a way that a person can do something about."""

    title: str
    hint: str


class Answer(_Message):
    """Any answer; one field is filled."""

    screened: PictureScreened | None = None
    sampled: VideoSampled | None = None
    chosen: PersonChosen | None = None
    failed: OrderFailed | None = None


class Screener(Protocol):
    """Finds faces in pictures and assigns them to persons. An asynchronous context manager."""

    async def __aenter__(self) -> Self:
        """Begin."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End."""
        ...

    @property
    def pictures_of_person(self) -> int:
        """Pictures so far of the person who would be chosen."""
        ...

    async def screen(self, key: str, path: Path, *, is_frame: bool = False) -> PictureFindings:
        """Return what is found in a picture."""
        ...

    async def sample(self, video: Path, folder: Path, count: int) -> tuple[SampledFrame, ...]:
        """Return frames of a video that differ, as pictures in a folder.

        Raises:
            UnderstudioError: The video cannot be used.
        """
        ...

    async def choose(self, order: ChoosePerson) -> PersonChosen:
        """Return the person whose pictures are kept, and all persons found."""
        ...
