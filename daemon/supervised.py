"""One project under the daemon's care: snapshots of it, the try at its stage, what is remembered, what is told."""

from __future__ import annotations

import datetime as dt
from collections import deque
from dataclasses import replace

from daemon.attempt import Attempt
from daemon.clock import Moment
from daemon.derived_state import DerivedState
from daemon.disk import Lacked, Room, free_bytes, room_for
from daemon.placing import Place
from daemon.reconcile import Action, ChildFacts, ProjectFacts
from daemon.retry_policy import Consequence, End, Judgement, Tries, delay_seconds, judge
from daemon.runner import Begin
from daemon.scheduling import QueuedProject
from daemon.settings import Settings
from daemon.status import LossPoint, Memory, Status, read_status
from daemon.workspace import Snapshot
from engine.errors import CutShort, UnderstudioError
from engine.host.machine import cores
from engine.project.folder import ProjectFolder
from engine.project.limits import tighten
from engine.project.lock import is_free
from engine.project.markers import fingerprint, is_done
from engine.project.settings import Project, Wanted
from engine.project.stage import Outcome, Progress, StageName
from engine.records.failure import Failure

_BUSY_SECONDS = 0.5
_PUT_OFF_SECONDS = 5.0

_ROOM_SECONDS = 600.0
"""After this a project that ran out of room is tried again although no more is free: a quota shows nowhere."""

_CROWDED_SECONDS = 600.0
"""After this a project whose memory ran out beside others is tried again although they are still at work."""

_AWAY_SECONDS = 30.0
"""After this a cluster that was not there is looked for again."""

_LOSSES = 120


