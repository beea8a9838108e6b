"""What is missing in the answers, and the project they make. Pure: no files, no clock."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from pathlib import Path

from engine.project.settings import ConsentRecord, Project, SourceSettings, TargetSettings, TrainSettings
from tui.drafts.answers import Answers, ConsentAnswers, Step
from tui.drafts.consent import consent_faults, to_consent
from tui.drafts.timing import UNKNOWN, Timing

_AS = "-as-"
"""Between the two people in a name that is made up."""


@dataclass(frozen=True)
class Problem:
    """An answer that is missing or cannot be used."""

    step: Step
    """The question on which to correct it."""
    field: str
    """The input it belongs to, by its id on that screen."""
    words: str
    """What to do, as one short sentence; or what is wrong, in a few words."""
    sentences: str = ""
    """What is wrong and what helps, where the words leave something out."""
    is_of_the_moment: bool = False
    """Whether it may be over in a moment, without anybody doing anything."""

    @property
    def whole(self) -> str:
        """All there is to say."""
        return self.sentences or self.words


def problems_of(answers: Answers, now: dt.datetime) -> tuple[Problem, ...]:
    """Return everything that keeps these answers from becoming a project, in the order of the questions."""
    found: list[Problem] = []
    if not answers.sources:
        found.append(Problem(Step.SOURCE, "path", "Add at least one photo, video or folder."))
    if answers.target is None:
        found.append(Problem(Step.TARGET, "path", "Choose the video to change."))
    found += _consent_problems(Step.CONSENT_SOURCE, answers.consent_source, now.date())
    found += _consent_problems(Step.CONSENT_TARGET, answers.consent_target, now.date())
    if answers.finish_by and minutes_until(answers.finish_by, now) is None:
        found.append(Problem(Step.QUALITY, "finish_by", "Give a time of day such as 8:00."))
    if answers.minutes and parse_minutes(answers.minutes) is None:
        found.append(Problem(Step.QUALITY, "minutes", "Give a number of minutes such as 90, at most 100000."))
    if len(answers.name) > 120:
        found.append(Problem(Step.REVIEW, "name", "Give a shorter name: at most 120 letters."))
    elif answers.name and not folder_name(answers.name):
        found.append(Problem(Step.REVIEW, "name", "Give a name with at least one letter or digit."))
    return tuple(found)


def first_unanswered(answers: Answers, now: dt.datetime) -> Step:
    """Return the screen at which something is missing, or the review."""
    return next((problem.step for problem in problems_of(answers, now)), Step.REVIEW)


def to_project(answers: Answers, now: dt.datetime, timing: Timing = UNKNOWN) -> Project:
    """Return the project that complete answers ask for.

    Args:
        answers: The answers.
        now: The local time.
        timing: What is known of this machine and the video.

    Raises:
        ValueError: Something is missing; `problems_of` says what.
    """
    return Project(
        name=answers.name.strip() or suggested_name(answers),
        source=SourceSettings(person=answers.source_person),
        target=TargetSettings(person=answers.target_person),
        consent=ConsentRecord(
            source=to_consent(answers.consent_source, now.date()),
            target=to_consent(answers.consent_target, now.date()),
        ),
        extract=answers.extract,
        train=_to_train(answers, now, timing),
        convert=answers.convert,
    )


def suggested_name(answers: Answers) -> str:
    """Return a name made from the files' names: `anna-as-ben`."""
    source = _stem(answers.sources[0]) if answers.sources else ""
    if answers.earlier is not None:
        # Its folder of pictures is called as that of every project.
        source = _stem(answers.earlier).partition(_AS)[0]
    target = _stem(answers.target) if answers.target else ""
    return f"{source}{_AS}{target}" if source and target else source or target or "new-project"


def folder_name(name: str) -> str:
    """Return a folder's name that works on every file system: letters of any script, digits, dots and dashes."""
    return re.sub(r"[^\w.-]+", "-", name.strip()).strip("-._")[:80]


def parse_minutes(text: str) -> float | None:
    """Return a number of minutes, or None where the text is none that training accepts."""
    try:
        return TrainSettings(minutes=float(text.replace(",", "."))).minutes
    except ValueError:
        return None


def minutes_until(time_of_day: str, now: dt.datetime) -> float | None:
    """Return the minutes from now until the next time the clock shows `time_of_day`, or None where it is no time."""
    match = re.fullmatch(r"\s*(\d{1,2})(?:[:.h]?(\d{2}))?\s*", time_of_day)
    if match is None or int(match[1]) > 23 or int(match[2] or 0) > 59:
        return None
    then = now.replace(hour=int(match[1]), minute=int(match[2] or 0), second=0, microsecond=0)
    if then <= now:
        then += dt.timedelta(days=1)
    return (then - now).total_seconds() / 60


def asked_minutes(answers: Answers, now: dt.datetime, timing: Timing = UNKNOWN) -> float | None:
    """Return the minutes of training that were asked for: until all can be ready by a time, or as typed.

    The time of day is when the video shall be there, so what comes before and after training is taken off. None where
    nobody asks for a time: then training takes the steps that the preset needs.
    """
    left = minutes_until(answers.finish_by, now) if answers.finish_by.strip() else None
    if left is not None:
        return max(1.0, float(math.floor(left - timing.around_minutes)))
    return parse_minutes(answers.minutes) if answers.minutes.strip() else None


def expected_minutes(answers: Answers, now: dt.datetime, timing: Timing = UNKNOWN) -> float:
    """Return how long training will take: as asked for, or about as long as the preset's steps take."""
    return asked_minutes(answers, now, timing) or max(1.0, float(round(timing.full_minutes(answers.preset))))


def _consent_problems(step: Step, consent: ConsentAnswers, today: dt.date) -> list[Problem]:
    return [Problem(step, field, words) for field, words in consent_faults(consent, today).items()]


def _to_train(answers: Answers, now: dt.datetime, timing: Timing) -> TrainSettings:
    chosen = {"preset": answers.preset, "minutes": asked_minutes(answers, now, timing), "steps": None}
    return TrainSettings.model_validate(answers.train.model_dump() | chosen)


def _stem(path: Path) -> str:
    return folder_name(path.stem if path.suffix else path.name)[:30].strip("-._")
