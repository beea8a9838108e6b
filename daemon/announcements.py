"""Say it once when a project's state changes: a line in the daemon's log, and the user's own command."""

from __future__ import annotations

import logging

from daemon.hooks import Happening, Hooks
from daemon.publisher import result_of
from daemon.reconcile import Decision
from daemon.settings import HookEvent, HookSettings
from daemon.status import State
from daemon.supervised import Supervised

_log = logging.getLogger(__name__)


class Announcer:
    """Remembers what was said of one project; what an earlier daemon said of it is in the status it left."""

    def __init__(self, project: Supervised) -> None:
        self._project = project
        self._state = project.status_was.state if project.status_was else None
        self._message: str | None = None

    def tell(self, decision: Decision, hooks: Hooks, settings: HookSettings, now: float) -> None:
        """Say how the project stands, unless that was said before."""
        if decision.state is State.ARRIVING or (decision.state, decision.message) == (self._state, self._message):
            return
        was_said = decision.state is self._state and self._message is None
        self._state, self._message = decision.state, decision.message
        if was_said:
            return
        # What moves is told by the lines on arrivals, and on the start and end of stages.
        if not decision.state.is_moving:
            _log.info("%s: %s: %s", self._project.name, decision.state, decision.message)
        if (event := _event_of(decision.state)) is not None:
            hooks.happened(self._happening(event, decision), settings, now)

    def _happening(self, event: HookEvent, decision: Decision) -> Happening:
        project, folder = self._project, self._project.folder
        result = result_of(folder) if event is HookEvent.DONE else None
        wanted = project.project
        return Happening(
            event,
            project=wanted.name if wanted else project.name,
            folder=folder.path,
            title=decision.message,
            hint=decision.hint,
            result=folder.path / result if result else None,
            log=folder.log_file,
        )


def _event_of(state: State) -> HookEvent | None:
    match state:
        case State.FINISHED:
            return HookEvent.DONE
        case State.FAILED:
            return HookEvent.FAILED
        case State.ARRIVING | State.WAITING | State.QUEUED | State.RUNNING | State.PAUSED | State.NO_ROOM:
            return None
