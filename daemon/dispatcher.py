"""One round over all projects: take in what ended, decide, act, start whose turn it is, tell."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from daemon.announcements import Announcer
from daemon.claims import ALONE, Company
from daemon.clock import Moment
from daemon.hooks import Hooks
from daemon.publisher import Publisher
from daemon.reconcile import BUSY, Action, Decision, ProjectFacts, Timeouts, decide
from daemon.retry_policy import Consequence, End
from daemon.roster import Roster
from daemon.runner import Child, Command, note_in_log
from daemon.scheduling import Plan, Slots, plan
from daemon.settings import Settings
from daemon.status import State, read_status
from daemon.supervised import Supervised
from daemon.terms import Terms, terms_for
from daemon.workspace import Snapshot
from engine.host.cards import Card, usable_cards
from engine.project.stage import StageName

_log = logging.getLogger(__name__)

STOP_SECONDS = 7.0
"""Time for the stages at work when the daemon itself is asked to stop, which must take less than ten."""

_READING_SECONDS = 0.5
"""Time a round may spend on telling what is done in projects that changed; the rest waits for the next round."""


@dataclass(frozen=True)
class RoundResult:
    """What a round came to."""

    states: Mapping[str, State]
    """How each project stands, by its folder's name; those not studied yet are left out."""
    at_work: int
    """Stages at work."""
    is_restless: bool
    """The next round should follow at once: there is more to study, or a stage is about to end."""
    is_busy_elsewhere: int
    """Projects that somebody else works on."""


@dataclass
class _Case:
    """A project in this round."""

    project: Supervised
    facts: ProjectFacts
    decision: Decision
    position: int | None = None

    @property
    def stage(self) -> StageName | None:
        return self.project.attempt.stage if self.project.attempt else self.facts.next_stage


@dataclass(frozen=True)
class _Resting:
    """A project that changes only when a person does something: with a thousand of them a round stays cheap."""

    case: _Case
    snapshot: Snapshot | None
    today: dt.date

    def still_holds(self, moment: Moment) -> bool:
        return self.case.project.snapshot is self.snapshot and moment.today == self.today


