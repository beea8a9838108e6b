"""The report of a result, as a file: what `result/report.json` holds."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path, PurePath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from engine.files import atomic
from engine.files.safe_open import read_inside
from engine.project.presets import Preset
from engine.project.settings import ConvertSettings, Project, TrainSettings
from engine.project.stage import Ending
from engine.text import printable


def _file_name(value: str) -> str:
    """Refuse what is no plain name: screens put it behind the result folder's path."""
    if value != PurePath(value).name or not value.isprintable() or value == "..":
        raise ValueError("must be the name of a file in the result folder")
    return value


FileName = Annotated[str, AfterValidator(_file_name)]
"""Name of a file in `result/`; empty where there is none."""

Words = Annotated[str, AfterValidator(lambda value: printable(value, 2000))]
"""Text that holds names which strangers chose."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FrameCounts(_Part):
    """How many frames were changed, and why the others were not."""

    total: int
    changed: int
    no_face: int
    """Nobody was seen."""
    other_person: int
    """Only somebody else was seen."""
    picture_deleted: int
    """The face's picture was deleted from the face set, which takes the frame out."""
    implausible: int
    """The face was turned away, covered or cut off so far that its place is a guess."""

    @property
    def changed_share(self) -> float:
        """0..1."""
        return self.changed / max(1, self.total)


class Covered(_Part):
    """In how many frames something was before the face, which stays before it."""

    looked_at: int
    """Frames in which it was looked for: all that show the face, or in a long video some of them, evenly chosen."""
    covered: int
    """Those in which something was there."""


class Likeness(_Part):
    """Whom the faces of the result look like to a recogniser: distances of dlib's descriptor, below 0.6 the same."""

    frames: int
    """Frames looked at."""
    to_source: float
    """Median distance of the result's face to the person who is to appear."""
    to_target: float
    """Median distance of the result's face to the person who was replaced."""
    nearer_to_source: float
    """Share of the frames whose face is nearer to the source than to the target, 0..1."""
    before_to_source: float
    """Median distance of the original's face to the source: where the swap began."""
    source_to_itself: float | None
    """Median distance of single pictures of the source to their mean: the best to be hoped for."""


class Quality(_Part):
    """How the changed faces sit in their frames; None where too few faces were there to tell."""

    jitter_ratio: float | None
    """Trembling of the result's face over that of the original's; 1 where none was added."""
    border_step: float | None
    """Median difference in colour (CIE76) across the rim of the swap."""
    border_step_before: float | None
    """The same at the same places of the original."""
    sharpness_ratio: float | None
    """Fine detail inside the face, result over original."""
    outside_psnr_db: float | None
    """How equal the picture outside the face and the label is; above 40 no eye sees a difference."""


class FacePart(StrEnum):
    """The parts of a face of which a report says whether they do what the target does."""

    GAZE = "gaze"
    LIDS = "lids"
    BROWS = "brows"
    JAW = "jaw"
    MOUTH = "mouth"


class Following(_Part):
    """How far a part of the result's face does what the target's does, by coefficients of expression."""

    part: FacePart
    slope: float
    """Least-squares slope of the result's coefficients on the target's: 1 follows fully, 0 not at all."""
    correlation: float
    """Correlation of the two, -1..1."""
    is_shown_by_source: bool | None = None
    """Whether the source's pictures show as much of it as the target does; None where that is not known."""


class Sameness(_Part):
    """What the result has in common with the original."""

    size: bool
    frame_count: bool
    time_stamps: bool
    rotation: bool
    colour: bool
    sound: bool

    @property
    def all_equal(self) -> bool:
        """Whether nothing but the picture's content differs."""
        return all((self.size, self.frame_count, self.time_stamps, self.rotation, self.colour, self.sound))


