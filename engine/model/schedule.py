"""How long to train, at which learning rate, and when to write a preview. Pure functions of step and time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.project.again import steps_needed
from engine.project.settings import TrainSettings

_WARM_UP_STEPS = 100
_LAST_RATE = 0.02
"""Learning rate at the end, as a share of the highest."""

TEST_STEPS = 200
"""Steps from one test of the held-out faces to the next."""
_PATIENCE_STEPS = 2000
_PATIENCE_SHARE = 0.25
"""Share of all steps so far, but at least `_PATIENCE_STEPS`, that must pass without progress."""
_GAIN = 0.005
"""Progress is a loss smaller by this share than the best before."""
_DECAY_SHARE = 0.15
"""Steps, as a share of those so far, in which the rate falls to its end once there is no more progress."""


@dataclass(frozen=True)
class HeldOut:
    """How the model does on faces that it never learns from: mean errors inside the masks, 0..1."""

    step: int
    """Steps done since the budget began."""
    source: float
    target: float


@dataclass(frozen=True)
class Budget:
    """How long to train, counted over all runs of the project. One of the two is set."""

    seconds: float | None
    steps: int | None

    def progress(self, step: int, seconds: float) -> float:
        """Return how much of it is used, 0..1.

        Args:
            step: Steps done since the budget began.
            seconds: Training time since the budget began.
        """
        used = step / self.steps if self.steps is not None else seconds / (self.seconds or math.inf)
        return min(1.0, used)

    def seconds_left(self, step: int, seconds: float, seconds_a_step: float) -> float:
        """Return how long it will take to use it up."""
        if self.steps is not None:
            return max(0, self.steps - step) * seconds_a_step
        return max(0.0, (self.seconds or 0.0) - seconds)


def budget_of(settings: TrainSettings, steps_before: int = 0) -> Budget:
    """Return the budget that the settings ask for: where they say nothing, the steps that the preset needs.

    Args:
        settings: What is wanted.
        steps_before: Steps of an earlier model of the same network, from which training begins.
    """
    if settings.minutes is not None:
        return Budget(settings.minutes * 60.0, None)
    return Budget(None, settings.steps or steps_needed(settings.preset, steps_before, settings.preset))


def learning_rate(highest: float, step: int, progress: float) -> float:
    """Return the rate of a step: a short warm-up, then half a cosine down (Loshchilov & Hutter 2017).

    Args:
        highest: The rate that the settings name.
        step: Steps done since the budget began.
        progress: Share of the way to the end, 0..1.
    """
    warm = min(1.0, (step + 1) / _WARM_UP_STEPS)
    cosine = 0.5 * (1.0 + math.cos(math.pi * progress))
    return highest * warm * (_LAST_RATE + (1.0 - _LAST_RATE) * cosine)


def is_preview_due(step: int) -> bool:
    """Return whether to write a preview after this many steps: less and less often."""
    interval = 50
    while step > 8 * interval:
        interval *= 2
    return step > 0 and step % interval == 0


def has_plateau(step: int, held_out: Sequence[HeldOut]) -> bool:
    """Return whether the held-out faces of both people have stopped getting better.

    Args:
        step: Steps done since the budget began.
        held_out: The tests since then, oldest first.
    """
    progress_step, source, target = 0, math.inf, math.inf
    for test in held_out:
        if test.source < source * (1.0 - _GAIN) or test.target < target * (1.0 - _GAIN):
            progress_step = test.step
        source, target = min(source, test.source), min(target, test.target)
    return bool(held_out) and step - progress_step >= max(_PATIENCE_STEPS, _PATIENCE_SHARE * step)


@dataclass(frozen=True)
class RateDecay:
    """The decay of the learning rate that ends a training which has reached its plateau, within a few steps.

    Checkpoints store it under the key `cooling`.
    """

    first_step: int
    last_step: int
    progress: float
    """How far the training was when the phase began, 0..1."""

    def progress_at(self, step: int) -> float:
        """Return how far it is on the way to the end, 0..1."""
        share = (step - self.first_step) / max(1, self.last_step - self.first_step)
        return min(1.0, self.progress + (1.0 - self.progress) * share)


def rate_decay_from(step: int, progress: float) -> RateDecay:
    """Return the decay that begins after `step` steps of the budget."""
    return RateDecay(step, step + max(TEST_STEPS, round(_DECAY_SHARE * step)), progress)
