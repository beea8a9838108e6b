"""What a training says while it runs: how far it is, how fast, on what, and for how long it was compiled."""

from __future__ import annotations

from collections.abc import Callable

from engine.model.schedule import Budget
from engine.project.stage import Device, Progress, StageName
from engine.stages.training.run_state import RunState
from engine.text import duration

_COMPILING_TOLD_SECONDS = 60.0
"""For how long a run says how long compiling took."""
_WORTH_TELLING_SECONDS = 2.0


class Stopwatch:
    """Measures the time of a step, and says what is due again."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start.

        Args:
            clock: Returns seconds since any moment.
        """
        self._clock = clock
        self._began = self._last_lap = clock()
        self._due: dict[str, float] = {}
        self._first_lap: float | None = None
        self.seconds_a_step = 0.0
        """Recent average of the seconds that a step takes."""
        self.compiling_seconds = 0.0
        """For how long the first step of the run took longer than the second; 0 until that one is done."""

    @property
    def seconds(self) -> float:
        """Since the start."""
        return self._clock() - self._began

    def lap(self) -> float:
        """Return the seconds since the last call."""
        now = self._clock()
        lap, self._last_lap = now - self._last_lap, now
        if self._first_lap is None:
            # It compiles the network and says nothing about the others.
            self._first_lap = self.seconds_a_step = lap
        else:
            self.compiling_seconds = self.compiling_seconds or max(0.0, self._first_lap - lap)
            self.seconds_a_step = min(lap, 0.95 * self.seconds_a_step + 0.05 * lap)
        return lap

    def every(self, what: str, seconds: float) -> bool:
        """Return True once in so many seconds, counted from the first question."""
        now = self._clock()
        if now < self._due.setdefault(what, now + seconds):
            return False
        self._due[what] = now + seconds
        return True


def saying(message: str, device: Device) -> Progress:
    """Return that something is done whose end is not known."""
    return Progress(
        stage=StageName.TRAIN, done=0, total=0, unit="", message=message, device=device.words, remark=device.remark
    )


def progress_of(budget: Budget, state: RunState, loss: float, stopwatch: Stopwatch, device: Device) -> Progress:
    """Return how far a training is.

    Args:
        budget: What it may use up.
        state: Where it is.
        loss: Of the newest step.
        stopwatch: Of this run.
        device: What computes.
    """
    facts, step, seconds_a_step = state.facts, state.steps_of_budget, stopwatch.seconds_a_step
    left = budget.seconds_left(step, facts.seconds, seconds_a_step)
    message = f"{1000 * seconds_a_step:.0f} ms a step on {device.words}{_compiled(stopwatch)}"
    if facts.rate_decay is not None:
        left = min(left, (facts.rate_decay.last_step - step) * seconds_a_step)
        message += ", finishing: the faces get no better"
    counted = {"done": float(step), "total": float(budget.steps or 0), "unit": "steps"}
    if budget.steps is None:
        counted = {"done": facts.seconds / 60, "total": (budget.seconds or 0) / 60, "unit": "minutes"}
    return Progress(
        stage=StageName.TRAIN,
        **counted,
        rate=1 / seconds_a_step if budget.steps is not None else 1 / 60,
        eta_seconds=left,
        message=message,
        loss=loss,
        step=facts.step,
        device=device.words,
        remark=device.remark,
    )


def _compiled(stopwatch: Stopwatch) -> str:
    seconds = stopwatch.compiling_seconds
    if seconds < _WORTH_TELLING_SECONDS or stopwatch.seconds > seconds + _COMPILING_TOLD_SECONDS:
        return ""
    return f", after {duration(seconds)} of compiling"
