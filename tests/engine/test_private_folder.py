"""Who may enter what is made."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.files import atomic
from engine.files.private_folder import make_private
from engine.project.folder import ProjectFolder
from engine.project.lock import alone_on


@pytest.fixture(autouse=True, params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_may_enter(tmp_path: Path) -> None:
    make_private(tmp_path / "one" / "two", parents=True)
    with atomic.new_folder(tmp_path / "three") as partial:
        assert mode(partial) == 0o700
    assert {mode(tmp_path / name) for name in ("one", "one/two", "three")} == {0o700}


def test_where_the_group_may_write_it_may_in_all_that_is_made_there(tmp_path: Path) -> None:
    tmp_path.chmod(0o2770)
    with atomic.new_folder(tmp_path / "project") as partial:
        make_private(partial / "source")
    work = ProjectFolder(tmp_path / "project").work
    make_private(work / "gather", parents=True)
    places = (tmp_path / "project", tmp_path / "project" / "source", work, work / "gather")
    assert {mode(place) for place in places} == {0o2770}
    with alone_on(ProjectFolder(tmp_path / "project")):
        assert mode(work / "lock") & stat.S_IWGRP


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there").chmod(0o755)
    make_private(tmp_path / "there")
    assert mode(tmp_path / "there") == 0o755