class Training(_Part):
    """How the model was trained."""

    preset: str
    size: int
    """Side of the model's pictures in pixels."""
    steps: int
    steps_before: int = 0
    """Steps of an earlier project, from whose model this training began."""
    minutes: float | None
    loss: float | None
    """On faces held out of training."""
    source_faces: int
    target_faces: int
    device: Words = ""
    """What trained it: the processor's cores, or the graphics card by its name; empty where an earlier version did."""
    remark: Words = ""
    """That a graphics card was there and not used; empty where all was well."""
    ended_by: Words = ""
    """The training's word for why it ended; empty where an earlier version wrote the report."""

    @property
    def _known_preset(self) -> Preset | None:
        return Preset(self.preset) if self.preset in list(Preset) else None

    @property
    def is_of_finest_preset(self) -> bool:
        """Whether no other preset holds more detail."""
        return self._known_preset is not None and self._known_preset.is_finest

    @property
    def full_steps(self) -> int:
        """Steps after which the preset has mostly shown what it can; 0 where it is not known."""
        return self._known_preset.facts.full_steps if self._known_preset else 0

    @property
    def steps_in_all(self) -> int:
        """Steps that the model has learnt for, those of an earlier project included."""
        return self.steps + self.steps_before

    @property
    def is_early(self) -> bool:
        """Whether the model had not half of its steps, though its faces were still getting better."""
        return self.ended_by != Ending.PLATEAU and 2 * self.steps_in_all < self.full_steps


class MadeWith(_Part):
    """The settings that a result was made with."""

    train: TrainSettings
    convert: ConvertSettings
    source_person: int | None
    target_person: int | None

    @classmethod
    def of(cls, project: Project) -> Self:
        """Return those of a project."""
        people = (project.source.person, project.target.person)
        return cls(train=project.train, convert=project.convert, source_person=people[0], target_person=people[1])

    def flat(self) -> dict[str, str]:
        """Return name and value of each setting of training and conversion."""
        both = self.train.model_dump(mode="json") | self.convert.model_dump(mode="json")
        return {name: "" if value is None else str(value) for name, value in both.items()}


class SkippedFile(_Part):
    """A file that could not be used, or only in part."""

    media: Words
    """Path relative to the project folder."""
    reason: Words


class StageTime(_Part):
    """How long a stage took."""

    stage: Words
    minutes: float


class ReportFile(_Part):
    """Everything that was measured on a result."""

    schema_version: Literal[1] = 1
    project: Words
    result: FileName
    """Name of the video in `result/`."""
    comparison: FileName
    """Name of the before/after video."""
    preview: FileName
    """Name of the before/after picture."""
    width: int
    height: int
    seconds: float
    frame_rate: float
    has_sound: bool
    is_labelled: bool
    is_signed: bool
    content_check: Words
    """What became of the look for sexual content: passed, or not made; empty where nothing is known."""
    about_original: tuple[Words, ...] = ()
    """What the result cannot have of the original, a sentence each."""
    frames: FrameCounts
    covered: Covered | None = None
    """None where an earlier version wrote the report."""
    frames_shown: int | None = None
    """Frames of the result; None where an earlier version wrote the report."""
    likeness: Likeness | None
    """None where no frame was changed."""
    quality: Quality
    following: tuple[Following, ...] = ()
    """A part is left out where the target hardly moves it; empty where an earlier version wrote the report."""
    same: Sameness
    training: Training
    made_with: MadeWith | None = None
    """None where an earlier version wrote the report."""
    skipped: tuple[SkippedFile, ...]
    persons: tuple[Words, ...] = ()
    """Of each of the two people whose media show several: how many, who was taken, and why; a sentence each."""
    credits: tuple[str, ...] = ()
    """Title, author, licence and source of each picture that was gathered, a line each."""
    times: tuple[StageTime, ...]


def write_report(path: Path, report: ReportFile) -> None:
    """Write `report.json` in one step."""
    atomic.write_text(path, report.model_dump_json(indent=1))


def read_report(path: Path) -> ReportFile | None:
    """Return the report in a file, or None where there is none that can be read."""
    try:
        return ReportFile.model_validate_json(read_inside(path.parent, path))
    except (OSError, ValidationError):
        return None
