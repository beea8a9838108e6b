"""The whole policy as a table: what is known of a project, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from daemon.disk import Room
from daemon.reconcile import Action, ChildFacts, ProjectFacts, Timeouts, decide
from daemon.status import State
from engine.project.settings import Wanted
from engine.project.stage import StageName
from engine.records.failure import Failure

PATIENCE = Timeouts(hang_seconds=100, stop_seconds=10)
EXTRACT, TRAIN = StageName.EXTRACT, StageName.TRAIN
BAD = Failure(kind="ProjectError", title="train.minutes: must be positive", hint="Mend it.")
NO_CONSENT = Failure(kind="ConsentMissing", title="Nobody agreed.", hint="Fill in consent.")
BROKEN = Failure(kind="MediaError", title="The video is broken.", hint="Take another.")
CUT_SHORT = Failure(kind="CutShort", title="The video ends after 13 of 44 s.", hint="Copy it again.")
AWAY = Failure(kind="ClusterAway", title="The cluster does not answer.", hint="Start it.")
TIGHT, FULL = Room(50, 100, 20), Room(10, 100, 20)

WITHOUT_CHILD = [
    ("a settled project with work left may start", ProjectFacts(next_stage=EXTRACT), State.QUEUED, Action.START),
    (
        "nothing starts while files come in",
        ProjectFacts(next_stage=EXTRACT, is_settled=False),
        State.ARRIVING,
        Action.NONE,
    ),
    ("all done", ProjectFacts(), State.FINISHED, Action.NONE),
    ("a bad project file", ProjectFacts(next_stage=EXTRACT, problem=BAD), State.FAILED, Action.NONE),
    ("a bad file still coming in", ProjectFacts(problem=BAD, is_settled=False), State.ARRIVING, Action.NONE),
    ("without consent", ProjectFacts(next_stage=EXTRACT, missing=NO_CONSENT), State.WAITING, Action.NONE),
    ("failed with these inputs", ProjectFacts(next_stage=TRAIN, failure=BROKEN), State.FAILED, Action.NONE),
    (
        "a video not copied whole",
        ProjectFacts(next_stage=EXTRACT, failure=CUT_SHORT),
        State.WAITING,
        Action.NONE,
    ),
    ("finished counts more than an old failure", ProjectFacts(failure=BROKEN), State.FINISHED, Action.NONE),
    ("paused", ProjectFacts(next_stage=TRAIN, wanted=Wanted.PAUSE), State.PAUSED, Action.NONE),
    ("finish goes on", ProjectFacts(next_stage=TRAIN, wanted=Wanted.FINISH), State.QUEUED, Action.START),
    ("no room to start", ProjectFacts(next_stage=TRAIN, room=TIGHT), State.NO_ROOM, Action.NONE),
    ("room enough", ProjectFacts(next_stage=TRAIN, room=Room(100, 100, 20)), State.QUEUED, Action.START),
    ("worked on elsewhere", ProjectFacts(next_stage=TRAIN, is_busy=True), State.QUEUED, Action.NONE),
    ("the next try is not due", ProjectFacts(next_stage=TRAIN, retry_seconds=1), State.QUEUED, Action.NONE),
    ("its cluster is away", ProjectFacts(next_stage=EXTRACT, retry_seconds=9, away=AWAY), State.QUEUED, Action.NONE),
    ("its cluster was away", ProjectFacts(next_stage=EXTRACT, away=AWAY), State.QUEUED, Action.START),
    ("the daemon is leaving", ProjectFacts(next_stage=TRAIN, is_stopping=True), State.QUEUED, Action.NONE),
]

WORKING = ChildFacts(TRAIN)
WITH_CHILD = [
    ("it goes on", ProjectFacts(child=WORKING), Action.NONE),
    ("it goes on while new files come in", ProjectFacts(child=WORKING, is_settled=False), Action.NONE),
    ("it goes on while the file is written", ProjectFacts(child=WORKING, problem=BAD, is_settled=False), Action.NONE),
    ("the project file is bad", ProjectFacts(child=WORKING, problem=BAD), Action.STOP),
    ("consent was withdrawn", ProjectFacts(child=WORKING, missing=NO_CONSENT), Action.STOP),
    ("a pause is wanted", ProjectFacts(child=WORKING, wanted=Wanted.PAUSE), Action.STOP),
    ("its settings changed", ProjectFacts(child=ChildFacts(TRAIN, is_outdated=True)), Action.STOP),
    ("little room is no reason", ProjectFacts(child=WORKING, room=TIGHT), Action.NONE),
    ("the disk is nearly full", ProjectFacts(child=WORKING, room=FULL), Action.STOP),
    ("the daemon is leaving", ProjectFacts(child=WORKING, is_stopping=True), Action.STOP),
    ("it hangs", ProjectFacts(child=ChildFacts(TRAIN, silent_seconds=101)), Action.KILL_HUNG),
    ("it has time to stop", ProjectFacts(child=ChildFacts(TRAIN, asked_seconds=9), wanted=Wanted.PAUSE), Action.NONE),
    ("it does not stop", ProjectFacts(child=ChildFacts(TRAIN, asked_seconds=11), wanted=Wanted.PAUSE), Action.KILL),
    ("stopping is no hang", ProjectFacts(child=ChildFacts(TRAIN, silent_seconds=101, asked_seconds=1)), Action.NONE),
    ("the folder is gone", ProjectFacts(exists=False, child=WORKING), Action.KILL),
]  # fmt: skip


def rows(table: Sequence[tuple[object, ...]]) -> list[object]:
    return [pytest.param(*row, id=str(words)) for words, *row in table]


@pytest.mark.parametrize(("facts", "state", "action"), rows(WITHOUT_CHILD))
def test_a_project_that_nobody_works_on(facts: ProjectFacts, state: State, action: Action) -> None:
    decision = decide(facts, PATIENCE)
    assert (decision.state, decision.action) == (state, action)


@pytest.mark.parametrize(("facts", "action"), rows(WITH_CHILD))
def test_a_project_with_a_stage_at_work(facts: ProjectFacts, action: Action) -> None:
    decision = decide(facts, PATIENCE)
    assert (decision.state, decision.action) == (State.RUNNING, action)


def test_what_is_wrong_is_said_in_the_words_of_whoever_found_it() -> None:
    decision = decide(ProjectFacts(next_stage=EXTRACT, problem=BAD), PATIENCE)
    assert (decision.message, decision.hint) == (BAD.title, BAD.hint)


def test_lack_of_room_is_said_in_figures() -> None:
    decision = decide(ProjectFacts(next_stage=TRAIN, room=Room(50_000_000, 1_200_000_000, 0)), PATIENCE)
    assert decision.message == "Waiting for room: 1.2 GB are needed and 50 MB are free."


def test_a_file_that_grows_for_ever_is_named_in_the_end() -> None:
    facts = ProjectFacts(next_stage=EXTRACT, is_settled=False, newest="source/end\x1b[2Jless.mp4")
    assert decide(facts, PATIENCE).message == "Files are coming in."
    decision = decide(replace(facts, arriving_seconds=2 * 3600.0), PATIENCE)
    assert (decision.state, decision.action) == (State.ARRIVING, Action.NONE)
    assert decision.message.startswith("Files have been coming in for more than 2 hours; source/end")
    assert decision.message.isprintable()
    assert "stop whatever writes it" in decision.hint
