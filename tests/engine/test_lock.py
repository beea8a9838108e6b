"""One process at a time on a project folder."""

import threading
from pathlib import Path

import pytest

from engine.errors import ProjectBusy
from engine.project.folder import ProjectFolder, create_folder
from engine.project.lock import alone_on, is_seen_held
from tests.holding import held_by_another


@pytest.fixture
def folder(tmp_path: Path) -> ProjectFolder:
    folder = create_folder(tmp_path / "p")
    folder.work.mkdir()
    return folder


def test_a_second_process_is_refused(folder: ProjectFolder) -> None:
    with alone_on(folder), pytest.raises(ProjectBusy, match="Another process"), alone_on(folder):
        pass


def test_one_that_ends_in_time_is_waited_for(folder: ProjectFolder) -> None:
    """Given a stage on its way to a safe point, when a run is started again, it waits instead of failing."""
    held, waited = threading.Event(), threading.Event()

    def hold() -> None:
        with alone_on(folder):
            held.set()
            waited.wait(10)

    def waiting() -> bool:
        waited.set()
        return True

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    with alone_on(folder, patience=20, waiting=waiting):
        assert waited.is_set()
    holder.join()


def test_a_wait_can_be_given_up(folder: ProjectFolder) -> None:
    with alone_on(folder), pytest.raises(ProjectBusy), alone_on(folder, patience=600, waiting=lambda: False):
        pass


def test_that_another_process_holds_a_project_is_seen_without_taking_anything(folder: ProjectFolder) -> None:
    assert not is_seen_held(folder.lock_file)
    with held_by_another(folder):
        assert is_seen_held(folder.lock_file)
    assert not is_seen_held(folder.lock_file)
    with alone_on(folder):
        assert not is_seen_held(folder.lock_file), "it is ourselves"
