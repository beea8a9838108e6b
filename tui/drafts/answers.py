"""What a person has answered so far: half-written words included, kept on disk as they are given.

Answers may be incomplete or wrong, a `Project` may not: `tui.drafts.validation` says what is missing, and makes the one
of the other.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from engine.project.presets import Preset
from engine.project.settings import ConsentBasis, ConvertSettings, ExtractSettings, TrainSettings
from engine.role import Role


class Step(StrEnum):
    """The questions, in the order in which they are asked."""

    SOURCE = "source"
    TARGET = "target"
    PERSON = "person"
    CONSENT_SOURCE = "consent-source"
    CONSENT_TARGET = "consent-target"
    QUALITY = "quality"
    REVIEW = "review"

    @property
    def heading(self) -> str:
        """Its name among the questions; both consents are one."""
        match self:
            case Step.SOURCE:
                return "Who appears"
            case Step.TARGET:
                return "Video"
            case Step.PERSON:
                return "Person"
            case Step.CONSENT_SOURCE | Step.CONSENT_TARGET:
                return "Consent"
            case Step.QUALITY:
                return "Quality"
            case Step.REVIEW:
                return "Review"


class ConsentAnswers(BaseModel):
    """One person's agreement, as typed."""

    model_config = ConfigDict(frozen=True)

    basis: ConsentBasis | None = None
    note: str = ""
    given_by: str = ""
    recorded_on: str = ""
    """A date as 2026-11-24; empty takes today."""
    valid_until: str = ""
    """A date as 2026-11-24; empty where the consent does not end."""
    purpose: str = ""
    evidence: str = ""
    """Path of a file anywhere on this machine, which is copied into the project; or the words of a message."""
    is_adult: bool = False


class Answers(BaseModel):
    """The answers to all questions."""

    model_config = ConfigDict(frozen=True)

    draft: str
    """Names the file these answers are kept in."""
    started_at: dt.datetime
    step: Step = Step.SOURCE
    """The screen to open again."""
    folder: Path | None = None
    """A project folder that was dropped into the workspace with its media; None where the wizard makes one."""
    earlier: Path | None = None
    """The project in which the same person appears already, and whose faces and model this one begins with."""
    earlier_steps: int = 0
    """Steps of that model; 0 where there is none."""
    earlier_preset: Preset = Preset.QUICK
    """Its preset: with another one nothing of it is begun with."""
    name: str = ""
    """Name of the project; empty takes one made from the files' names."""
    sources: tuple[Path, ...] = ()
    """Photos, videos and folders that show the person who will appear."""
    target: Path | None = None
    """The video to change."""
    target_pictures: tuple[Path, ...] = ()
    """Photos, and folders of them, that show the person in the video: more to learn from."""
    source_person: int | None = None
    target_person: int | None = None
    consent_source: ConsentAnswers = ConsentAnswers()
    consent_target: ConsentAnswers = ConsentAnswers()
    preset: Preset = Preset.QUICK
    finish_by: str = ""
    """A time of day as 8:00 by which training should be over; empty takes the preset's own time."""
    minutes: str = ""
    """Minutes of training as typed; empty takes the preset's own time."""
    extract: ExtractSettings = ExtractSettings()
    train: TrainSettings = TrainSettings()
    convert: ConvertSettings = ConvertSettings()

    @property
    def is_blank(self) -> bool:
        """Whether nothing was answered yet."""
        return self == Answers(draft=self.draft, started_at=self.started_at, step=self.step)

    def consent_of(self, role: Role) -> ConsentAnswers:
        """Return what was answered about one person's agreement."""
        return self.consent_source if role is Role.SOURCE else self.consent_target

    def media_of(self, role: Role) -> tuple[Path, ...]:
        """Return the files and folders that show one person."""
        if role is Role.SOURCE:
            return self.sources
        return (self.target,) if self.target is not None else ()

    def person_of(self, role: Role) -> int | None:
        """Return which of the persons seen was chosen; None takes the one who weighs most."""
        return self.source_person if role is Role.SOURCE else self.target_person
