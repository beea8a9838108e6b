"""The report of a result in sentences that a person would say. Pure."""

from __future__ import annotations

from engine.records.report import FrameCounts, Likeness, Quality, ReportFile, Training
from engine.text import counted
from tui.format import duration

_SAME_PERSON = 0.6
"""dlib's recogniser calls two faces the same below this distance."""


def in_words(report: ReportFile) -> tuple[str, ...]:
    """Return the report as short sentences, the most telling first."""
    said = [_frames(report.frames)]
    if report.likeness is not None:
        said.append(_likeness(report.likeness))
    said += _quality(report.quality, report.training)
    said.append(_sameness(report))
    said.append(_training(report))
    if report.skipped:
        others = " and others" if len(report.skipped) > 1 else ""
        said.append(f"{counted(len(report.skipped), 'file')} could not be used: {report.skipped[0].media}{others}.")
    said.append(_marks(report))
    return tuple(said)


def _frames(frames: FrameCounts) -> str:
    first = f"{100 * frames.changed_share:.3g} % of {counted(frames.total, 'frame')} were changed"
    reasons = [
        (frames.no_face, "nobody is seen"),
        (frames.other_person, "only somebody else is seen"),
        (frames.implausible, "the face is turned away or covered"),
        (frames.picture_deleted, "you took the face out"),
    ]
    rest = [f"in {number:,} {words}" for number, words in reasons if number]
    return f"{first}; {', '.join(rest)}." if rest else f"{first}."


def _likeness(likeness: Likeness) -> str:
    share = f"{100 * likeness.nearer_to_source:.3g} %"
    if likeness.to_source < _SAME_PERSON and likeness.nearer_to_source >= 0.5:
        return f"A face recogniser takes the new face for the source in {share} of the frames looked at."
    nearer = f"though in {share} of the frames looked at it is" if likeness.nearer_to_source else "nor is it"
    return (
        f"A face recogniser does not take the new face for the source yet, {nearer} nearer to the source than to"
        " the target. Train longer."
    )


def _quality(quality: Quality, training: Training) -> list[str]:
    said = []
    if quality.jitter_ratio is not None:
        words = "as steady as in the original" if quality.jitter_ratio < 1.25 else "less steady than in the original"
        said.append(f"The face is {words}.")
    if quality.sharpness_ratio is not None and quality.sharpness_ratio < 0.7:
        said.append(f"The face is softer than the rest: {_sharper(training)}")
    if quality.border_step is not None and quality.border_step_before is not None:
        seam = quality.border_step > 1.5 * quality.border_step_before + 1
        said.append("A seam shows around the face: try more mask blur." if seam else "No seam shows around the face.")
    return said


def _sharper(training: Training) -> str:
    if training.is_early:
        return "more training brings detail."
    if training.is_of_finest_preset:
        return "more sharpening helps."
    return "a higher preset, or more sharpening, helps."


def _sameness(report: ReportFile) -> str:
    same = report.same
    if same.all_equal:
        return "Size, length, time stamps, colours and sound are those of the original."
    names = [
        (same.size, "size"),
        (same.frame_count, "number of frames"),
        (same.time_stamps, "time stamps"),
        (same.rotation, "rotation"),
        (same.colour, "colour marks"),
        (same.sound, "sound"),
    ]
    return f"Not the same as in the original: {', '.join(name for is_same, name in names if not is_same)}."


def _training(report: ReportFile) -> str:
    training = report.training
    time = f" in {duration(training.minutes * 60)}" if training.minutes is not None else ""
    faces = f"{training.source_faces:,} and {training.target_faces:,} faces"
    said = f"Trained {counted(training.steps, 'step')}{time} ({training.preset}) on {faces}."
    if not training.is_early:
        return said
    return f"{said} That is early: the preset shows what it can after some {training.full_steps:,}. Train on."


def _marks(report: ReportFile) -> str:
    signed = "It is signed as synthetic" if report.is_signed else "It is not signed"
    return (
        f"{signed}; the picture says “AI MODIFIED”." if report.is_labelled else f"{signed}; no label is in the picture."
    )
