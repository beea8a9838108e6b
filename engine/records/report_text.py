"""What the figures of a report mean, in words for a person who has never seen such figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.records.report import FrameCounts, Likeness, Quality, ReportFile


class Grade(StrEnum):
    """How a figure is to be taken."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "look at it"


@dataclass(frozen=True)
class Line:
    """A figure with its meaning."""

    title: str
    value: str
    grade: Grade
    meaning: str


def verdict(report: ReportFile) -> str:
    """Return the whole report in one or two sentences."""
    if report.likeness is None:
        return "No frame was changed, so the result looks like the original. The list below says why."
    grades = [line.grade for line in quality_lines(report)]
    share = f"{report.frames.changed_share:.0%} of the frames were changed"
    training = report.training
    if training.is_early:
        # A recogniser takes even a blurred face for the right person.
        return (
            f"{share}, but the model has only begun to learn: {training.steps:,} of some {training.full_steps:,} "
            "steps. Train on before you judge it."
        )
    if Grade.POOR in grades:
        titles = ", ".join(line.title.lower() for line in quality_lines(report) if line.grade is Grade.POOR)
        return f"{share}. Worth a look: {titles}."
    if Grade.FAIR in grades:
        return f"{share}, and the result is decent. Longer training usually brings more likeness and detail."
    return f"{share}, and every figure is good."


def quality_lines(report: ReportFile) -> list[Line]:
    """Return the figures that say how good the faces are, the most important first."""
    lines = [] if report.likeness is None else _likeness_lines(report.likeness)
    return lines + _surface_lines(report.quality)


def frame_lines(frames: FrameCounts) -> list[tuple[str, int]]:
    """Return what became of the frames, those with a count only."""
    lines = [
        ("changed", frames.changed),
        ("no face seen", frames.no_face),
        ("only somebody else seen", frames.other_person),
        ("face turned away, covered or cut off too far", frames.implausible),
        ("picture deleted from the face set", frames.picture_deleted),
    ]
    return [(words, count) for words, count in lines if count or words == "changed"]


def _likeness_lines(likeness: Likeness) -> list[Line]:
    share = likeness.nearer_to_source
    best = (
        ""
        if likeness.source_to_itself is None
        else f" The source's own pictures reach {likeness.source_to_itself:.2f}."
    )
    return [
        Line(
            "Likeness",
            f"{share:.0%}",
            _grade(share, 0.95, 0.6),
            f"In so many of {likeness.frames} frames a face recogniser finds the face nearer to the person who is to "
            "appear than to the person who was replaced.",
        ),
        Line(
            "Distance to the source person",
            f"{likeness.to_source:.2f}",
            _grade(-likeness.to_source, -0.5, -0.6),
            f"0 is the same picture, below 0.6 counts as the same person. Before the swap it was "
            f"{likeness.before_to_source:.2f}; the distance to the person replaced is now {likeness.to_target:.2f}."
            f"{best}",
        ),
    ]


def _surface_lines(quality: Quality) -> list[Line]:
    lines = []
    if quality.jitter_ratio is not None:
        meaning = "How much the face trembles, compared with the original. 1 means that nothing was added."
        grade = _grade(-quality.jitter_ratio, -1.1, -1.4)
        lines.append(Line("Steadiness", f"{quality.jitter_ratio:.2f}", grade, meaning))
    if quality.border_step is not None and quality.border_step_before is not None:
        more = quality.border_step - quality.border_step_before
        meaning = (
            f"Difference in colour across the rim of the swap; the original has {quality.border_step_before:.1f} at "
            "the same place. A difference of 2 is the least that an eye notices."
        )
        lines.append(Line("Visible edge", f"{quality.border_step:.1f}", _grade(-more, -2.0, -5.0), meaning))
    if quality.sharpness_ratio is not None:
        meaning = "Fine detail inside the face, compared with the original. 1 is as sharp; more training brings more."
        grade = _grade(quality.sharpness_ratio, 0.5, 0.25)
        lines.append(Line("Sharpness", f"{quality.sharpness_ratio:.2f}", grade, meaning))
    if quality.outside_psnr_db is not None:
        meaning = "How equal the picture around the face is to the original. Above 40 no eye sees a difference."
        grade = _grade(quality.outside_psnr_db, 40.0, 34.0)
        lines.append(Line("Everything else untouched", f"{quality.outside_psnr_db:.1f} dB", grade, meaning))
    return lines


def same_lines(report: ReportFile) -> Sequence[tuple[str, bool]]:
    """Return what must be equal to the original, and whether it is."""
    same = report.same
    sound = "sound, packet for packet" if report.has_sound else "no sound, as before"
    return (
        ("picture size", same.size),
        ("number of frames", same.frame_count),
        ("time stamp of every frame", same.time_stamps),
        ("rotation", same.rotation),
        ("colour tags", same.colour),
        (sound, same.sound),
    )


def _grade(value: float, good: float, fair: float) -> Grade:
    return Grade.GOOD if value >= good else Grade.FAIR if value >= fair else Grade.POOR
