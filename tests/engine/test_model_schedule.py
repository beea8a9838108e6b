from __future__ import annotations

import itertools
import math

import pytest

from engine.model.schedule import (
    Budget,
    HeldOut,
    budget_of,
    has_plateau,
    is_preview_due,
    learning_rate,
    rate_decay_from,
)
from engine.project.presets import Preset
from engine.project.settings import TrainSettings


def test_a_budget_of_steps_does_not_look_at_the_clock() -> None:
    budget = budget_of(TrainSettings(steps=200))
    assert budget.progress(50, seconds=1e9) == 0.25
    assert budget.seconds_left(50, 0.0, seconds_a_step=2.0) == 300.0


def test_a_budget_of_minutes_does_not_look_at_the_steps() -> None:
    budget = budget_of(TrainSettings(minutes=2))
    assert budget.progress(10**6, seconds=30) == 0.25
    assert budget.progress(0, seconds=500) == 1.0
    assert budget.seconds_left(7, 30.0, seconds_a_step=2.0) == 90.0


@pytest.mark.parametrize("preset", Preset)
def test_without_a_budget_a_preset_takes_the_steps_that_it_needs_however_long_they_take(preset: Preset) -> None:
    budget = budget_of(TrainSettings(preset=preset))
    assert (budget.steps, budget.seconds) == (preset.facts.full_steps, None)
    assert budget.progress(0, seconds=10**7) == 0.0


def test_what_a_model_of_the_same_person_saves_need_not_be_trained() -> None:
    assert budget_of(TrainSettings(preset=Preset.QUICK), steps_before=100).steps == Preset.QUICK.facts.full_steps - 100


def test_the_rate_warms_up_and_then_falls_to_its_end() -> None:
    assert learning_rate(1.0, 0, 0.0) == pytest.approx(0.01)
    rates = [learning_rate(1.0, 10_000, progress / 10) for progress in range(11)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == 1.0
    assert rates[-1] == pytest.approx(0.02)


def test_previews_come_ever_more_seldom() -> None:
    due = [step for step in range(20_000) if is_preview_due(step)]
    assert due[:3] == [50, 100, 150]
    assert len(due) < 60
    gaps = [later - earlier for earlier, later in itertools.pairwise(due)]
    assert gaps == sorted(gaps)


def looks(losses: dict[int, float]) -> list[HeldOut]:
    return [HeldOut(step, loss, 0.1) for step, loss in losses.items()]


def test_a_plateau_needs_long_patience() -> None:
    falling = {step: 1.0 / step for step in range(200, 6000, 200)}
    assert not has_plateau(5800, looks(falling))
    resting = {step: 1.0 / min(step, 1000) for step in range(200, 6000, 200)}
    assert not has_plateau(2800, looks({step: loss for step, loss in resting.items() if step <= 2800}))
    assert has_plateau(3000, looks({step: loss for step, loss in resting.items() if step <= 3000}))
    assert not has_plateau(100, [])


def test_a_gain_too_small_to_see_is_no_progress() -> None:
    assert has_plateau(4000, looks({step: 0.05 - step * 1e-8 for step in range(200, 4200, 200)}))


def test_training_goes_on_while_one_of_both_people_gets_better() -> None:
    tests = [HeldOut(step, 0.05, 1.0 / step) for step in range(200, 6000, 200)]
    assert not has_plateau(5800, tests)


def test_a_training_that_found_its_plateau_cools_down_to_the_end() -> None:
    rate_decay = rate_decay_from(4000, 0.5)
    assert rate_decay.last_step == 4600
    assert rate_decay.progress_at(4000) == 0.5
    assert rate_decay.progress_at(4300) == 0.75
    assert rate_decay.progress_at(9999) == 1.0


def test_an_endless_budget_never_ends() -> None:
    assert Budget(None, None).progress(10**9, 1e9) == 0.0
    assert math.isfinite(Budget(60.0, None).seconds_left(0, 0.0, 1.0))
