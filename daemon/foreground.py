"""Carry one project to its result without a daemon: each stage a child, one after the other."""

from __future__ import annotations

import datetime as dt
import time
from contextlib import suppress
from dataclasses import dataclass

from daemon.attempt import Attempt
from daemon.reconcile import Timeouts
from daemon.retry_policy import Consequence, End, Judgement, Tries, delay_seconds, judge
from daemon.runner import Child, Command, engine_command, note_in_log
from daemon.settings import Settings, load_settings
from daemon.workspace import refused_project
from engine.errors import ConsentMissing, ProjectError, UnderstudioError
from engine.host.machine import cores
from engine.project.consent import require_consent
from engine.project.folder import ProjectFolder
from engine.project.limits import tighten
from engine.project.markers import next_stage
from engine.project.persons import unclear_person
from engine.project.settings import Project
from engine.project.stage import ExitCode, OnProgress, Progress, ShouldStop, StageName
from engine.records.failure import Failure

_LOOK_SECONDS = 0.1
_CONSENT_SECONDS = 2.0
"""How often it is asked, while a stage is at work, whether both people still agree."""


_TIMEOUTS = Timeouts(hang_seconds=900.0, stop_seconds=60.0)


@dataclass(frozen=True)
class RunResult:
    """How a run in the foreground ended."""

    exit_code: ExitCode
    failure: Failure | None = None
    """Set where the exit code is FAILED or BUG."""

    @property
    def title(self) -> str:
        """What went wrong, in a sentence; empty where nothing did."""
        return self.failure.title if self.failure is not None else ""

    @property
    def hint(self) -> str:
        """What to do now; empty where nothing went wrong."""
        return self.failure.hint if self.failure is not None else ""


def run_project(
    folder: ProjectFolder,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    *,
    command: Command = engine_command,
    timeouts: Timeouts = _TIMEOUTS,
) -> RunResult:
    """Run all stages that are left, and return when the project is finished, stopped or failed.

    A stage that dies is tried again, one that runs out of memory with less at a time, as the daemon does.

    Args:
        folder: The project.
        on_progress: Told how far the running stage is.
        should_stop: Asked several times a second; the running stage then gets time to reach its safe point.
        command: Gives a stage's command line.
        timeouts: How long to wait for what.

    Raises:
        ProjectError: The project file is not valid, or consent is missing or has ended meanwhile.
    """
    tries = Tries()
    finished: StageName | None = None
    while not should_stop():
        project = folder.load()
        require_consent(project, dt.date.today())
        stage = next_stage(folder, project)
        if stage is None:
            return RunResult(ExitCode.DONE)
        if stage is finished:
            return _endless(stage)
        if (obstacle := _obstacle(folder, project, stage)) is not None:
            return RunResult(ExitCode.FAILED, obstacle)
        settings = _settings(folder)
        launcher = settings.launch.launcher_of(stage)
        child = Child(stage, folder, command=command, environment=settings.for_stages(), launcher=launcher)
        reasons = _ReasonsToStop(folder, should_stop)
        end = _run_stage(child, on_progress, reasons.are_there, timeouts)
        if reasons.has_consent_ended:
            continue
        judgement = judge(end, tries)
        tries = judgement.tries
        if judgement.consequence is not Consequence.DONE:
            note_in_log(folder, f"{stage} {judgement.consequence.words}", judgement.failure)
        finished = stage if judgement.consequence is Consequence.DONE else None
        if (result := _react(folder, end, judgement)) is not None:
            return result
        _wait(delay_seconds(tries), should_stop)
    return RunResult(ExitCode.INTERRUPTED)


def _obstacle(folder: ProjectFolder, project: Project, stage: StageName) -> Failure | None:
    """Return why a stage need not be begun: said now, and not after hours of training."""
    if (refused := refused_project(folder.path)) is not None:
        return refused
    unclear = unclear_person(folder, project) if stage is StageName.TRAIN else None
    return Failure.of(unclear) if unclear is not None else None


class _ReasonsToStop:
    """Whether a stage at work is to stop: somebody asks for it, or one of the two people no longer agrees."""

    def __init__(self, folder: ProjectFolder, should_stop: ShouldStop) -> None:
        self.has_consent_ended = False
        self._folder = folder
        self._should_stop = should_stop
        self._asked_at = time.monotonic()

    def are_there(self) -> bool:
        if not self.has_consent_ended and time.monotonic() - self._asked_at > _CONSENT_SECONDS:
            self._asked_at = time.monotonic()
            self.has_consent_ended = _has_consent_ended(self._folder)
        return self.has_consent_ended or self._should_stop()


def _has_consent_ended(folder: ProjectFolder) -> bool:
    try:
        require_consent(folder.load(), dt.date.today())
    except ConsentMissing:
        return True
    except ProjectError:
        # Somebody may be in the middle of writing it. Before the next stage it has to be valid.
        return False
    return False


def _settings(folder: ProjectFolder) -> Settings:
    """Return what the workspace around a project sets for its stages; settings that are not valid set nothing."""
    try:
        return load_settings(folder.path.parent)
    except ProjectError:
        return Settings()


def _run_stage(child: Child, on_progress: OnProgress, should_stop: ShouldStop, timeouts: Timeouts) -> End:
    """Follow a child to its end, whatever that is; no child is left behind."""
    attempt = Attempt(child)
    told: Progress | None = None
    try:
        while (end := attempt.poll()) is None:
            now = time.monotonic()
            if should_stop():
                attempt.ask_to_stop(now)
            facts = attempt.facts(now)
            if (facts.asked_seconds or 0.0) > timeouts.stop_seconds:
                return attempt.cut_off()
            if facts.silent_seconds > timeouts.hang_seconds:
                return attempt.cut_off(as_hung=True)
            if (progress := attempt.progress) is not None and progress is not told:
                on_progress(told := progress)
            time.sleep(_LOOK_SECONDS)
    finally:
        child.kill()
    return end


def _react(folder: ProjectFolder, end: End, judgement: Judgement) -> RunResult | None:
    """Return the result where the run is over, None where it goes on."""
    match judgement.consequence:
        case Consequence.DONE | Consequence.AGAIN:
            return None
        case Consequence.INTERRUPTED:
            # Unasked it stops where a cluster is gone; whether that is back, or why not, the next try tells.
            return RunResult(ExitCode.INTERRUPTED) if end.was_asked else None
        case Consequence.SMALLER if _make_smaller(folder, end.stage):
            return None
        case (
            Consequence.SMALLER
            | Consequence.CROWDED
            | Consequence.ROOM
            | Consequence.BUSY
            | Consequence.AWAY
            | Consequence.FAILED
        ):
            is_bug = judgement.failure is not None and judgement.failure.is_bug
            return RunResult(ExitCode.BUG if is_bug else ExitCode.FAILED, judgement.failure)


def _make_smaller(folder: ProjectFolder, stage: StageName) -> bool:
    with suppress(UnderstudioError):
        return tighten(folder, folder.load(), stage, cores())
    return False


def _endless(stage: StageName) -> RunResult:
    """Answer a stage that says it is done when it is not, rather than run it for ever."""
    title = f"The stage {stage} ended well and yet left its work undone."
    hint = "If its files were changed meanwhile, start again; otherwise the log tells more. Nothing is lost."
    return RunResult(ExitCode.BUG, Failure.bug(title, hint))


def _wait(seconds: float, should_stop: ShouldStop) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not should_stop():
        time.sleep(_LOOK_SECONDS)
