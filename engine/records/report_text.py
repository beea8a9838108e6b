"""A report in sentences, for a person who has never seen such figures."""

from __future__ import annotations

from engine.records.grades import following_parts, graded_figures
from engine.records.report import Covered, FrameCounts, ReportFile, Sameness
from engine.records.verdict import verdict_on
from engine.text import counted, duration

SAVE_ANEW = (
    "Save the original anew as MP4 (H.264), put it in its place with `understudio add FOLDER --target VIDEO`, and "
    "start again. The original is untouched, and nothing is lost."
)
"""What to do about frames that the result lacks."""


def lacking_frames(report: ReportFile) -> str:
    """Return that the result does not have as many frames as the original, in a sentence; empty where it has."""
    if report.same.frame_count:
        return ""
    if report.frames_shown is None:
        return "The finished video has not as many frames as the original."
    original = counted(report.frames.total, "frame")
    return f"The finished video shows {report.frames_shown:,} frames, the original {original}."


def summary(report: ReportFile) -> str:
    """Return the whole report in a few sentences."""
    verdict = verdict_on(report)
    return " ".join(words for words in (lacking_frames(report), verdict.headline, verdict.words) if words)


def sentences(report: ReportFile) -> tuple[str, ...]:
    """Return the report as short sentences, the most telling first."""
    said = [lacking_frames(report), *report.about_original, _frames(report.frames), covered(report.covered)]
    said += report.persons
    said += _following(following_parts(report))
    said += [figure.sentence for figure in graded_figures(report) if figure.sentence]
    said.append(_sameness(report))
    said.append(_training(report))
    if report.skipped:
        first = report.skipped[0].media + (" and others" if len(report.skipped) > 1 else "")
        said.append(f"{counted(len(report.skipped), 'file')} could not be used, or only in part: {first}.")
    said.append(_marks(report))
    return tuple(sentence for sentence in said if sentence)


def frame_counts(frames: FrameCounts) -> list[tuple[str, int]]:
    """Return what became of the frames, those with a count only."""
    counts = [
        ("changed", frames.changed),
        ("nobody is seen", frames.no_face),
        ("only somebody else is seen", frames.other_person),
        ("the face is turned away or covered", frames.implausible),
        ("you took the face out", frames.picture_deleted),
    ]
    return [(words, count) for words, count in counts if count or words == "changed"]


def covered(found: Covered | None) -> str:
    """Return in how many frames something is before the face, in a sentence; empty where in none, or not known."""
    if found is None or not found.covered:
        return ""
    frames = f"{found.covered:,} of {counted(found.looked_at, 'frame')}"
    return f"In {frames} something is before the face, and stays before it."


def equal_parts(report: ReportFile) -> tuple[tuple[str, bool], ...]:
    """Return what must be equal to the original, and whether it is."""
    sound = "sound, packet for packet" if report.has_sound else "no sound, as before"
    return tuple((sound if words == "sound" else words, is_equal) for words, is_equal in _parts(report.same))


def _frames(frames: FrameCounts) -> str:
    first = f"{100 * frames.changed_share:.3g} % of {counted(frames.total, 'frame')} were changed"
    rest = [f"in {count:,} {words}" for words, count in frame_counts(frames)[1:]]
    return f"{first}; {', '.join(rest)}." if rest else f"{first}."


def _following(parts: list[str]) -> list[str]:
    if not parts:
        return []
    names = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return [f"{names.capitalize()} do what the target's do."]


def _parts(same: Sameness) -> tuple[tuple[str, bool], ...]:
    return (
        ("picture size", same.size),
        ("number of frames", same.frame_count),
        ("time stamps", same.time_stamps),
        ("rotation", same.rotation),
        ("colour tags", same.colour),
        ("sound", same.sound),
    )


def _sameness(report: ReportFile) -> str:
    same = report.same
    if same.all_equal:
        words = "size, length, time stamps, colours and sound are those of the original."
        return f"Otherwise {words}" if report.about_original else words.capitalize()
    different = ", ".join(words for words, is_equal in _parts(same) if not is_equal)
    return f"Not the same as in the original: {different}."


def _training(report: ReportFile) -> str:
    training = report.training
    time = f" in {duration(training.minutes * 60)}" if training.minutes is not None else ""
    faces = f"{training.source_faces:,} and {training.target_faces:,} faces"
    before = f", after {training.steps_before:,} of an earlier project" if training.steps_before else ""
    by = f", by {training.device}" if training.device else ""
    said = f"Trained {counted(training.steps, 'step')}{before}{time} ({training.preset}) on {faces}{by}."
    said = f"{said} {training.remark}" if training.remark else said
    if not training.is_early:
        return said
    return f"{said} That is early: the preset shows what it can after some {training.full_steps:,}. Train on."


def _marks(report: ReportFile) -> str:
    signed = "It is signed as synthetic" if report.is_signed else "It is not signed"
    return (
        f"{signed}; the picture says “AI MODIFIED”." if report.is_labelled else f"{signed}; no label is in the picture."
    )
