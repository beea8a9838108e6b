"""What screens ask of the app, which alone knows the way from one screen to another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from engine.project.stage import StageName
from engine.role import Role
from tui.drafts.answers import Answers, Step
from tui.projects.media_edits import ProjectMedia


@dataclass
class NewProject(Message):
    """Ask all questions from the beginning."""

    source: Path | None = None
    """A folder of pictures of the person who will appear, where one is known."""


class TryDemo(Message):
    """Make the demo project and start it."""


@dataclass
class NewAgain(Message):
    """Put the person who appears in a project into another video: a new project that begins with what this one has."""

    path: Path


@dataclass
class RenameProject(Message):
    """Give a project another name."""

    path: Path


@dataclass
class DeleteProject(Message):
    """Move a project into the bin, after asking."""

    path: Path


class UndoDeletion(Message):
    """Bring back the project that was deleted last."""


class OpenBin(Message):
    """Show what was deleted."""


@dataclass
class OpenDraft(Message):
    """Go on with questions that were begun."""

    answers: Answers


@dataclass
class DropDraft(Message):
    """Throw answers away, after asking."""

    answers: Answers


@dataclass
class GoTo(Message):
    """Show another question."""

    step: Step


class StartProject(Message):
    """All is answered: make the project folder."""


class ShowHome(Message):
    """Back to home: what was in view is over."""


class LeaveDraft(Message):
    """Back to home; the answers are kept."""


@dataclass
class OpenProject(Message):
    """Show how far a project is, or its result."""

    path: Path
    is_new: bool = False
    """Whether it was made a moment ago, by this wizard."""
    answered: Answers | None = None
    """The questions that a new project was made from: they are over."""
    is_restarted: bool = False
    """Whether something was changed that is to be made again now."""


@dataclass
class ProjectEnded(Message):
    """Told to the screen in view: a project is ready, or has failed."""

    path: Path | None


class OfferDaemon(Message):
    """A new project is in view, and nobody works on it: offer to start."""


@dataclass
class ShowFailure(Message):
    """Say calmly what went wrong."""

    title: str
    hint: str
    log: Path | None = None


@dataclass
class WorkFailed(Message):
    """Say what went wrong in the background."""

    error: BaseException


@dataclass
class AnswerFolder(Message):
    """Ask what is still open of a folder that was dropped into the workspace."""

    path: Path


@dataclass
class OpenResult(Message):
    """Show what came out."""

    path: Path


@dataclass
class OpenResults(Message):
    """Show all results of a project, those that gave way to newer ones included."""

    path: Path


@dataclass
class OpenFaces(Message):
    """Look through the faces that were found."""

    path: Path


@dataclass
class ChoosePerson(Message):
    """Say who of those seen is one of the two people."""

    path: Path
    role: Role = Role.TARGET


@dataclass
class OpenPictures(Message):
    """Show the pictures of a project, to add some or take some out."""

    media: ProjectMedia
    role: Role = Role.SOURCE
    is_turn: bool = False
    """Whether the other person's were in view."""


@dataclass
class OpenConsent(Message):
    """Show what both people of a project agreed to."""

    path: Path


@dataclass
class EditSettings(Message):
    """Change the settings of a project that was started."""

    path: Path


@dataclass
class ExplainStage(Message):
    """Show step by step what happens in a stage."""

    stage: StageName
    project: Path | None = None
    """Whose picture is explained; None shows the bundled clips."""


@dataclass
class ShowLog(Message):
    """Show the end of a log."""

    path: Path


@dataclass
class CheckMedia(Message):
    """Other media were chosen for a person: have the engine look at them."""

    role: Role


@dataclass
class CheckChanged(Message):
    """Told to the screen in view: more is known about one person's media."""

    role: Role


class PaceChanged(Message):
    """Told to the screen in view: more is known about how fast this machine is."""


@dataclass
class ShowPicture(Message):
    """Show a picture over the whole screen."""

    title: str
    path: Path
    columns_of_squares: int = 0
    """See `Part`."""
    pair: int | None = None
    """See `Part`."""
    captions: tuple[str, ...] = ()
    """What its columns are, from the left."""
