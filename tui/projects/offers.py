"""What can be done with a project right now, by the names of its screen's actions. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from engine.project.stage import StageName
from tui.projects.condition import Condition
from tui.projects.state_text import asks_for_consent, is_cut_short
from tui.projects.view import View
from tui.projects.work_text import queue_words


def offers_of(view: View | None, views: Sequence[View], *, is_watched: bool) -> dict[str, bool]:
    """Return whether each action that depends on it is offered; others always are.

    Args:
        view: How the project stands; None while that is not known, when none is offered.
        views: All projects.
        is_watched: Whether somebody carries projects on in the background.
    """
    if view is None:
        return dict.fromkeys(_ACTIONS, False)
    condition, is_training = view.condition, _is_training(view)
    has_project = view.project is not None
    return {
        "answer": condition is Condition.WAITING and not is_cut_short(view) and not asks_for_consent(view),
        "see_consent": asks_for_consent(view),
        "take_what_is_there": is_cut_short(view),
        "retry": condition is Condition.FAILED,
        "pause": view.needs_somebody,
        "resume": condition is Condition.PAUSED,
        "finish": is_training,
        "go_first": bool(queue_words(view, views, is_watched=is_watched)),
        "start_daemon": not is_watched,
        "zoom": view.picture is not None,
        "foretaste": view.foretaste is not None,
        "result": view.has_result,
        "settings": has_project,
        "choose": has_project,
        "consent": has_project,
        "again": has_project and not condition.is_under_way,
        "pictures": has_project and not is_training,
        "more_pictures": is_training,
    }


_ACTIONS = (
    *("answer", "see_consent", "take_what_is_there", "retry", "pause", "resume", "finish", "go_first", "start_daemon"),
    *("zoom", "foretaste", "result", "settings", "choose", "consent", "again", "pictures", "more_pictures"),
)


def _is_training(view: View) -> bool:
    status = view.status
    return status is not None and status.stage is StageName.TRAIN and bool(status.progress)
