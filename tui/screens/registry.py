"""Screens that home does not wait for: loaded when one is shown first, or while the person looks at home."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tui.drafts.answers import Role, Step

if TYPE_CHECKING:
    from tui.screens.pictures import PicturesScreen
    from tui.screens.question import Question

_QUESTIONS = {
    Step.SOURCE: "media:SourceQuestion",
    Step.TARGET: "media:TargetQuestion",
    Step.PERSON: "person:PersonQuestion",
    Step.CONSENT_SOURCE: "consent:SourceConsent",
    Step.CONSENT_TARGET: "consent:TargetConsent",
    Step.QUALITY: "quality:QualityQuestion",
    Step.REVIEW: "review:Review",
}
_PICTURES = {Role.SOURCE: "pictures:SourcePictures", Role.TARGET: "pictures:TargetPictures"}
_SCREENS = ("project", "making", "explain", "faces", "result", "log", "zoom", "pictures")


def question(step: Step) -> type[Question]:
    """Return the screen that asks a question."""
    asked: type[Question] = screen(_QUESTIONS[step])
    return asked


def pictures(role: Role) -> type[PicturesScreen]:
    """Return the screen that shows one person's pictures of a project."""
    shown: type[PicturesScreen] = screen(_PICTURES[role])
    return shown


def screen(place: str) -> Any:
    """Return the screen class at `module:Name` among these modules."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(f"tui.screens.{module}"), name)


def preload() -> None:
    """Load them all. Takes a moment: call from a worker."""
    for place in (*_SCREENS, *_QUESTIONS.values()):
        importlib.import_module(f"tui.screens.{place.partition(':')[0]}")
