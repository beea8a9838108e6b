"""Tidying up: deleted, brought back, renamed, found again."""

import os
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from daemon.status import State
from engine.errors import ProjectBusy, ProjectError
from engine.project.folder import ProjectFolder
from engine.project.lock import alone_on
from engine.project.markers import Marker, fingerprint, is_done, write_marker
from engine.project.rename import rename_project
from engine.project.stage import StageName
from tests.tui import scenes
from tests.tui.conftest import NOW, open_project, paste, settle, shown, until
from tui.app import Wizard
from tui.projects.bin import Bin
from tui.projects.forecast import Outlook
from tui.projects.sizes import size_of
from tui.projects.view import read_view
from tui.screens.bin import BinScreen
from tui.screens.confirm import Confirm
from tui.screens.failure_dialog import FailureDialog
from tui.screens.home import Home
from tui.screens.project import ProjectScreen
from tui.widgets.rows import Rows


def put(workspace: Path, name: str) -> ProjectFolder:
    return scenes.put_project(workspace, name, name, scenes.simple(State.PAUSED, NOW))


def names(pilot: Pilot[None]) -> list[str]:
    return [view.name for view in shown(pilot, Home).query_one(Rows).items]


async def test_a_deleted_project_lies_in_the_bin_and_comes_back(wizard: Wizard, workspace: Path) -> None:
    folder = put(workspace, "anna")
    (folder.source / "photo.jpg").write_bytes(b"x" * 5_000_000)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("x")
        await settle(pilot)
        asked = shown(pilot, Confirm)
        assert "5 MB" in str(asked.query(Static).first().render())
        await pilot.press("y")
        await settle(pilot)
        assert not folder.path.exists()
        await pilot.press("u")
        await settle(pilot)
    assert (folder.source / "photo.jpg").stat().st_size == 5_000_000
    assert Bin(workspace).all() == ()


async def test_no_is_in_hand_where_a_project_would_be_deleted(wizard: Wizard, workspace: Path) -> None:
    folder = put(workspace, "anna")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("x", "enter")
        await settle(pilot)
    assert folder.project_file.exists()


async def test_a_project_at_work_is_not_deleted(wizard: Wizard, workspace: Path) -> None:
    folder = put(workspace, "anna")
    with alone_on(folder):
        async with wizard.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            await pilot.press("x")
            await settle(pilot)
            await pilot.press("y")
            await settle(pilot)
            assert "being worked on" in str(shown(pilot, FailureDialog).query(Static).first().render())
    assert folder.project_file.exists()


def test_what_comes_back_does_not_take_anothers_place(workspace: Path) -> None:
    bin_ = Bin(workspace)
    folder = put(workspace, "anna")
    bin_.put(folder.path, NOW)
    put(workspace, "anna")
    newest = bin_.newest()
    assert newest is not None
    assert bin_.bring_back(newest).name == "anna-2"


