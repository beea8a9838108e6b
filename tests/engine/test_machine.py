"""How much of a machine is ours: bounds of a container count, and so does the share that a daemon gives."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.host.machine import Host, cores, memory_bytes, process_mark, share, this_host

Group = Callable[..., tuple[Path, Path]]


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Group:
    """Return a function that writes control groups: where they lie, and the file that names ours; on 64 processors."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))

    def write(own: str, **files: str) -> tuple[Path, Path]:
        (tmp_path / "own").write_text(own)
        for name, content in files.items():
            file = tmp_path / "groups" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content + "\n")
        return tmp_path / "groups", tmp_path / "own"

    return write


def test_without_bounds_all_processors_are_ours(group: Group) -> None:
    assert cores(*group("0::/")) == 64
    assert cores(*group("")) == 64


def test_the_tightest_of_the_groups_around_us_holds(group: Group) -> None:
    files = {"cpu.max": "max 100000", "a/cpu.max": "800000 100000", "a/b/cpu.max": "1600000 100000"}
    limits = {"a/memory.max": "3000000000", "a/b/memory.max": "max"}
    places = group("0::/a/b\n", **files, **limits)
    assert cores(*places) == 8
    assert memory_bytes(*places) == 3_000_000_000


def test_groups_of_the_first_version_hold_as_well(group: Group) -> None:
    places = group(
        "4:memory:/a\n3:cpu,cpuacct:/a\n0::/\n",
        **{"cpu/a/cpu.cfs_quota_us": "150000", "cpu/a/cpu.cfs_period_us": "100000"},
        **{"memory/a/memory.limit_in_bytes": "2000000000", "cpu/cpu.cfs_quota_us": "-1"},
    )
    assert cores(*places) == 1
    assert memory_bytes(*places) == 2_000_000_000


def test_shares_add_up_to_the_whole_and_nobody_gets_nothing(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    places, whole = group("0::/"), memory_bytes()
    given = share(16)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert cores(*places) == 4
    assert 16 * memory_bytes(*places) == pytest.approx(whole, rel=0.01)
    assert int(next(iter(share(1000).values()))) == 1


def test_two_machines_of_one_name_have_different_marks_which_may_stand_in_a_files_name() -> None:
    hosts = [Host("Büro/1", "kernel", "space"), Host("Büro/1", "kernel", "other"), Host("Büro/1", "other", "space")]
    marks = {host.mark for host in hosts}
    assert len(marks) == 3
    assert all(mark.startswith("B-ro-1-") for mark in marks)
    assert len(Host("x" * 64, "", "").mark) < 64


def test_a_process_is_known_by_its_machine_and_number() -> None:
    assert process_mark() == f"{this_host().mark}-{os.getpid()}"
    assert this_host().kernel
