from __future__ import annotations

import signal
from dataclasses import replace

from daemon.retry_policy import Consequence, End, Tries, delay_seconds, judge
from daemon.runner import Ended
from engine.project.stage import ExitCode, Outcome, StageName
from engine.records.events import FailedEvent

TRAIN = StageName.TRAIN
KILLED = Ended(-signal.SIGKILL, None, None)
CRASHED = Ended(-signal.SIGSEGV, None, None)
STOPPED = Ended(ExitCode.INTERRUPTED, None, Outcome.INTERRUPTED)


def said(kind: str) -> Ended:
    code = ExitCode.BUG if kind == "Bug" else ExitCode.FAILED
    return Ended(code, FailedEvent(kind=kind, title=f"{kind} title.", hint="hint"), None)


def verdicts(end: End, times: int, tries: Tries | None = None) -> list[Consequence]:
    tries = tries or Tries()
    found = []
    for _ in range(times):
        judgement = judge(end, tries)
        tries = judgement.tries
        found.append(judgement.consequence)
    return found


def test_a_done_stage_forgets_its_deaths() -> None:
    judgement = judge(End(TRAIN, Ended(0, None, Outcome.DONE), 10), Tries(TRAIN, 5, deaths=2))
    assert (judgement.consequence, judgement.tries) == (Consequence.DONE, Tries())


def test_an_exit_without_a_last_word_is_a_death() -> None:
    assert judge(End(TRAIN, Ended(0, None, None)), Tries()).consequence is Consequence.AGAIN


def test_stopping_when_asked_is_ordinary() -> None:
    assert judge(End(TRAIN, STOPPED, was_asked=True), Tries()).consequence is Consequence.INTERRUPTED


def test_being_cut_off_after_a_request_is_no_death() -> None:
    judgement = judge(End(TRAIN, KILLED, was_asked=True), Tries())
    assert judgement.consequence is Consequence.INTERRUPTED
    assert judgement.tries.deaths == judgement.tries.kills == 0


def test_three_deaths_at_the_same_place_fail_the_project() -> None:
    assert verdicts(End(TRAIN, CRASHED, done=50), 3) == [Consequence.AGAIN, Consequence.AGAIN, Consequence.FAILED]


def test_three_hangs_fail_the_project() -> None:
    end = End(TRAIN, KILLED, was_silent=True)
    assert verdicts(end, 3)[-1] is Consequence.FAILED
    failure = judge(end, Tries(TRAIN, 0, deaths=2)).failure
    assert failure is not None
    assert failure.title == "Training hung 3 times without getting any further."


def test_a_stage_that_gets_further_each_time_goes_on() -> None:
    tries = Tries()
    for done in range(1, 50):
        judgement = judge(End(TRAIN, CRASHED, done=done), tries)
        tries = judgement.tries
        assert judgement.consequence is Consequence.AGAIN


def test_getting_as_far_as_before_is_no_progress() -> None:
    tries = Tries(TRAIN, furthest=100)
    assert verdicts(End(TRAIN, CRASHED, done=100), 3, tries)[-1] is Consequence.FAILED


def test_deaths_of_another_stage_do_not_count() -> None:
    assert judge(End(TRAIN, CRASHED), Tries(StageName.EXTRACT, 0, deaths=2)).consequence is Consequence.AGAIN


def test_kills_from_outside_say_less_than_crashes() -> None:
    assert verdicts(End(TRAIN, KILLED), 30) == [Consequence.AGAIN] * 29 + [Consequence.FAILED]


def test_the_kernel_short_of_memory_is_recognised() -> None:
    judgement = judge(End(TRAIN, KILLED, memory_ran_out=True), Tries())
    assert judgement.consequence is Consequence.SMALLER
    assert judgement.failure is not None
    assert judgement.failure.kind == "OutOfMemory"


def test_memory_that_ran_out_beside_others_says_nothing_of_what_fits() -> None:
    end = End(TRAIN, said("OutOfMemory"), others_at_work=1)
    assert verdicts(end, 4) == [Consequence.CROWDED] * 3 + [Consequence.SMALLER]
    assert judge(replace(end, others_at_work=0), Tries()).consequence is Consequence.SMALLER


def test_the_ladder_of_smaller_batches_is_gone_down_with_pauses_and_has_an_end() -> None:
    waits = [delay_seconds(Tries(TRAIN, shortages=times)) for times in range(8)]
    assert waits[:4] == [0, 2, 4, 8]
    assert waits[-1] == 60
    assert verdicts(End(TRAIN, said("OutOfMemory")), 20)[-1] is Consequence.FAILED


def test_a_worker_taken_by_the_kernel_looks_like_a_bug_and_is_want_of_memory() -> None:
    assert judge(End(TRAIN, said("Bug"), memory_ran_out=True), Tries()).consequence is Consequence.SMALLER


def test_each_failure_has_its_consequence() -> None:
    expected = {
        "OutOfMemory": Consequence.SMALLER,
        "OutOfDisk": Consequence.ROOM,
        "ProjectBusy": Consequence.BUSY,
        "ClusterAway": Consequence.AWAY,
        "ClusterUnfit": Consequence.FAILED,
        "MediaError": Consequence.FAILED,
        "ConsentMissing": Consequence.FAILED,
        "Bug": Consequence.AGAIN,
    }
    assert {kind: judge(End(TRAIN, said(kind)), Tries()).consequence for kind in expected} == expected


def test_the_same_bug_three_times_is_told_with_its_name() -> None:
    failure = judge(End(TRAIN, said("Bug")), Tries(TRAIN, 0, deaths=2)).failure
    assert failure is not None
    assert "Bug title" in failure.title
    assert "understudio retry" in failure.hint


def test_waiting_grows_with_each_death_and_has_a_bound() -> None:
    waits = [delay_seconds(Tries(TRAIN, 0, deaths=0, kills=kills)) for kills in range(10)]
    assert waits[0] == 0
    assert waits == sorted(waits)
    assert waits[-1] <= 30