async def test_the_bin_is_emptied_only_after_a_question(wizard: Wizard, workspace: Path) -> None:
    Bin(workspace).put(put(workspace, "anna").path, NOW)
    put(workspace, "ben")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("b")
        await settle(pilot)
        shown(pilot, BinScreen)
        await pilot.press("X", "enter")
        await settle(pilot)
        assert len(Bin(workspace).all()) == 1
        await pilot.press("X")
        await settle(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert Bin(workspace).all() == ()


async def test_a_project_gets_another_name(wizard: Wizard, workspace: Path) -> None:
    put(workspace, "anna")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("r", "end", *["backspace"] * 4)
        await paste(pilot, "Anna on stage")
        await pilot.press("enter")
        await settle(pilot)
        await until(pilot, lambda: names(pilot) == ["Anna on stage"])
    assert ProjectFolder(workspace / "Anna-on-stage").load().name == "Anna on stage"


def test_what_was_done_is_not_made_again_for_a_name(workspace: Path) -> None:
    folder = put(workspace, "anna")
    for stage in StageName:
        write_marker(folder, Marker(stage, fingerprint(folder, folder.load(), stage), {"result": "anna.mp4"}))
    renamed = rename_project(folder, "Anna on stage", workspace / "anna-on-stage")
    assert all(is_done(renamed, renamed.load(), stage) for stage in StageName)


def test_what_was_not_done_is_not_said_to_be(workspace: Path) -> None:
    folder = put(workspace, "anna")
    write_marker(folder, Marker(StageName.CONVERT, "of other settings", {}))
    renamed = rename_project(folder, "other", workspace / "other")
    assert not is_done(renamed, renamed.load(), StageName.CONVERT)


def test_a_name_that_is_taken_changes_nothing(workspace: Path) -> None:
    folder, other = put(workspace, "anna"), put(workspace, "ben")
    with pytest.raises(ProjectError, match="already"):
        rename_project(folder, "ben", other.path)
    assert (folder.load().name, other.load().name) == ("anna", "ben")


def test_a_project_at_work_keeps_its_name(workspace: Path) -> None:
    folder = put(workspace, "anna")
    with alone_on(folder), pytest.raises(ProjectBusy):
        rename_project(folder, "other", workspace / "other")
    assert folder.load().name == "anna"


async def test_projects_are_listed_in_other_orders(wizard: Wizard, workspace: Path) -> None:
    for number, name in enumerate(["anna", "ben", "carl"]):
        folder = put(workspace, name)
        (folder.source / "video.mp4").write_bytes(b"x" * (1000, 3000, 2000)[number])
        for file in (folder.project_file, folder.status_file):
            os.utime(file, (0, (60, 120, 180)[number]))
    scenes.put_project(workspace, "dora", "dora", scenes.failed(NOW))
    os.utime(workspace / "dora" / "project.toml", (0, 0))
    os.utime(workspace / "dora" / "work" / "status.json", (0, 0))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert names(pilot) == ["anna", "ben", "carl", "dora"]
        await pilot.press("o")
        await settle(pilot)
        assert names(pilot) == ["carl", "ben", "anna", "dora"]
        await pilot.press("o")
        await settle(pilot)
        assert names(pilot)[:3] == ["ben", "carl", "anna"]
        await pilot.press("o")
        await settle(pilot)
        assert names(pilot)[0] == "dora", "what wants something comes first"
        await pilot.press("o")
        await settle(pilot)
        assert names(pilot) == ["anna", "ben", "carl", "dora"]


async def test_a_name_is_whole_where_there_is_room(wizard: Wizard, workspace: Path) -> None:
    long = "Anna Ek as Ben Bo at the fair, 2026"
    put(workspace, long)
    scenes.put_project(workspace, "short", "short", scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        rows = shown(pilot, Home).query_one(Rows)
        assert long in rows.render_line(0).text, "though another line has more to say"
        assert "…" not in rows.render_line(1).text, "and what is said is whole where names are short"


async def test_size_and_date_are_said_of_the_project_under_the_cursor(wizard: Wizard, workspace: Path) -> None:
    folder = put(workspace, "anna")
    (folder.source / "video.mp4").write_bytes(b"x" * 3_000_000)
    for file in (folder.project_file, folder.status_file):
        os.utime(file, (0, NOW.timestamp() - 3600))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        said = str(shown(pilot, Home).query_one("#detail", Static).render())
        assert "3 MB" in said
        assert "20:30" in said


def test_a_file_with_two_names_counts_once(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x" * 1000)
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    assert size_of(tmp_path) == 1000


async def test_a_project_is_called_by_its_name_when_it_is_deleted_and_in_the_bin(
    wizard: Wizard, workspace: Path
) -> None:
    folder = scenes.put_project(workspace, "My-film", "My film", scenes.simple(State.PAUSED, NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("x")
        await settle(pilot)
        assert "Delete My film?" in told(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert [each.name for each in Bin(workspace).all()] == ["My film"]
        await pilot.press("b")
        await settle(pilot)
        assert "Bring back" in keys(pilot).values()
        assert "Open" not in keys(pilot).values()
        await pilot.press("enter")
        await settle(pilot)
    assert folder.path.is_dir()


async def test_while_part_of_a_name_is_typed_the_keys_below_are_the_fields(wizard: Wizard, workspace: Path) -> None:
    put(workspace, "anna")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("slash")
        await settle(pilot)
        assert keys(pilot) == {"⏎": "To the list", "esc": "Show all", "F1": "Help"}
        await pilot.press("question_mark", "escape")
        await settle(pilot)
        assert names(pilot) == ["anna"]


def keys(pilot: Pilot[None]) -> dict[str, str]:
    """What the bottom line says, by its keys."""
    found = (each.binding for each in pilot.app.screen.active_bindings.values())
    return {pilot.app.get_key_display(each): each.description for each in found if each.show}


def told(pilot: Pilot[None]) -> str:
    dialog = shown(pilot, Confirm).query_one(".dialog")
    return str(dialog.border_title)


def test_what_others_leave_in_the_bin_neither_counts_nor_hinders(workspace: Path) -> None:
    folder, deleted = put(workspace, "anna"), Bin(workspace)
    deleted.put(folder.path, NOW)
    (lying,) = deleted.all()
    for place in (lying.path.parent, lying.path.parents[1]):
        (place / ".DS_Store").write_bytes(b"left")
    assert [each.name for each in deleted.all()] == ["anna"]
    assert deleted.newest() == lying.path
    assert deleted.bring_back(lying.path) == folder.path
    assert deleted.newest() is None


async def test_where_the_disk_is_full_it_is_said_which_and_what_could_go(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.simple(State.NO_ROOM, NOW, "Waiting for room."))
    finished = scenes.finished(workspace, NOW)
    finished.checkpoints.mkdir(parents=True, exist_ok=True)
    (finished.checkpoints / "weights").write_bytes(bytes(5_000_000))
    view = read_view(folder, NOW, Outlook(workspace))
    assert "What is full is " in view.detail
    assert f"What could go: faces and model of {finished.load().name}, 5 MB (x on its result)." in view.detail
    deleted = put(workspace, "old")
    (deleted.work / "large").write_bytes(bytes(9_000_000))
    Bin(workspace).put(deleted.path, NOW)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        said = str(shown(pilot, ProjectScreen).query_one("#says", Static).content)
        assert "What could go: the bin, 9 MB (b at home); faces and model" in said
