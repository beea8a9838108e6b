from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from daemon.scheduling import QueuedProject, Slots, plan
from engine.project.stage import StageName

EXTRACT, TRAIN, CONVERT = StageName.EXTRACT, StageName.TRAIN, StageName.CONVERT


def test_first_come_first_served() -> None:
    late, early = QueuedProject("late", EXTRACT, arrival=2), QueuedProject("early", EXTRACT, arrival=1)
    whose = plan([late, early], [], Slots())
    assert (whose.starts, whose.waiting) == (("early",), ("late",))


def test_a_higher_priority_goes_first() -> None:
    late, early = QueuedProject("late", EXTRACT, priority=5, arrival=2), QueuedProject("early", EXTRACT, arrival=1)
    whose = plan([late, early], [], Slots())
    assert whose.starts == ("late",)
    assert whose.passed_over == {"early"}


def test_one_training_at_a_time() -> None:
    both = [QueuedProject("a", TRAIN, arrival=1), QueuedProject("b", TRAIN, arrival=2)]
    assert plan(both, [], Slots(heavy=1, light=3)).starts == ("a",)
    assert plan(both, [TRAIN], Slots(heavy=1, light=3)).starts == ()


def test_conversion_runs_beside_a_training_where_cores_allow() -> None:
    other = [QueuedProject("b", CONVERT)]
    assert plan(other, [TRAIN], Slots(heavy=1, light=1)).starts == ("b",)
    assert plan(other, [TRAIN], Slots(heavy=1, light=0)).starts == ()


def test_without_a_light_slot_one_stage_runs_at_a_time() -> None:
    assert plan([QueuedProject("a", TRAIN)], [CONVERT], Slots(heavy=1, light=0)).starts == ()


def test_a_training_that_must_wait_lets_lighter_work_pass_without_being_passed_over() -> None:
    whose = plan([QueuedProject("a", TRAIN, arrival=1), QueuedProject("b", EXTRACT, arrival=2)], [TRAIN], Slots(1, 1))
    assert whose.starts == ("b",)
    assert whose.passed_over == frozenset()


def test_nobody_waits_for_ever() -> None:
    patient = QueuedProject("patient", EXTRACT, priority=-100, arrival=0)
    for arrival in range(1, 30):
        whose = plan([patient, QueuedProject("new", EXTRACT, priority=100, arrival=arrival)], [], Slots())
        if whose.starts == ("patient",):
            return
        patient = replace(patient, passed_over=patient.passed_over + ("patient" in whose.passed_over))
    raise AssertionError("starved")


stages = st.sampled_from(list(StageName))


@given(st.lists(stages, max_size=12), st.lists(stages, max_size=4), st.integers(1, 3), st.integers(0, 3))
def test_slots_are_never_overfilled_and_nobody_is_lost(
    waiting: list[StageName], at_work: list[StageName], heavy: int, light: int
) -> None:
    queue = [QueuedProject(f"p{number}", stage, arrival=number) for number, stage in enumerate(waiting)]
    whose = plan(queue, at_work, Slots(heavy, light))
    assert sorted(whose.starts + whose.waiting) == sorted(queued.name for queued in queue)
    started = [queued.stage for queued in queue if queued.name in whose.starts]
    assert not started or len(started) + len(at_work) <= heavy + light
    trainings = sum(stage.facts.is_heavy for stage in started)
    assert not trainings or trainings + sum(stage.facts.is_heavy for stage in at_work) <= heavy
