"""The loop: wake, look, go round, sleep. Signals and file events only cut the sleep short."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from daemon.claims import Company
from daemon.clock import Clock, system_clock
from daemon.dispatcher import Dispatcher, RoundResult
from daemon.hooks import Hooks
from daemon.roster import Roster
from daemon.runner import Command, engine_command
from daemon.settings import Settings, SettingsReader
from daemon.status import State
from daemon.systemd import Notifier
from daemon.wake import StopFlag, Wake
from engine.host.cards import Card, usable_cards
from engine.project.stage import ExitCode

_log = logging.getLogger(__name__)

_LOOK_SHARE = 0.008
"""Share of the time that looking at the workspace may take while nobody changes anything."""

_LONGEST_PAUSE = 10.0
"""Between two looks, however long they take: without file events, nothing is noticed in between."""


@dataclass(frozen=True)
class ServiceOptions:
    """How the daemon is to work."""

    once: bool = False
    """End when nothing is left to do."""
    command: Command = engine_command
    """Gives the command line of a stage."""
    cards: Callable[[], Sequence[Card]] = usable_cards
    """Returns the graphics cards that stages may use."""
    company: Company = field(default_factory=Company)
    """Who else may look after the workspace."""


class Service:
    """The daemon of one workspace."""

    def __init__(
        self, workspace: Path, wake: Wake, stop: StopFlag, options: ServiceOptions, clock: Clock = system_clock
    ) -> None:
        """Read the settings; nothing is started yet.

        Raises:
            ProjectError: The settings file is not valid.
        """
        self._workspace, self._wake, self._stop, self._options, self._clock = workspace, wake, stop, options, clock
        self._settings = SettingsReader(workspace)
        self._roster = Roster(workspace)
        self._hooks = Hooks()
        self._dispatcher = Dispatcher(
            self._roster, self._hooks, options.command, wake.wake, options.cards, options.company
        )
        self._notifier = Notifier()
        self._looked_at = float("-inf")
        self._look_seconds = 0.0
        self._is_hinted = True

    def hint(self) -> None:
        """Have the workspace looked at soon; may be called from any thread."""
        self._is_hinted = True
        self._wake.wake()

    def run(self) -> ExitCode:
        """Work until asked to stop, or until nothing is left to do where that was asked for."""
        _log.info("watching %s", self._workspace)
        self._notifier.ready("looking at the projects")
        while True:
            is_stopping = self._stop.is_set
            result = self.run_round()
            if is_stopping:
                self._notifier.stopping()
                if not result.at_work:
                    break
            if self._options.once and self._is_over(result):
                break
            if self._options.company.is_cut_off():
                return self._leave_all()
            self._wake.sleep(self._sleep_seconds(result))
        self.close()
        _log.info(
            "stopped%s", "; everything finished so far is kept" if self._stop.is_set else ": nothing is left to do"
        )
        return self._exit_code(result)

    def run_round(self) -> RoundResult:
        """Look if it is time, and do once for every project what is to be done now."""
        moment = self._clock()
        settings = self._settings.read()
        self._look(moment.monotonic, settings)
        result = self._dispatcher.run_round(moment, settings, is_stopping=self._stop.is_set)
        self._hooks.look(moment.monotonic)
        self._notifier.beat()
        self._notifier.says(f"{result.at_work} stages at work, {len(self._roster)} projects")
        return result

    def close(self) -> None:
        """End what is still at work besides the stages: the user's commands."""
        self._hooks.end()

    def _leave_all(self) -> ExitCode:
        """End everything at once: the disk was out of reach, and others may have taken it over."""
        _log.warning("the disk was out of reach for too long: what was at work here ends, and is begun anew")
        self._dispatcher.end_all(self._clock())
        self.close()
        return ExitCode.INTERRUPTED

    def _look(self, now: float, settings: Settings) -> None:
        """Look at the workspace if it is time, or somebody saw something change."""
        if now - self._looked_at < self._pause_seconds(settings):
            return
        self._is_hinted = False
        began = time.monotonic()
        try:
            self._roster.look(now)
        except OSError as error:
            _log.warning("the workspace cannot be read now: %s", error)
        self._looked_at, self._look_seconds = now, time.monotonic() - began

    def _pause_seconds(self, settings: Settings) -> float:
        """Return how long to wait from one look to the next."""
        # A copy of a thousand files makes a thousand events.
        return max(0.1, 5 * self._look_seconds) if self._is_hinted else self._rescan_seconds(settings)

    def _rescan_seconds(self, settings: Settings) -> float:
        return max(settings.rescan_seconds, min(_LONGEST_PAUSE, self._look_seconds / _LOOK_SHARE))

    def _sleep_seconds(self, result: RoundResult) -> float:
        """Return how long nothing will have to be done, unless somebody wakes us."""
        settings = self._settings.read()
        if result.is_restless:
            return 0.02
        until_look = self._looked_at + self._pause_seconds(settings) - self._clock().monotonic
        pause = max(0.02, until_look)
        states = result.states.values()
        if result.at_work or self._hooks.are_running or State.QUEUED in states:
            pause = min(pause, 0.5)
        if State.ARRIVING in states:
            pause = min(pause, max(0.05, settings.settle_seconds / 4))
        return min(pause, self._notifier.beat_seconds or pause)

    def _is_over(self, result: RoundResult) -> bool:
        """Return whether nothing would change any more if nobody did anything."""
        if result.is_restless or result.at_work or self._hooks.are_running or len(result.states) < len(self._roster):
            return False
        moving = sum(state.is_moving for state in result.states.values())
        return moving <= result.is_busy_elsewhere

    def _exit_code(self, result: RoundResult) -> ExitCode:
        if not self._options.once:
            return ExitCode.DONE
        if self._stop.is_set:
            return ExitCode.INTERRUPTED
        return ExitCode.FAILED if State.FAILED in result.states.values() else ExitCode.DONE
