"""What is wanted: the settings of the project file, and the consent without which nothing runs.

`project.toml` is written by people and by the wizard, never by the engine or the daemon. Unknown keys are refused,
since only strictness can tell a mistyped setting from a real one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from engine.project.presets import Preset
from engine.role import Role


class Wanted(StrEnum):
    """What the person wants to happen with a project."""

    RUN = "run"
    """Carry it to its result."""
    PAUSE = "pause"
    """Stop at the next safe point and wait."""
    FINISH = "finish"
    """Good enough: end training now, then convert."""


class ConsentBasis(StrEnum):
    """Why a person's face may be used."""

    SELF = "self"
    """The person is the one who runs this."""
    MESSAGE = "message"
    """The person agreed in a message, which is kept as evidence."""
    WRITTEN_RELEASE = "written-release"
    """The person signed a release."""
    LICENCE = "licence"
    """The pictures came with a licence that allows it, models' releases included."""
    PUBLIC_DOMAIN = "public-domain"
    """The pictures are in the public domain and the person's rights have ended."""
    TEST_ACTOR = "test-actor"
    """The person recorded this material for tests of this kind."""


class Precision(StrEnum):
    """The arithmetic of training."""

    AUTO = "auto"
    """Chosen by a short measurement on this machine."""
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


class ColourMatch(StrEnum):
    """How the swapped face takes on the colours of the frame."""

    LAB = "lab"
    """The frame's light, and its contrast, in CIE L*a*b*."""
    MEAN = "mean"
    """Mean colour only."""
    NONE = "none"


class Codec(StrEnum):
    """The coding of the result's pictures."""

    H264 = "h264"
    HEVC = "hevc"


def _path_inside(value: str) -> str:
    """Refuse a path that is empty, absolute, or climbs out of the project folder."""
    path = PurePosixPath(value)
    if not value.strip() or path.is_absolute() or ".." in path.parts or "\\" in value or "\0" in value:
        raise ValueError("must be a path inside the project folder, such as target/video.mp4")
    return value


InsidePath = Annotated[str, AfterValidator(_path_inside)]
"""A path relative to the project folder, with forward slashes, that stays inside it as far as words can tell."""


class Strict(BaseModel):
    """Base of all settings: frozen, and nothing unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Consent(Strict):
    """One person's agreement to be in this project."""

    basis: ConsentBasis
    note: str = Field(min_length=3, max_length=4000)
    """Who agreed to what, in free words."""
    given_by: str = Field("", max_length=200)
    """Who gave it, where that is not the person in the pictures."""
    recorded_on: dt.date
    valid_until: dt.date | None = None
    """Last day on which work may be done; None where it does not end."""
    withdrawn_on: dt.date | None = None
    """Set when the person takes it back; no stage starts after that."""
    scope: str = Field("", max_length=1000)
    purpose: str = Field("", max_length=1000)
    evidence: InsidePath | None = None
    """A file in `consent/`, such as a scan of the release."""
    evidence_sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    is_adult: bool = False
    """The statement that the person is of age; without it nothing runs."""


