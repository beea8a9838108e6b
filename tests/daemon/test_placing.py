"""Which stage computes on which card: no two of one daemon fight for its memory. The cards are made up."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.placing import Place, place_for
from daemon.settings import ClusterSettings, Settings
from daemon.status import State
from daemon.terms import terms_for
from engine.dask_scheduler import Scheduler, told_scheduler
from engine.host.cards import A_TRAINING, NO_ROOM, SHARE, VISIBLE, Card
from engine.project.folder import ProjectFolder
from engine.project.stage import StageName

from .conftest import MakeProject
from .driver import QUICK, Daemon, is_in, starts, status
from .fake_engine import let_go

TRAIN, CONVERT = StageName.TRAIN, StageName.CONVERT


def card(gigabytes: int, number: str = "0") -> Card:
    return Card(f"{gigabytes} GB", gigabytes << 30, number)


def test_a_training_leaves_room_for_a_conversion_on_a_card_that_has_it() -> None:
    place = place_for(TRAIN, [card(24)], [])
    assert place is not None
    assert 0.6 < place.share < 0.75
    beside = place_for(CONVERT, [card(24)], [place])
    assert beside is not None
    assert beside.environment == {VISIBLE: "0", SHARE: "0.125"}


def test_a_conversion_beside_a_training_on_a_small_card_computes_on_the_processor() -> None:
    place = place_for(TRAIN, [card(8)], [])
    assert place is not None
    assert place.share > 0.9
    beside = place_for(CONVERT, [card(8)], [place])
    assert beside is not None
    assert beside.environment == {VISIBLE: "-1", NO_ROOM: "1"}


def test_a_training_waits_for_a_conversion_that_has_a_small_card() -> None:
    conversion = place_for(CONVERT, [card(8)], [])
    assert conversion is not None
    assert conversion.cards == ("0",)
    assert place_for(TRAIN, [card(8)], [conversion]) is None


def test_each_training_has_a_card_of_its_own() -> None:
    cards = [card(24), card(24, "1")]
    first = place_for(TRAIN, cards, [])
    assert first is not None
    second = place_for(TRAIN, cards, [first])
    assert second is not None
    assert {first.cards, second.cards} == {("0",), ("1",)}
    assert place_for(TRAIN, cards, [first, second]) is None


def test_a_training_that_wants_two_cards_waits_until_two_are_free_and_has_both() -> None:
    cards = [card(24), card(48, "1"), card(24, "2")]
    place = place_for(TRAIN, cards, [], cards_a_training=2)
    assert place is not None
    assert place.environment == {VISIBLE: "1,0", SHARE: "0.670", A_TRAINING: "2"}
    assert place_for(TRAIN, cards, [place], cards_a_training=2) is None
    alone = place_for(TRAIN, cards[:1], [], cards_a_training=2)
    assert alone is not None
    assert alone.cards == ("0",)
    assert Settings(cards_a_training=2).for_stages()[A_TRAINING] == "2"
    assert A_TRAINING not in Settings().for_stages()


def test_a_card_whose_memory_nobody_tells_is_given_to_one_stage_at_a_time() -> None:
    unknown = [Card("MIG")]
    conversion = place_for(CONVERT, unknown, [])
    assert conversion is not None
    assert conversion.cards == ("0",)
    assert place_for(TRAIN, unknown, [conversion]) is None
    other = place_for(CONVERT, unknown, [conversion])
    assert other is not None
    assert other.cards == ()


@given(
    st.lists(st.integers(2, 192), min_size=1, max_size=4),
    st.lists(st.tuples(st.booleans(), st.sampled_from([TRAIN, CONVERT])), max_size=30),
    st.integers(1, 3),
)
def test_whatever_begins_and_ends_no_card_is_ever_given_away_twice(
    gigabytes: list[int], happenings: list[tuple[bool, StageName]], cards_a_training: int
) -> None:
    cards = [card(size, str(number)) for number, size in enumerate(gigabytes)]
    held: list[Place] = []
    for ends, stage in happenings:
        if ends and held:
            held.pop(0)
        if (place := place_for(stage, cards, held, cards_a_training)) is not None:
            held.append(place)
        for each in cards:
            on_it = [place for place in held if each.number in place.cards]
            assert sum(place.share for place in on_it) <= 0.92 + 1e-6
            assert sum(place.stage is TRAIN for place in on_it) <= 1


def test_a_conversion_that_a_cluster_does_takes_no_card_here() -> None:
    settings = Settings(cluster=ClusterSettings(scheduler="tcp://127.0.0.1:8786"))
    here, there = (terms_for(CONVERT, each, 1, [card(24)], []) for each in (Settings(), settings))
    assert here is not None
    assert there is not None
    assert here.place is not None
    assert there.place is None
    assert told_scheduler(there.environment) == Scheduler("tcp://127.0.0.1:8786")


def told(folder: ProjectFolder) -> set[str]:
    return set(Path(f"/proc/{status(folder).child_pid}/environ").read_text().split("\0"))


@pytest.mark.slow
def test_the_daemon_tells_each_stage_its_card_and_trains_no_two_on_one(
    workspace: Path, make_project: MakeProject
) -> None:
    daemon = Daemon(workspace, cards=[card(24)])
    (workspace / "understudio.toml").write_text(QUICK + "heavy_jobs = 2\nlight_jobs = 1\n")
    folders = [make_project(name, train={"waits": True}) for name in ("anna", "ben")]
    daemon.until(lambda: any("train" in starts(folder) for folder in folders))
    daemon.until(lambda: all(status(folder).stage is TRAIN for folder in folders))
    daemon.rounds(0.5)
    one, other = sorted(folders, key=lambda folder: status(folder).state is not State.RUNNING)
    assert f"{VISIBLE}=0" in told(one)
    assert any(word.startswith(f"{SHARE}=0.6") for word in told(one))
    assert starts(other) == ["extract"]
    for folder in folders:
        let_go(folder.path)
    daemon.until(lambda: all(is_in(folder, State.FINISHED)() for folder in folders))
    daemon.leave()
    daemon.wake.close()


@pytest.mark.slow
def test_memory_that_ran_out_beside_others_is_waited_for_and_nothing_is_made_smaller(
    workspace: Path, make_project: MakeProject, daemon: Daemon
) -> None:
    (workspace / "understudio.toml").write_text(QUICK + "light_jobs = 1\n")
    other = make_project("other", extract={"waits": True})
    daemon.until(lambda: starts(other))
    folder = make_project("anna", train={"fits_batch": 3})
    daemon.until(lambda: starts(folder).count("train") == 1)
    daemon.until(lambda: "beside others" in status(folder).message)
    daemon.rounds(3)
    assert starts(folder).count("train") == 1
    assert not status(folder).note
    (folder.path / "fake.json").write_text("{}")
    let_go(other.path)
    (other.path / "project.toml").write_text((other.path / "project.toml").read_text().replace('"run"', '"pause"'))
    daemon.until(is_in(folder, State.FINISHED))
    assert not status(folder).note
