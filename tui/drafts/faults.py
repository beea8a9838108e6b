"""What the look at the media found wrong: what cannot be used at all, and what would most likely fail. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from engine.records.check import FEWEST_FACES, CheckReport
from engine.role import Role
from engine.text import counted, duration
from tui.drafts.answers import Answers, Step
from tui.drafts.checks import Check, Checks
from tui.drafts.timing import Timing
from tui.drafts.validation import Problem, minutes_until

_ASKED_AT = {Role.SOURCE: Step.SOURCE, Role.TARGET: Step.TARGET}


def broken_media(checks: Checks) -> Iterator[Problem]:
    """Yield what was chosen and cannot be read: it has to be taken out before anything can begin."""
    for role, step in _ASKED_AT.items():
        check = checks.of(role)
        if check.is_unusable:
            yield Problem(step, "path", "cannot be used: choose another (Tab, x takes out)", check.failure)
        elif check.report is not None:
            # What a folder holds besides is left out, and was said to be; a file was chosen by itself.
            broken = [each for each in check.report.skipped if each.path in check.paths]
            for each in broken[:1]:
                words = f"cannot be read (Tab, x takes out): {each.path.name}"
                yield Problem(step, "path", words, f"{each.reason} Tab goes to the list; there, x takes it out.")


def doubts_about(answers: Answers, checks: Checks, timing: Timing, now: dt.datetime) -> Iterator[Problem]:
    """Yield what would fail, as far as the looks can tell, in the order of the questions.

    Args:
        answers: The answers.
        checks: The looks at the media.
        timing: What is known of this machine and the video.
        now: The local time.
    """
    for role, step in _ASKED_AT.items():
        yield from _about_media(answers, role, step, checks.of(role))
    yield from _about_persons(answers, checks)
    left = minutes_until(answers.finish_by, now) if answers.finish_by.strip() else None
    if left is not None and left <= timing.around_minutes:
        around = duration(60 * timing.around_minutes)
        yield Problem(
            Step.QUALITY,
            "finish_by",
            f"too soon: it takes {around} without training",
            f"{answers.finish_by.strip()} is too soon: finding faces and converting alone take about {around}.",
        )


def _about_media(answers: Answers, role: Role, step: Step, check: Check) -> Iterator[Problem]:
    if check.is_running:
        whole = f"The look at the media of {role.person} is not over: what is wrong with them is not known yet."
        yield Problem(step, "path", "is still being looked at", whole, is_of_the_moment=True)
    report = check.report
    if report is None:
        return
    for words in report.cut_short:
        yield Problem(step, "path", "was not copied whole", words)
    expected = _faces_expected(report, answers.person_of(role))
    if not report.faces:
        whole = f"No face of {role.person} was found. It has to be seen from the front, large and sharp, somewhere."
        yield Problem(step, "path", "no face was found", whole)
    elif expected < FEWEST_FACES and not (role is Role.TARGET and answers.target_pictures):
        # Photos that were added to the video are not looked at: they may have what is missing.
        whole = (
            f"Only about {counted(expected, 'face')} of {role.person} can be used; it takes at least {FEWEST_FACES}. "
            "Add more photos, or a video of a minute."
        )
        yield Problem(step, "path", f"about {counted(expected, 'face')}; it takes {FEWEST_FACES}", whole)


def _faces_expected(report: CheckReport, person: int | None) -> int:
    """Return how many faces of the person who is meant there will be."""
    if not report.persons:
        return report.faces_expected
    meant = next((seen for seen in report.persons if seen.number == person), report.persons[0])
    return round(report.faces_expected * meant.share)


def _about_persons(answers: Answers, checks: Checks) -> Iterator[Problem]:
    open_of = [role for role in Role if checks.of(role).persons > 1 and answers.person_of(role) is None]
    if not open_of:
        return
    role = open_of[0]
    seen = counted(checks.of(role).persons, "person")
    whole = f"In the media of {role.person}, {seen} were seen, and it is not said who is meant."
    yield Problem(Step.PERSON, "pickers", f"{seen} seen, and nobody was chosen", whole)
