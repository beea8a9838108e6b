"""What a look through pictures and videos found, and what to say about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from engine.project.persons import is_close
from engine.records.coverage import FaceSeen
from engine.text import counted

ENOUGH_FACES = 200
"""Faces from which a swap gets good; below, more help more than anything else."""
FEWEST_FACES = 20
"""Faces below which a project is refused."""

_FRONTAL_DEGREES = 12.0
_SMALL_PX = 80.0
_BLURRED = 25.0
_DARK, _BRIGHT = 55.0, 205.0
_NAMED = 3


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ValueRange(_Frozen):
    """How a measure varies over the faces seen."""

    lowest: float
    median: float
    highest: float


class PersonSeen(_Frozen):
    """Somebody in the media."""

    number: int
    """1 for the one who weighs most; those who come close to that are numbered from left to right."""
    share: float
    """Share of the faces that were compared, 0..1."""
    weight: float
    """Share of the area of all faces, 0..1; of somebody who never moves, a tenth of it counts."""
    faces: int
    """Faces of this person among those compared."""
    is_still: bool = False
    """Never moves in the videos, as a photograph on a wall."""
    thumbnail: Path
    """A picture of the face, JPEG."""
    descriptor: tuple[float, ...] = ()
    """Who it is, (128,); empty where that was not described."""


class SkippedFile(_Frozen):
    """A file that cannot be used."""

    path: Path
    reason: str
    """One sentence."""


class CheckReport(_Frozen):
    """What was found."""

    photos: int
    """Photos among the files."""
    photos_seen: int
    """Photos looked at."""
    videos: int
    """Videos among the files."""
    frames: int
    """Frames of all videos together."""
    frames_seen: int
    """Frames looked at, taken evenly."""
    faces: int
    """Faces found in what was looked at."""
    faces_expected: int
    """Faces that extraction would find, estimated."""
    persons: list[PersonSeen]
    """By their numbers."""
    faces_seen: list[FaceSeen] = []
    """What each of the faces found does, and whose it is."""
    numbered: Path | None = None
    """A picture of whole frames in which everybody is framed and numbered; None where there is nobody to tell apart."""
    without_face: int
    """Photos and frames looked at in which no face was found."""
    yaw: ValueRange | None
    """Degrees; above 0 the head turns to the right of the picture. None where no face was found."""
    pitch: ValueRange | None
    """Degrees from how each person mostly holds their head; above 0 it looks further down than that."""
    width_px: ValueRange | None
    """Width of the faces in their pictures."""
    sharpness: ValueRange | None
    """Variance of the Laplacian at 128 px: below 12 a face is not learnt from."""
    brightness: ValueRange | None
    """Mean of the face, 0..255."""
    skipped: list[SkippedFile]
    cut_short: list[str] = []
    """Of each video that was not copied whole, a sentence that says how much of it is there."""
    advice: list[str]
    """What a person should know or do, in sentences; the most important first. Never empty."""


def advise(report: CheckReport) -> list[str]:
    """Return what to tell a person about their pictures.

    Args:
        report: What was found; its own `advice` is not looked at.
    """
    if report.faces == 0:
        looked = report.photos_seen + report.frames_seen
        sentences = [
            f"No face was found in {counted(looked, 'picture')}. Choose some in which the face is seen from the front,"
            " at least a tenth as high as the picture."
        ]
        return [*report.cut_short, *sentences, *_about_files(report)]
    sentences = [
        *report.cut_short,
        *_about_people(report),
        *_about_number(report),
        *_about_pose(report),
        *_about_pictures(report),
    ]
    sentences += _about_files(report)
    return sentences or [f"This looks good: {counted(report.faces, 'face')} seen, sharp, well lit, from several sides."]


def advise_on_video(report: CheckReport) -> list[str]:
    """Return what to tell of the video to change: it is what it is, so there is nothing to add to it."""
    if report.faces == 0:
        return advise(report)
    sentences = [*report.cut_short, *_about_people(report), *_about_gaps(report), *_about_files(report)]
    return sentences or ["This will do: the face is found nearly everywhere."]


def _about_people(report: CheckReport) -> Iterator[str]:
    if len(report.persons) < 2:
        return
    said = f"{len(report.persons)} persons were seen"
    weights = [person.weight for person in report.persons]
    if is_close(weights):
        shares = ", ".join(f"person {each.number} {100 * each.weight:.0f} %" for each in report.persons[:_NAMED])
        yield f"{said}, and it is not clear who is meant: {shares} by the area of the faces. Choose one of them."
    else:
        yield (
            f"{said}. Person 1 ({100 * weights[0]:.0f} % by the area of the faces) is taken unless you choose another."
        )


def _about_number(report: CheckReport) -> Iterator[str]:
    expected = report.faces_expected
    if expected < FEWEST_FACES:
        yield (
            f"That gives about {counted(expected, 'face')}; it takes at least {FEWEST_FACES}, and {ENOUGH_FACES} or"
            " more for a good swap. A video of one minute is plenty."
        )
    elif expected < ENOUGH_FACES:
        yield f"About {expected} faces will do, but {ENOUGH_FACES} or more make a better swap; a short video adds many."


def _about_pose(report: CheckReport) -> Iterator[str]:
    yaw, pitch = report.yaw, report.pitch
    if yaw is None or pitch is None or report.faces < 3:
        return
    left, right = yaw.lowest < -_FRONTAL_DEGREES, yaw.highest > _FRONTAL_DEGREES
    if not left and not right:
        yield f"All {report.faces} faces look straight ahead; add some from the side."
    elif left != right:
        seen, missing = ("left", "right") if left else ("right", "left")
        yield f"Faces turn to the {seen} of the picture only; add some that turn to the {missing}."
    if pitch.highest - pitch.lowest < _FRONTAL_DEGREES:
        yield "No face looks up or down; add some if the other video has such moments."


def _about_pictures(report: CheckReport) -> Iterator[str]:
    if report.width_px and report.width_px.median < _SMALL_PX:
        yield (
            f"The faces are small ({report.width_px.median:.0f} pixels wide, half of them less); larger ones give a"
            " sharper swap."
        )
    if report.sharpness and report.sharpness.median < _BLURRED:
        yield "Most faces are blurred, and so will the swap be; look for sharper pictures."
    if report.brightness and report.brightness.median < _DARK:
        yield "The faces are dark; pictures in more light show more to learn from."
    if report.brightness and report.brightness.median > _BRIGHT:
        yield "The faces are overexposed; darker pictures show more to learn from."
    yield from _about_gaps(report)


def _about_gaps(report: CheckReport) -> Iterator[str]:
    looked = report.photos_seen + report.frames_seen
    if report.without_face > looked / 2:
        yield f"In {report.without_face} of {looked} pictures no face was found; such parts stay as they are."


def _about_files(report: CheckReport) -> Iterator[str]:
    if report.skipped:
        names = ", ".join(each.path.name for each in report.skipped[:_NAMED])
        rest = len(report.skipped) - _NAMED
        more = f" and {rest} more" if rest > 0 else ""
        yield f"{counted(len(report.skipped), 'file')} cannot be used and will be left out: {names}{more}."