class Dispatcher:
    """Goes round the projects."""

    def __init__(
        self,
        roster: Roster,
        hooks: Hooks,
        command: Command,
        wake: Callable[[], None],
        cards: Callable[[], Sequence[Card]] = usable_cards,
        company: Company = ALONE,
    ) -> None:
        self._company = company
        self._roster = roster
        self._hooks = hooks
        self._command = command
        self._wake = wake
        self._cards = cache(cards)
        self._voices: dict[Supervised, tuple[Publisher, Announcer]] = {}
        self._resting: dict[Supervised, _Resting] = {}
        self._is_restless = False

    def end_all(self, moment: Moment) -> None:
        """End the stages at work at once: what they work on may not be ours any more."""
        for project in self._roster:
            project.act(Action.KILL, moment)

    def run_round(self, moment: Moment, settings: Settings, *, is_stopping: bool) -> RoundResult:
        """Do once for every project what is to be done now."""
        self._is_restless = False
        reading_until = time.monotonic() + _READING_SECONDS
        cases: dict[str, _Case] = {}
        for project in self._roster:
            if (resting := self._resting.get(project)) is not None and resting.still_holds(moment):
                cases[project.name] = resting.case
                continue
            self._take_in(project, project.poll(), moment)
            settled_for = self._roster.settled_for(project, moment.monotonic)
            if project.needs_reading(settled_for, settings) and time.monotonic() > reading_until:
                self._is_restless = True
                continue
            case = self._decided(project, moment, settings, settled_for=settled_for, is_stopping=is_stopping)
            if case is not None:
                cases[project.name] = case
        self._start(cases, moment, settings)
        for case in cases.values():
            if case.project not in self._resting or not self._resting[case.project].still_holds(moment):
                self._tell(case, moment, settings)
        self._give_back()
        return self._summed_up(cases)

    def _decided(
        self, project: Supervised, moment: Moment, settings: Settings, *, settled_for: float, is_stopping: bool
    ) -> _Case | None:
        """Decide about a project and do at once what concerns its stage at work; None where nothing is to be told."""
        try:
            facts = project.facts(moment, settings, settled_for=settled_for, is_stopping=is_stopping)
        except OSError:
            # Files came or went under our eyes: another look tells which.
            self._roster.refresh(project, moment.monotonic)
            return None
        timeouts = Timeouts(settings.hang_seconds, STOP_SECONDS if is_stopping else settings.stop_seconds)
        decision = decide(facts, timeouts)
        if facts.child is not None and decision.action is not Action.NONE:
            _log.info("%s: %s", project.name, decision.message)
            if (end := project.act(decision.action, moment)) is not None:
                self._take_in(project, end, moment)
                # Nobody may be left to look once more: a daemon that ends is waiting for just this.
                return self._decided(project, moment, settings, settled_for=settled_for, is_stopping=is_stopping)
        if facts.exists:
            return _Case(project, facts, decision)
        if project.attempt is None:
            self._roster.drop(project)
            self._company.claims.let_go(project.name)
            self._forget(project)
        return None

    def _take_in(self, project: Supervised, end: End | None, moment: Moment) -> None:
        """Take in the end of a stage, if it has ended."""
        if end is None:
            return
        others = sum(each.attempt is not None for each in self._roster if each is not project)
        judgement = project.take_in(replace(end, others_at_work=others), moment)
        reason = f": {judgement.failure.title}" if judgement.failure else ""
        how = _how(project, end, judgement.consequence)
        _log.info("%s: %s %s%s", project.name, end.stage.facts.doing, how, reason)
        if judgement.consequence is not Consequence.DONE:
            note_in_log(project.folder, f"{end.stage} {how}", judgement.failure)
        self._roster.refresh(project, moment.monotonic)
        self._is_restless = True

    def _start(self, cases: Mapping[str, _Case], moment: Moment, settings: Settings) -> None:
        """Start whose turn it is, and give the others their place in the queue."""
        ready = {name: case for name, case in cases.items() if case.decision.action is Action.START}
        queue = [case.project.queued(case.facts.next_stage) for case in ready.values() if case.facts.next_stage]
        at_work = [project.attempt.stage for project in self._roster if project.attempt]
        if not at_work:
            for project in self._roster:
                project.others_have_ended()
        cards = self._cards() if queue else ()
        # Two trainings on one card would take its memory from each other.
        trains_here = cards and settings.launch.launcher_of(StageName.TRAIN) is None
        trainings = max(1, len(cards) // settings.cards_a_training)
        heavy = min(settings.heavy_jobs, trainings) if trains_here else settings.heavy_jobs
        slots = Slots(heavy, settings.beside())
        whose: Plan = plan(queue, at_work, slots)
        # Together they are to fill the machine once; a single one may have all of it.
        among = max(1, min(slots.heavy + slots.light, len(at_work) + len(queue)))
        for name in whose.starts:
            held = [project.place for project in self._roster if project.place]
            stage = ready[name].facts.next_stage
            terms = terms_for(stage, settings, among, cards, held) if stage else None
            self._start_one(ready[name], moment, terms)
        for position, name in enumerate(whose.waiting, start=1):
            ready[name].position = position
            ready[name].project.passed_over += name in whose.passed_over

    def _start_one(self, case: _Case, moment: Moment, terms: Terms | None) -> None:
        project, stage = case.project, case.facts.next_stage
        assert stage is not None
        if not self._is_ours(project, moment):
            case.decision = Decision(State.QUEUED, "Another machine is at work on this project.")
            return
        if terms is None:
            case.decision = Decision(State.QUEUED, "Waiting for a conversion to leave the graphics card.")
            return
        begin = partial(
            Child,
            command=self._command,
            environment=terms.environment,
            launcher=terms.launcher,
            on_end=self._wake,
        )
        try:
            is_started = project.start(stage, begin, moment)
        except OSError as error:
            _log.warning("%s: %s cannot be started: %s", project.name, stage.facts.doing, error)
            project.put_off(moment)
            return
        if not is_started:
            case.decision = BUSY
            return
        project.place = terms.place
        _log.info("%s: %s", project.name, stage.facts.doing)
        case.decision = Decision(State.RUNNING, f"{stage.facts.doing.capitalize()}.")

    def _is_ours(self, project: Supervised, moment: Moment) -> bool:
        """Claim a project; where others were at it since we looked, the next round begins anew with it."""
        claims, seen = self._company.claims, project.snapshot
        if claims.has(project.name):
            return True
        if not claims.take(project.name):
            project.set_aside(moment)
            return False
        self._roster.refresh(project, moment.monotonic)
        status = read_status(project.folder)
        if status is not None and status != project.status_was and status.daemon != self._company.host.mark:
            self._forget(project)
            self._roster.renew(project)
        elif project.snapshot is seen:
            return True
        claims.let_go(project.name)
        self._is_restless = True
        return False

    def _forget(self, project: Supervised) -> None:
        self._voices.pop(project, None)
        self._resting.pop(project, None)

    def _give_back(self) -> None:
        """Let other machines have what no stage of ours is at work on."""
        for project in self._roster:
            if project.attempt is None:
                self._company.claims.let_go(project.name)

    def _tell(self, case: _Case, moment: Moment, settings: Settings) -> None:
        """Run the user's command, then write the status: killed in between, the next daemon runs it again."""
        project = case.project
        if not self._roster.holds(project):
            return
        if project not in self._voices:
            self._voices[project] = (Publisher(project, self._company.host), Announcer(project))
        publisher, announcer = self._voices[project]
        if not self._company.claims.has(project.name):
            is_due = publisher.is_due(case.decision, case.stage, case.position, moment)
            if is_due and not self._is_ours(project, moment):
                return
        announcer.tell(case.decision, self._hooks, settings.hook, moment.monotonic)
        is_written = publisher.publish(case.decision, case.stage, case.position, moment)
        if is_written and case.decision.state.is_resting:
            self._resting[project] = _Resting(case, project.snapshot, moment.today)
        else:
            self._resting.pop(project, None)

    def _summed_up(self, cases: Mapping[str, _Case]) -> RoundResult:
        attempts = [project.attempt for project in self._roster if project.attempt]
        return RoundResult(
            {name: case.decision.state for name, case in cases.items()},
            at_work=len(attempts),
            is_restless=self._is_restless or any(attempt.is_ending for attempt in attempts),
            is_busy_elsewhere=sum(case.facts.is_busy for case in cases.values()),
        )


def _how(project: Supervised, end: End, consequence: Consequence) -> str:
    """Return how a stage ended, in the words of the log."""
    if not project.folder.path.exists():
        return "ended with its folder"
    if consequence is Consequence.INTERRUPTED and end.ended.was_killed:
        return "took too long to stop and was ended"
    return consequence.words
