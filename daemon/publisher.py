"""Tell people and programs how each project stands: writes `status.json` where there is something new to say."""

from __future__ import annotations

import logging

from daemon.clock import Moment
from daemon.derived_state import stages_before
from daemon.note import note_of
from daemon.reconcile import Decision
from daemon.status import HEARTBEAT_SECONDS, LoggedFailure, State, Status, write_status
from daemon.supervised import Supervised
from engine.files.refusal import refusal_of
from engine.files.safe_open import leads_out
from engine.host.machine import Host
from engine.project.folder import ProjectFolder
from engine.project.markers import finished_video
from engine.project.persons import persons_words
from engine.project.stage import StageName
from engine.records.failure import Failure

_log = logging.getLogger(__name__)

_LEAST_SECONDS = 1.0
"""Between two writings that differ only in how far a stage is."""


class Publisher:
    """Writes the status of one project."""

    def __init__(self, project: Supervised, host: Host) -> None:
        self._project = project
        self._host = host
        self._last = project.status_was
        self._last_at = float("-inf")
        self._is_unwell = False

    def publish(self, decision: Decision, stage: StageName | None, position: int | None, moment: Moment) -> bool:
        """Write the status, if it says anything new or a heartbeat is due.

        Returns:
            Whether the file says what there is to say; a full disk only puts it off.
        """
        if self._is_kept(decision):
            return False
        try:
            status = self._status(decision, stage, position, moment)
            if not self._is_due(status, moment.monotonic):
                return self._says(status)
            write_status(self._project.folder, status)
        except OSError as error:
            if not self._is_unwell:
                why = refusal_of(error)
                words = f"{why.title} {why.hint}" if why else str(error)
                _log.warning("%s: the status cannot be written: %s", self._project.name, words)
            self._is_unwell = True
            return False
        self._is_unwell = False
        self._last, self._last_at = status, moment.monotonic
        return True

    def is_due(self, decision: Decision, stage: StageName | None, position: int | None, moment: Moment) -> bool:
        """Return whether the status says anything new, or a heartbeat is due."""
        try:
            return not self._is_kept(decision) and self._is_due(
                self._status(decision, stage, position, moment), moment.monotonic
            )
        except OSError:
            return True

    def _is_kept(self, decision: Decision) -> bool:
        """Return whether what an earlier daemon wrote is left standing while this one takes its first looks."""
        return decision.state is State.ARRIVING and self._last is not None and self._last.state.is_resting

    def _says(self, status: Status) -> bool:
        """Return whether the file differs from `status` in nothing but its time and who wrote it."""
        if self._last is None:
            return False
        written = {name: getattr(self._last, name) for name in ("updated_at", "host", "daemon")}
        return status.model_copy(update=written) == self._last

    def _is_due(self, status: Status, now: float) -> bool:
        age = now - self._last_at
        if self._last is None or (self._last.state, self._last.message) != (status.state, status.message):
            return True
        if status.state is State.RUNNING and age >= HEARTBEAT_SECONDS:
            return True
        return age >= _LEAST_SECONDS and not self._says(status)

    def _status(self, decision: Decision, stage: StageName | None, position: int | None, moment: Moment) -> Status:
        project, folder = self._project, self._project.folder
        wanted = project.project
        failure = decision.failure
        is_failed = decision.state is State.FAILED
        return Status(
            name=wanted.name if wanted else project.name,
            state=decision.state,
            message=decision.message,
            hint=decision.hint,
            note=note_of(folder, wanted, project.attempt.progress if project.attempt else None),
            persons=persons_words(folder, wanted) if wanted and stage is not StageName.EXTRACT else (),
            queue_position=position,
            stage=stage,
            stages_done=stages_before(stage),
            progress=project.hear(),
            losses=tuple(project.losses),
            preview=_newest_preview(folder),
            result=result_of(folder) if decision.state is State.FINISHED else None,
            failure=_logged(failure, folder) if failure and is_failed else None,
            missing=failure if decision.state is State.WAITING else None,
            host=self._host.name,
            daemon=self._host.mark,
            child_pid=project.attempt.pid if project.attempt else None,
            stage_started_at=project.started_at,
            updated_at=moment.wall,
            memory=project.memory(),
        )


def _logged(failure: Failure, folder: ProjectFolder) -> LoggedFailure:
    return LoggedFailure.model_validate({**failure.model_dump(), "log": str(folder.log_file)})


def result_of(folder: ProjectFolder) -> str | None:
    """Return where the finished video lies, relative to the project folder."""
    path = finished_video(folder, folder.load())
    return str(path.relative_to(folder.path)) if path is not None else None


def _newest_preview(folder: ProjectFolder) -> str | None:
    newest = max(folder.previews.glob("step-*.jpg"), default=None)
    return None if newest is None or leads_out(newest, folder.path) else newest.relative_to(folder.path).as_posix()
