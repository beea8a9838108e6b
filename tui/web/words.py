"""How projects stand, in the words of the page: it shows and takes in, and what is to be decided the wizard asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from daemon.status import State
from tui.format import moment
from tui.projects.condition import Condition
from tui.projects.state_text import amount
from tui.projects.view import View

_ASKS = "The wizard asks what is still open."


def state_words(view: View) -> str:
    """Return how a project stands, in a sentence or two."""
    match view.condition:
        case Condition.DRAFT | Condition.WAITING:
            return _waiting(view)
        case Condition.QUEUED:
            return _queued(view)
        case Condition.RUNNING:
            return _running(view)
        case Condition.STOPPED:
            return "It stands still, since nobody is at work. It goes on from here, and nothing is lost."
        case Condition.PAUSED:
            return "Paused. In the wizard, p on its screen goes on from here; nothing is lost."
        case Condition.FAILED:
            return _failed(view)
        case Condition.DONE:
            return "The video is ready." if view.has_result else "Finished."


def ready_words(view: View, now: dt.datetime) -> str:
    """Return when the video should be there; empty where that cannot be told."""
    return f"ready {moment(view.ready_at, now)}" if view.ready_at is not None else ""


def title_of(view: View) -> str:
    """Return what the browser says of a page's project: how far it is comes first, where titles are cut."""
    share = f"{100 * view.share:.0f} % " if view.share is not None else ""
    return f"{share}{view.name}"


def standing_still(views: Sequence[View], *, is_watched: bool) -> int:
    """Return how many projects would go on if somebody were at work."""
    return 0 if is_watched else sum(view.needs_somebody for view in views)


def what_adding_does(view: View) -> str:
    """Return what becomes of a project that gets further photos or another video; empty where nothing was made yet."""
    if view.project is None:
        return ""
    if view.has_result:
        return "With more to learn from, the project goes back to work, and a new result takes the place of this one."
    return "What is added is learnt from, too: only what depends on it is made again."


def _waiting(view: View) -> str:
    if view.is_loose:
        return "Pictures or videos, and no project yet. In the wizard, Enter begins one with them."
    if view.path is None:
        return f"Questions are open. {_ASKS}"
    if view.project is None:
        return "Bring photos of the person who will appear, and the video; the wizard asks the rest, consent first."
    if view.status is None:
        return "It waits for you, in the wizard."
    said = f"{view.status.message} {view.status.hint}".strip()
    # Room on the disk nobody is asked for there.
    return f"{said} Answer it in the wizard." if view.status.state is State.WAITING else said


def _failed(view: View) -> str:
    failure = view.status.failure if view.status is not None else None
    return view.detail if failure is None else f"{failure.title} {failure.hint}"


def _queued(view: View) -> str:
    position = view.status.queue_position if view.status is not None else None
    if position is not None:
        return f"It waits for its turn: number {position} in the queue."
    return view.detail or "It goes on as soon as its turn comes."


def _running(view: View) -> str:
    status = view.status
    if view.is_elsewhere:
        return view.detail
    if status is None or status.stage is None:
        return "It is being worked on."
    doing, how_far = status.stage.facts.doing, amount(status)
    return f"{doing[0].upper()}{doing[1:]}{f': {how_far}' if how_far else ''}."
