"""What screens ask of the app, which alone knows the way from one screen to another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from tui.answers import Answers, Step


class NewProject(Message):
    """Ask the six questions from the beginning."""


class TryDemo(Message):
    """Make the demo project and start it."""


@dataclass
class OpenDraft(Message):
    """Go on with questions that were begun."""

    answers: Answers


@dataclass
class GoTo(Message):
    """Show another question."""

    step: Step


class StartProject(Message):
    """All is answered: make the project folder."""


class LeaveDraft(Message):
    """Back to home; the answers are kept."""


@dataclass
class OpenProject(Message):
    """Show how far a project is, or its result."""

    path: Path
    is_new: bool = False
    """Whether it was made a moment ago, by this wizard."""


@dataclass
class ShowFailure(Message):
    """Say calmly what went wrong."""

    title: str
    hint: str
    log: Path | None = None
