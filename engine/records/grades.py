"""How good a result is: the one judge of its figures. Page, wizard and command line render what is said here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from engine.records.report import FacePart, Following, Likeness, Quality, ReportFile, Training

SAME_PERSON = 0.6
"""dlib's recogniser calls two faces the same below this distance (King 2017)."""

IN_NEARLY_ALL_FRAMES = 0.95
"""Share of the frames from which on a likeness is good."""


class Grade(StrEnum):
    """How a figure is to be taken."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True)
class GradedFigure:
    """A figure with its grade and its meaning."""

    title: str
    value: str
    grade: Grade
    meaning: str
    """What the figure measures, for whoever has never seen it."""
    sentence: str
    """What it says of this result, and what helps; empty where there is nothing worth saying."""
    noticed: str = ""
    """What anybody sees where the figure is poor; empty where that needs a recogniser."""


def graded_figures(report: ReportFile) -> list[GradedFigure]:
    """Return the figures that say how good the faces are, the most important first; none where no frame was changed."""
    likeness = [] if report.likeness is None else list(_likeness(report.likeness))
    follows = [_follows(each, report.training) for each in report.following]
    return [*likeness, *follows, *_surface(report.quality, report.training)]


def _likeness(likeness: Likeness) -> Iterator[GradedFigure]:
    share = likeness.nearer_to_source
    itself = likeness.source_to_itself
    best = "" if itself is None else f" The source's own pictures reach {itself:.2f}."
    yield GradedFigure(
        "Likeness",
        f"{share:.0%}",
        _grade(share, good=IN_NEARLY_ALL_FRAMES, fair=0.6),
        f"In so many of {likeness.frames} frames a face recogniser finds the face nearer to the person who will appear "
        "than to the person who is replaced.",
        _likeness_sentence(likeness),
    )
    yield GradedFigure(
        "Distance to the source person",
        f"{likeness.to_source:.2f}",
        _grade(-likeness.to_source, good=-0.5, fair=-SAME_PERSON),
        f"0 is the same picture, below {SAME_PERSON} counts as the same person. Before the swap it was "
        f"{likeness.before_to_source:.2f}; the distance to the person replaced is now {likeness.to_target:.2f}.{best}",
        "",
    )


def is_taken_for_source(likeness: Likeness) -> bool:
    """Return whether a recogniser takes the new face for the source, in most of the frames that it looked at."""
    return likeness.to_source < SAME_PERSON and likeness.nearer_to_source >= 0.5


def _likeness_sentence(likeness: Likeness) -> str:
    share = f"{100 * likeness.nearer_to_source:.3g} %"
    if is_taken_for_source(likeness):
        return f"A face recogniser takes the new face for the source in {share} of the frames looked at."
    nearer = f"though in {share} of the frames looked at it is" if likeness.nearer_to_source else "nor is it"
    return (
        f"A face recogniser does not take the new face for the source yet, {nearer} nearer to the source than to"
        " the target. Train longer."
    )


def _follows(following: Following, training: Training) -> GradedFigure:
    slope, correlation = following.slope, following.correlation
    grade = min(_grade(slope, good=0.7, fair=0.4), _grade(correlation, good=0.75, fair=0.5), key=_RISING.index)
    words = _words_of(following.part)
    match grade:
        case Grade.GOOD:
            # All parts that follow are named in one sentence.
            sentence = ""
        case Grade.FAIR:
            sentence = (
                f"The {words.name} do only part of what the target's do: {_what_helps(words, following, training)}."
            )
        case Grade.POOR:
            sentence = f"{words.habit}: {_what_helps(words, following, training)}."
    meaning = (
        f"How far the {words.name} do what the target's do: 1 fully, 0 not at all. Their correlation is "
        f"{correlation:.2f}; 1 means that they always move together."
    )
    noticed = f"{words.habit[0].lower()}{words.habit[1:]}"
    return GradedFigure(f"{words.name.capitalize()} follow", f"{slope:.2f}", grade, meaning, sentence, noticed)


def following_parts(report: ReportFile) -> list[str]:
    """Return the names of the parts of the face that do what the target's do."""
    return [
        _words_of(each.part).name for each in report.following if _follows(each, report.training).grade is Grade.GOOD
    ]


_RISING = (Grade.POOR, Grade.FAIR, Grade.GOOD)


