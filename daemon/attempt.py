"""One try at a stage: the child, and what its starter must remember to judge how it ended."""

from __future__ import annotations

from daemon.oom import OomWatch
from daemon.reconcile import ChildFacts
from daemon.retry_policy import End
from daemon.runner import Child, Ended
from engine.project.stage import Progress, StageName

_LONGEST_LOOK = 15.0
"""Seconds between two looks; where more passed, we were not at work ourselves."""


class Attempt:
    """A running child. Times are arguments, in seconds of a clock that never jumps."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._memory = OomWatch()
        self._asked_at: float | None = None
        self._silent_seconds = 0.0
        self._looked_at = child.started
        self._was_silent = False

    @property
    def stage(self) -> StageName:
        """What it does."""
        return self._child.stage

    @property
    def pid(self) -> int:
        """Number of its process."""
        return self._child.pid

    @property
    def progress(self) -> Progress | None:
        """How far it is; None before its first word."""
        return self._child.progress

    @property
    def is_ending(self) -> bool:
        """Whether it has said its last word and is about to end."""
        return self._child.is_ending

    def facts(self, now: float, *, is_outdated: bool = False) -> ChildFacts:
        """Return what a decision about it depends on."""
        asked = None if self._asked_at is None else now - self._asked_at
        waits_for = self._child.launcher if self._child.is_waiting else ""
        return ChildFacts(self.stage, self._silence(now), asked, is_outdated, waits_for)

    def _silence(self, now: float) -> float:
        """Return for how long it has said nothing, leaving out the time in which nobody listened.

        Where we ourselves were held up, stopped in a terminal or starved of time, its words may still be in the pipe.
        """
        passed, self._looked_at = now - self._looked_at, now
        if self._child.is_waiting:
            return 0.0
        if self._child.last_heard >= now - passed:
            self._silent_seconds = max(0.0, now - self._child.last_heard)
        else:
            self._silent_seconds += min(passed, _LONGEST_LOOK)
        return self._silent_seconds

    def ask_to_stop(self, now: float) -> None:
        """Ask it, once, to stop at its next safe point."""
        if self._asked_at is None:
            self._asked_at = now
            self._child.request_stop()

    def cut_off(self, *, as_hung: bool = False) -> End:
        """End it at once with all it started; `as_hung` counts as its own fault."""
        self._was_silent = as_hung
        return self._end(self._child.kill())

    def poll(self) -> End | None:
        """Return how it ended, or None while it runs."""
        ended = self._child.poll()
        return None if ended is None else self._end(ended)

    def _end(self, ended: Ended) -> End:
        done = self.progress.done if self.progress is not None else 0.0
        launcher = self._child.launcher
        # Of another machine's memory the kernel of this one knows nothing.
        ran_out = self._memory.has_killed() and not launcher
        was_asked = self._asked_at is not None
        return End(self.stage, ended, done, was_asked, self._was_silent, ran_out, launcher=launcher)
