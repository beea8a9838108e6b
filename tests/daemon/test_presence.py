"""Who is alive is told by beats that rise, and by locks that are held; never by what time another machine has."""

from __future__ import annotations

import datetime as dt
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from daemon.presence import SILENT_SECONDS, Heart, Holder, Pulses, Record, announced, meet_others, read_record
from engine.errors import AccessRefused, ProjectError
from engine.host.machine import Host, this_host
from engine.project.fence import LAPSE_SECONDS, lock_keeper
from engine.project.lock import taken

HERE = Host("box-one", "our kernel", "space")
LONG_AGO = dt.datetime(1999, 1, 1, tzinfo=dt.UTC)
"""What a machine may well take for now."""


@pytest.fixture
def own(workspace: Path) -> Path:
    path = workspace / ".understudio"
    (path / "daemons").mkdir(parents=True)
    return path


def put(own: Path, beats: int, *, host: str = "box-two", keeper: str = "theirs") -> Path:
    file = own / "daemons" / f"{host}.json"
    record = Record(pid=1, host=host, since=LONG_AGO, keeper=keeper, beats=beats)
    file.write_text(record.model_dump_json())
    return file


@contextmanager
def locked(file: Path) -> Iterator[None]:
    lock = taken(file.with_suffix(".lock"), 0.0)
    assert lock is not None
    with lock:
        yield


class TestPulses:
    def names(self, pulses: Pulses) -> list[str]:
        return [record.host for record in pulses.alive()]

    def test_whose_beats_rise_is_alive_and_whose_do_not_is_dead_after_a_while(self, workspace: Path, own: Path) -> None:
        now = [0.0]
        pulses = Pulses(workspace, lambda: now[0])
        with locked(put(own, 1)):
            for beats in range(2, 30):
                now[0] += SILENT_SECONDS - 1
                put(own, beats)
                assert self.names(pulses) == ["box-two"]
            now[0] += SILENT_SECONDS - 1
            assert self.names(pulses) == ["box-two"]
            now[0] += 2
            assert self.names(pulses) == []

    def test_where_its_lock_is_not_seen_only_beats_that_rise_tell_of_another_machine(
        self, workspace: Path, own: Path
    ) -> None:
        pulses = Pulses(workspace, lambda: 0.0)
        put(own, 1)
        assert self.names(pulses) == []
        put(own, 2)
        assert self.names(pulses) == ["box-two"]

    def test_one_of_this_machine_is_dead_as_soon_as_its_lock_is_free(self, workspace: Path, own: Path) -> None:
        pulses = Pulses(workspace, lambda: 0.0)
        with locked(put(own, 1, host="container", keeper=lock_keeper(own))):
            pulses.alive()
            put(own, 2, host="container", keeper=lock_keeper(own))
            assert self.names(pulses) == ["container"]
        assert self.names(pulses) == []

    def test_a_record_that_cannot_be_read_is_nobodys(self, workspace: Path, own: Path) -> None:
        (own / "daemons" / "torn.json").write_text("{")
        assert Pulses(workspace, lambda: 0.0).alive() == []


class TestMeeting:
    def meet(self, own: Path, pause: object = None) -> float:
        """Meet the others; return how long that took."""
        now = [0.0]

        def wait(seconds: float) -> None:
            now[0] += seconds
            if callable(pause):
                pause()

        meet_others(own, own / "daemons" / "box-one.json", lock_keeper(own), lambda: now[0], wait)
        return now[0]

    def test_one_that_is_alive_although_its_lock_seems_free_is_named(self, own: Path) -> None:
        """Given a disk whose locks are each machine's own, two would work on one project."""
        put(own, 1)
        with pytest.raises(AccessRefused, match="box-two is at work") as caught:
            self.meet(own, lambda: put(own, 2))
        assert "Locks do not reach from machine to machine on the disk at" in caught.value.title
        assert "nolock" in caught.value.hint
        assert "leave the folder to box-two" in caught.value.hint

    def test_one_whose_lock_is_held_is_left_alone_and_not_waited_for(self, own: Path) -> None:
        file = put(own, 1)
        with locked(file):
            assert self.meet(own, lambda: put(own, 2)) == 0
        assert read_record(file) is not None

    def test_a_dead_one_of_another_machine_is_listened_to_for_a_while_and_then_removed(self, own: Path) -> None:
        file = put(own, 1)
        assert self.meet(own) >= SILENT_SECONDS
        assert not file.exists()

    def test_a_dead_one_of_this_machine_costs_no_time(self, own: Path) -> None:
        file = put(own, 1, keeper=lock_keeper(own))
        assert self.meet(own) == 0
        assert not file.exists()


class TestHeart:
    def test_it_raises_the_beats_of_its_record(self, own: Path) -> None:
        file = put(own, 0)
        heart = Heart(file, Record(pid=1, host="x", since=LONG_AGO, keeper="k"), lambda: 0.0)
        heart.beat()
        heart.beat()
        record = read_record(file)
        assert record is not None
        assert record.beats == 2

    def test_cut_off_for_too_long_it_stays_so_even_when_the_disk_is_back(self, own: Path) -> None:
        now = [0.0]
        heart = Heart(own / "daemons" / "x.json", Record(pid=1, host="x", since=LONG_AGO, keeper="k"), lambda: now[0])
        heart.beat()
        now[0] += LAPSE_SECONDS
        assert not heart.is_cut_off()
        now[0] += 1
        assert heart.is_cut_off()
        heart.beat()
        assert heart.is_cut_off()

    def test_a_full_disk_cuts_nobody_off(self, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [0.0]
        heart = Heart(own / "daemons" / "x.json", Record(pid=1, host="x", since=LONG_AGO, keeper="k"), lambda: now[0])

        def full(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Path, "write_text", full)
        now[0] += LAPSE_SECONDS
        heart.beat()
        now[0] += 1
        assert not heart.is_cut_off()

    def test_a_second_daemon_of_one_machine_is_told_who_is_there(self, own: Path) -> None:
        holder = Holder(pid=77, host=this_host().name, since=LONG_AGO)
        with (
            announced(own, holder, HERE),
            pytest.raises(ProjectError, match="process 77") as caught,
            announced(own, holder, HERE),
        ):
            pass
        assert "One is enough" in caught.value.hint
        assert not list((own / "daemons").glob("*.json"))