class ConsentRecord(Strict):
    """The agreement of both people."""

    source: Consent | None = None
    target: Consent | None = None

    def of(self, role: Role) -> Consent | None:
        """Return one person's agreement."""
        match role:
            case Role.SOURCE:
                return self.source
            case Role.TARGET:
                return self.target

    @property
    def withdrawn(self) -> tuple[Role, ...]:
        """Whose agreement was taken back."""
        return tuple(role for role in Role if (given := self.of(role)) is not None and given.withdrawn_on is not None)

    def fingerprint(self) -> str:
        """Return a SHA-256 that identifies this record without revealing it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class SourceSettings(Strict):
    """The person who will appear."""

    person: int | None = Field(None, ge=1)
    """Which of the persons seen, by the number that extraction gave; None takes the one who weighs most."""


class TargetSettings(Strict):
    """The person in the video who is replaced."""

    video: InsidePath | None = None
    """The video to change; None takes the only one in `target/`."""
    take_what_is_there: bool = False
    """Go on with a video that was not copied whole, as far as it can be read."""
    person: int | None = Field(None, ge=1)
    """Which of the persons seen, by the number that extraction gave; None takes the one who weighs most."""


class ExtractSettings(Strict):
    """How faces are found and which are good enough to learn from."""

    min_face_px: int = Field(40, ge=16, le=1000)
    """Faces narrower than this are kept out of training."""
    min_sharpness: float = Field(12.0, ge=0)
    """Variance of the Laplacian of the aligned face, scaled to 128 px, below which it counts as blurred."""
    max_source_faces: int = Field(3000, ge=20, le=50_000)
    """From a long source video, frames are taken evenly so that about this many faces come out."""
    detect_every_seconds: float = Field(4.0, gt=0, le=60)
    """How often to search the whole frame for newcomers while known faces are being followed."""


class TrainSettings(Strict):
    """How the model learns, and when it has learnt enough."""

    preset: Preset = Preset.QUICK
    minutes: float | None = Field(None, gt=0, le=100_000)
    """Training time of the project over all its runs; None counts steps."""
    steps: int | None = Field(None, ge=1, le=100_000_000)
    """Training steps of the project over all its runs; None takes those that the preset needs, or counts minutes."""
    batch_size: int = Field(8, ge=1, le=512)
    """Faces of each person in one step."""
    learning_rate: float = Field(5e-4, gt=0, le=0.1)
    precision: Precision = Precision.AUTO
    checkpoint_seconds: float = Field(60.0, gt=0, le=3600)
    """Work that a power cut may cost."""
    stop_at_plateau: bool = True
    """End early when faces held out of training no longer get better."""

    @model_validator(mode="after")
    def _one_budget(self) -> Self:
        if self.minutes is not None and self.steps is not None:
            raise ValueError("give minutes or steps, not both")
        return self


class ConvertSettings(Strict):
    """How the swapped face is put into the video."""

    colour: ColourMatch = ColourMatch.LAB
    mask_grow: float = Field(0.0, ge=-0.3, le=0.3)
    """Mask made larger (or smaller) by this share of the face's width."""
    mask_blur: float = Field(0.08, ge=0, le=0.5)
    """Softness of the mask's border as a share of the face's width."""
    smooth_frames: float = Field(1.0, ge=0, le=10)
    """Standard deviation, in frames, of the smoothing of landmarks along a shot; 0 switches it off."""
    sharpen: float = Field(1.0, ge=0, le=3)
    """How much of the sharpness lost by the model is given back; 0 switches it off."""
    codec: Codec = Codec.H264
    quality: int = Field(18, ge=0, le=51)
    """The encoder's constant rate factor: lower is better and larger."""
    label: bool = True
    """Show "AI MODIFIED" in the picture. The signed, machine-readable mark cannot be switched off."""
    label_off_reason: str = Field("", max_length=1000)

    @model_validator(mode="after")
    def _reason_given(self) -> Self:
        if not self.label and len(self.label_off_reason.strip()) < 10:
            raise ValueError("label = false needs a label_off_reason, which is recorded in the result")
        return self


class Project(Strict):
    """Everything a person wants of one project."""

    schema_version: Literal[1] = 1
    """Raised whenever an older program could misread a newer project file."""
    name: str = Field(min_length=1, max_length=120)
    wanted: Wanted = Wanted.RUN
    priority: int = Field(0, ge=-100, le=100)
    """Higher goes first among the projects of a workspace."""
    revision: int = Field(0, ge=0)
    """Raised to ask for another try after a failure."""
    deterministic: bool = False
    """Give up some speed so that the same project makes the same result twice."""
    seed: int = Field(1, ge=0, le=2**31 - 1)
    source: SourceSettings = SourceSettings()
    target: TargetSettings = TargetSettings()
    consent: ConsentRecord = ConsentRecord()
    extract: ExtractSettings = ExtractSettings()
    train: TrainSettings = TrainSettings()
    convert: ConvertSettings = ConvertSettings()

    def person_of(self, role: Role) -> int | None:
        """Return which of the persons seen is meant; None takes the one who weighs most."""
        match role:
            case Role.SOURCE:
                return self.source.person
            case Role.TARGET:
                return self.target.person

    def with_person(self, role: Role, number: int | None) -> Self:
        """Return this project with another one of the persons seen; None takes the one who weighs most."""
        settings = {Role.SOURCE: self.source, Role.TARGET: self.target}[role]
        return self.model_copy(update={role.value: settings.model_copy(update={"person": number})})

    @model_validator(mode="after")
    def _repeatable_budget(self) -> Self:
        if self.deterministic and self.train.minutes is not None:
            raise ValueError("deterministic = true needs train.steps, since minutes differ from run to run")
        return self
