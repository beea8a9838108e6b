"""What a stranger would say of a result: the first thing there is to read, before any figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.records.grades import IN_NEARLY_ALL_FRAMES, Grade, GradedFigure, graded_figures, is_taken_for_source
from engine.records.report import Likeness, ReportFile

_FAR_FROM_DONE = 0.25
"""Share of a preset's steps below which a model is not worth judging."""
_MOST_NOTICED = 3


@dataclass(frozen=True)
class Verdict:
    """The whole result in a few words."""

    headline: str
    words: str
    """What a stranger would see, and what helps, in sentences."""
    grade: Grade


def verdict_on(report: ReportFile) -> Verdict:
    """Return what a stranger would say; how much was learnt comes before all else, since it explains the rest."""
    if report.likeness is None:
        words = "No frame was changed, so the result looks like the original. The list below says why."
        return Verdict("Nobody was replaced.", words, Grade.POOR)
    figures = graded_figures(report)
    said = f"A stranger would say: {_who(report.likeness)}.{_noticed(figures)}"
    training = report.training
    if training.is_early:
        # A recogniser takes even a blurred face for the right person.
        how_far = "Far from done" if training.steps_in_all < _FAR_FROM_DONE * training.full_steps else "Not done yet"
        headline = f"{how_far}: {training.steps_in_all:,} of some {training.full_steps:,} steps."
        return Verdict(headline, f"{said} Train on before you judge it.", Grade.POOR)
    grades = {figure.grade for figure in figures}
    if Grade.POOR in grades:
        headline = (
            "One sees that it is a swap." if is_taken_for_source(report.likeness) else "Not the right person yet."
        )
        return Verdict(headline, said, Grade.POOR)
    if Grade.FAIR in grades:
        return Verdict("Decent.", f"{said} Longer training usually brings more likeness and detail.", Grade.FAIR)
    return Verdict("Good.", f"{said} Every figure is good.", Grade.GOOD)


def _who(likeness: Likeness) -> str:
    """Return whom the face would be taken for; the thresholds are those of the figures' grades."""
    if likeness.nearer_to_source < 0.5:
        return "that is still the person who was replaced"
    if not is_taken_for_source(likeness):
        return "that is neither of the two"
    if likeness.nearer_to_source < IN_NEARLY_ALL_FRAMES:
        return "that is the person who appears, though not in every moment"
    return "that is the person who appears"


def _noticed(figures: Sequence[GradedFigure]) -> str:
    noticed = [figure.noticed for figure in figures if figure.grade is Grade.POOR and figure.noticed]
    return f" And would notice: {'; '.join(noticed[:_MOST_NOTICED])}." if noticed else ""