@dataclass(frozen=True)
class _PartWords:
    name: str
    """The part, in the plural."""
    habit: str
    """What it does where it does not follow."""
    pictures: str
    """The pictures of the source that help."""


def _words_of(part: FacePart) -> _PartWords:
    match part:
        case FacePart.GAZE:
            habit = "The eyes look where the source usually looks"
            return _PartWords("eyes", habit, "photos that look aside, up and down")
        case FacePart.LIDS:
            habit = "The lids stay as the source usually has them"
            return _PartWords("lids", habit, "photos with closed and with wide open eyes")
        case FacePart.BROWS:
            habit = "The brows hardly move"
            return _PartWords("brows", habit, "photos with raised and with drawn brows")
        case FacePart.JAW:
            habit = "The mouth does not open as the target's does"
            return _PartWords("jaws", habit, "photos with an open mouth")
        case FacePart.MOUTH:
            habit = "The lips keep the shape that the source usually has"
            return _PartWords("lips", habit, "photos that smile, speak, pout")


def _what_helps(words: _PartWords, following: Following, training: Training) -> str:
    return "train longer" if training.is_early or following.is_shown_by_source else f"give {words.pictures}"


def _surface(quality: Quality, training: Training) -> Iterator[GradedFigure]:
    if quality.jitter_ratio is not None:
        yield _steadiness(quality.jitter_ratio)
    if quality.border_step is not None and quality.border_step_before is not None:
        yield _edge(quality.border_step, quality.border_step_before)
    if quality.sharpness_ratio is not None:
        yield _sharpness(quality.sharpness_ratio, training)
    if quality.outside_psnr_db is not None:
        yield _outside(quality.outside_psnr_db)


def _steadiness(ratio: float) -> GradedFigure:
    grade = _grade(-ratio, good=-1.1, fair=-1.4)
    match grade:
        case Grade.GOOD:
            sentence = "The face is as steady as in the original."
        case Grade.FAIR:
            sentence = "The face is a little less steady than in the original."
        case Grade.POOR:
            sentence = "The face trembles more than in the original: try more smoothing."
    meaning = "How much the face trembles, compared with the original. 1 means that nothing was added."
    return GradedFigure("Steadiness", f"{ratio:.2f}", grade, meaning, sentence, "the face trembles")


def _edge(step: float, before: float) -> GradedFigure:
    grade = _grade(before - step, good=-2.0, fair=-5.0)
    match grade:
        case Grade.GOOD:
            sentence = "No seam shows around the face."
        case Grade.FAIR:
            sentence = "A faint seam shows around the face: more mask blur hides it."
        case Grade.POOR:
            sentence = "A seam shows around the face: try more mask blur."
    meaning = (
        f"Difference in colour across the rim of the swap; the original has {before:.1f} at the same place. "
        "A difference of 2 is the least that an eye notices."
    )
    return GradedFigure("Visible edge", f"{step:.1f}", grade, meaning, sentence, "a seam shows around the face")


def _sharpness(ratio: float, training: Training) -> GradedFigure:
    grade = _grade(ratio, good=0.5, fair=0.25)
    match grade:
        case Grade.GOOD:
            sentence = ""
        case Grade.FAIR:
            sentence = f"The face is softer than the rest: {_sharper(training)}"
        case Grade.POOR:
            sentence = f"The face is much softer than the rest: {_sharper(training)}"
    meaning = "Fine detail inside the face, compared with the original. 1 is as sharp; more training brings more."
    return GradedFigure("Sharpness", f"{ratio:.2f}", grade, meaning, sentence, "the face is blurred")


def _sharper(training: Training) -> str:
    if training.is_early:
        return "more training brings detail."
    if training.is_of_finest_preset:
        return "more sharpening helps."
    return "a higher preset, or more sharpening, helps."


def _outside(psnr_db: float) -> GradedFigure:
    grade = _grade(psnr_db, good=40.0, fair=34.0)
    sentence = "" if grade is Grade.GOOD else "The picture around the face is not quite as it was."
    meaning = "How closely the picture around the face matches the original. Above 40 no eye sees a difference."
    return GradedFigure("Everything else untouched", f"{psnr_db:.1f} dB", grade, meaning, sentence)


def _grade(value: float, *, good: float, fair: float) -> Grade:
    """Return the grade of a figure of which more is better."""
    return Grade.GOOD if value >= good else Grade.FAIR if value >= fair else Grade.POOR