class Supervised:
    """A project and everything the daemon knows about it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.folder = ProjectFolder(snapshot.path)
        self.snapshot: Snapshot | None = snapshot
        self.derived = DerivedState(self.folder)
        self.attempt: Attempt | None = None
        self.place: Place | None = None
        """Where the stage at work computes; None where it loads no network, or where there is no graphics card."""
        self.failure: Failure | None = None
        self.losses: deque[LossPoint] = deque(maxlen=_LOSSES)
        self.started_at: dt.datetime | None = None
        self._started_with = ""
        self._started_wanted = Wanted.RUN
        self._retry_at = self._busy_until = self._room_until = 0.0
        self._arriving_since: float | None = None
        self._waits_for_others = False
        self._away: Failure | None = None
        self._lacked: Lacked | None = None
        self._compared: tuple[str, bool] | None = None
        status = read_status(self.folder)
        memory = status.memory if status else Memory()
        self.status_was = status
        """What an earlier daemon wrote last; None where there is nothing."""
        self.arrival = memory.arrival
        self.passed_over = memory.passed_over
        self.tries = Tries()
        self._inputs = snapshot.inputs
        self._remember(status)

    @property
    def name(self) -> str:
        """Name of the folder: unique in the workspace."""
        return self.folder.path.name

    @property
    def project(self) -> Project | None:
        """What the project file says; None where it cannot be read."""
        return self.derived.parsed(self.snapshot).project if self.snapshot else None

    def needs_reading(self, settled_for: float, settings: Settings) -> bool:
        """Return whether the next decision means reading media files."""
        if self.snapshot is None or self.attempt is not None or settled_for < settings.settle_seconds:
            return False
        return self.project is not None and not self.derived.is_known(self.snapshot)

    def see(self, snapshot: Snapshot | None) -> None:
        """Take in a new snapshot; None where the folder is gone."""
        if snapshot is not None and snapshot.inputs != self._inputs:
            # Whatever went wrong went wrong with other inputs.
            self._inputs, self.failure, self.tries, self._lacked = snapshot.inputs, None, Tries(), None
            self._retry_at = 0.0
        # The same snapshot stays the same object, which tells at no cost that nothing changed.
        self.snapshot = self.snapshot if snapshot == self.snapshot else snapshot

    def facts(self, moment: Moment, settings: Settings, *, settled_for: float, is_stopping: bool) -> ProjectFacts:
        """Return all that the decision about this project depends on.

        Raises:
            FileNotFoundError: Files vanished while they were looked at.
        """
        snapshot, now = self.snapshot, moment.monotonic
        if snapshot is None:
            return ProjectFacts(exists=False, child=self.attempt.facts(now) if self.attempt else None)
        parsed = self.derived.parsed(snapshot)
        is_settled = settled_for >= settings.settle_seconds
        self._arriving_since = None if is_settled else self._arriving_since or now
        stage = self.attempt.stage if self.attempt else None
        if stage is None and is_settled:
            stage = self.derived.next_stage(snapshot)
        return ProjectFacts(
            is_settled=is_settled,
            arriving_seconds=now - (self._arriving_since or now),
            newest=snapshot.newest,
            wanted=parsed.project.wanted if parsed.project else Wanted.RUN,
            problem=self.derived.problem(snapshot),
            missing=self.derived.missing(snapshot, moment.today),
            next_stage=stage,
            failure=self.failure,
            child=self._child_facts(snapshot, now, is_settled),
            room=self._room(stage, snapshot, settings, now),
            is_busy=self._busy_until > now,
            retry_seconds=max(0.0, self._retry_at - now),
            waits_for_others=self._waits_for_others,
            away=self._away,
            is_stopping=is_stopping,
        )

    def queued(self, stage: StageName) -> QueuedProject:
        """Return this project as one that waits for its turn."""
        project = self.project
        return QueuedProject(self.name, stage, project.priority if project else 0, self.arrival, self.passed_over)

    def start(self, stage: StageName, begin: Begin, moment: Moment) -> bool:
        """Start a stage, unless somebody else works on the project; return whether it was started.

        Raises:
            OSError: It cannot be started, or files vanished.
        """
        assert self.snapshot is not None
        if not is_free(self.folder.lock_file):
            self.set_aside(moment)
            return False
        project = self.project
        self._started_with = self.derived.fingerprint(self.snapshot, stage)
        self._started_wanted = project.wanted if project else Wanted.RUN
        self._compared = None
        self.attempt = Attempt(begin(stage, self.folder))
        self.started_at = moment.wall
        self.passed_over = 0
        return True

    def others_have_ended(self) -> None:
        """Take note that no other stage is at work: whoever waited for their memory need not any longer."""
        if self._waits_for_others:
            self._waits_for_others, self._retry_at = False, 0.0

    def set_aside(self, moment: Moment) -> None:
        """Take note that somebody else works on the project just now."""
        self._busy_until = moment.monotonic + _BUSY_SECONDS

    def put_off(self, moment: Moment) -> None:
        """Wait a while before the next try to start a stage."""
        self._retry_at = moment.monotonic + _PUT_OFF_SECONDS

    def poll(self) -> End | None:
        """Return how the stage at work has ended; None where it has not, or where none is at work."""
        return self.attempt.poll() if self.attempt else None

    def act(self, action: Action, moment: Moment) -> End | None:
        """Ask the stage at work to stop, or end it; return how it ended, if it has."""
        if self.attempt is None:
            return None
        match action:
            case Action.STOP:
                self.attempt.ask_to_stop(moment.monotonic)
            case Action.KILL | Action.KILL_HUNG:
                return self.attempt.cut_off(as_hung=action is Action.KILL_HUNG)
            case Action.NONE | Action.START:
                pass
        return None

    def take_in(self, end: End, moment: Moment) -> Judgement:
        """Draw the consequences of the end of a stage, and return them."""
        self.attempt = self.started_at = self.place = None
        self._waits_for_others, self._away = False, None
        judgement = judge(self._checked(end), self.tries)
        self.tries = judgement.tries
        now = moment.monotonic
        self._retry_at = now + delay_seconds(self.tries)
        match judgement.consequence:
            case Consequence.FAILED:
                self.failure = judgement.failure
            case Consequence.SMALLER if not self._make_smaller(end.stage):
                self.failure = judgement.failure
                return replace(judgement, consequence=Consequence.FAILED)
            case Consequence.ROOM:
                said = judgement.failure.title.rstrip(".") if judgement.failure else ""
                self._lacked = Lacked(free_bytes(self.folder.path) or 0, said)
                self._room_until = now + _ROOM_SECONDS
            case Consequence.BUSY:
                self.set_aside(moment)
            case Consequence.AWAY:
                self._away, self._retry_at = judgement.failure, now + _AWAY_SECONDS
            case Consequence.CROWDED:
                self._waits_for_others = True
                self._retry_at = now + _CROWDED_SECONDS
            case Consequence.DONE | Consequence.INTERRUPTED | Consequence.AGAIN | Consequence.SMALLER:
                pass
        return judgement

    def _checked(self, end: End) -> End:
        """Turn an end that claims to be done, and left no proof of it, into a death: else it would go on for ever."""
        if end.ended.outcome is not Outcome.DONE or self.snapshot is None or self.project is None:
            return end
        try:
            is_same = fingerprint(self.folder, self.project, end.stage) == self._started_with
            is_proven = not is_same or is_done(self.folder, self.project, end.stage)
        except (OSError, UnderstudioError):
            return end
        return end if is_proven else replace(end, ended=replace(end.ended, outcome=None))

    def hear(self) -> Progress | None:
        """Return how far the stage at work is, and note its loss."""
        progress = self.attempt.progress if self.attempt else None
        if progress is not None and progress.loss is not None and progress.step is not None:
            if self.losses and self.losses[-1].step > progress.step:
                self.losses.clear()
            if not self.losses or self.losses[-1].step < progress.step:
                self.losses.append(LossPoint(step=progress.step, loss=progress.loss))
        return progress

    def memory(self) -> Memory:
        """Return what a later daemon wants to know."""
        return Memory.of(self.tries, arrival=self.arrival, passed_over=self.passed_over, inputs=self._inputs)

    def _remember(self, status: Status | None) -> None:
        """Take up what an earlier daemon left in the status, as far as it belongs to the present inputs."""
        if status is None:
            return
        self.losses.extend(status.losses)
        if status.memory.inputs == self._inputs:
            self.tries = status.memory.tries
            self.failure = status.failure or _word_wanted(status)

    def _child_facts(self, snapshot: Snapshot, now: float, is_settled: bool) -> ChildFacts | None:
        if self.attempt is None:
            return None
        return self.attempt.facts(now, is_outdated=self._is_outdated(snapshot, is_settled))

    def _is_outdated(self, snapshot: Snapshot, is_settled: bool) -> bool:
        """Return whether the stage at work works with what is no longer wanted."""
        assert self.attempt is not None
        project = self.derived.parsed(snapshot).project
        if project is None:
            return False
        stage = self.attempt.stage
        if stage is StageName.TRAIN and project.wanted is Wanted.FINISH is not self._started_wanted:
            return True
        if not is_settled:
            return False
        if self._compared is None or self._compared[0] != snapshot.inputs:
            self._compared = (snapshot.inputs, self.derived.fingerprint(snapshot, stage) != self._started_with)
        return self._compared[1]

    def _room(self, stage: StageName | None, snapshot: Snapshot, settings: Settings, now: float) -> Room | None:
        if stage is None or (free := free_bytes(snapshot.path)) is None:
            return None
        return room_for(
            free=free,
            min_free_mb=settings.min_free_mb,
            lacked=self._lacked if now < self._room_until else None,
        )

    def _make_smaller(self, stage: StageName) -> bool:
        """Note tighter bounds for a stage that ran out of memory; return whether they could be any tighter."""
        project = self.project
        if project is None:
            return True
        try:
            return tighten(self.folder, project, stage, cores())
        except (UnderstudioError, OSError):
            return True


def _word_wanted(status: Status) -> Failure | None:
    """Return what a stage came upon that a project waits with; what lacks before any stage is found again."""
    return status.missing if status.missing is not None and status.missing.is_a(CutShort) else None
