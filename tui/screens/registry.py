"""Screens that home does not wait for: loaded when one is shown first, or while the person looks at home."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from engine.role import Role
from tui.drafts.answers import Step

if TYPE_CHECKING:
    from tui.screens.pictures import PicturesScreen
    from tui.screens.question import Question

_SCREENS = (
    *("project", "making", "explain", "faces", "choose", "result", "results", "bin", "log", "zoom", "pictures"),
    "consents",
)


def question(step: Step) -> type[Question]:
    """Return the screen that asks a question."""
    asked: type[Question] = screen(_place_of_question(step))
    return asked


def _place_of_question(step: Step) -> str:
    match step:
        case Step.SOURCE:
            return "media:SourceQuestion"
        case Step.TARGET:
            return "media:TargetQuestion"
        case Step.PERSON:
            return "person:PersonQuestion"
        case Step.CONSENT_SOURCE:
            return "consent:SourceConsent"
        case Step.CONSENT_TARGET:
            return "consent:TargetConsent"
        case Step.QUALITY:
            return "quality:QualityQuestion"
        case Step.REVIEW:
            return "review:Review"


def pictures(role: Role) -> type[PicturesScreen]:
    """Return the screen that shows one person's pictures of a project."""
    match role:
        case Role.SOURCE:
            shown: type[PicturesScreen] = screen("pictures:SourcePictures")
        case Role.TARGET:
            shown = screen("pictures:TargetPictures")
    return shown


def screen(place: str) -> Any:
    """Return the screen class at `module:Name` among these modules."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(f"tui.screens.{module}"), name)


def preload() -> None:
    """Load them all. Takes a moment: call from a worker."""
    for place in (*_SCREENS, *map(_place_of_question, Step)):
        importlib.import_module(f"tui.screens.{place.partition(':')[0]}")
