"""The log of a project and of the wizard, read without leaving it."""

from pathlib import Path

from tests.tui import scenes
from tests.tui.conftest import NOW, settle
from tui.app import Wizard
from tui.messages import ShowFailure, ShowLog
from tui.screens.failure_dialog import FailureDialog
from tui.screens.log import LogScreen
from tui.widgets.rows import Rows


async def test_the_log_of_a_failed_project_is_read_to_its_end_without_leaving_the_wizard(
    wizard: Wizard, workspace: Path
) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.failed(NOW))
    long_line = "Traceback " + " ".join(f"word{number}" for number in range(60))
    folder.log_file.write_text("noise\n" * 1_000_000 + long_line)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for keys in (["l"], ["enter", "l"]):
            await pilot.press(keys[0])
            await settle(pilot)
            await pilot.press(*keys[1:])
            await settle(pilot)
            rows: Rows[str] = wizard.screen.query_one("#log", Rows)
            assert long_line.endswith("".join(rows.items[-4:]))
            assert rows.current == rows.items[-1]
            await pilot.press("pageup", "home")
            assert rows.current == "noise"
            await pilot.press("escape")


async def test_a_log_that_is_not_there_yet_is_said_to_be_empty(wizard: Wizard, tmp_path: Path) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(ShowLog(tmp_path / "log.txt"))
        await settle(pilot)
        assert "Nothing was logged yet." in wizard.screen.query_one("#log", Rows).render_line(0).text
        (tmp_path / "log.txt").write_text("begun")
        assert isinstance(wizard.screen, LogScreen)
        wizard.screen.look()
        await settle(pilot)
        assert list(wizard.screen.query_one("#log", Rows).items) == ["begun"]


async def test_a_fault_of_the_wizard_shows_its_log_by_one_key(wizard: Wizard, tmp_path: Path) -> None:
    (tmp_path / "wizard.log").write_text("ValueError: a fault")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(ShowFailure("Something went wrong.", "Try it again.", tmp_path / "wizard.log"))
        await settle(pilot)
        await pilot.press("l")
        await settle(pilot)
        assert list(wizard.screen.query_one("#log", Rows).items) == ["ValueError: a fault"]
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(wizard.screen, FailureDialog)


async def test_words_are_found_from_the_newest_line_upwards(wizard: Wizard, tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("extract begins\nextract is done\ntrain begins\nout of memory\nTrain begins\n")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(ShowLog(tmp_path / "log.txt"))
        await settle(pilot)
        rows: Rows[str] = wizard.screen.query_one("#log", Rows)
        await pilot.press("slash", *"begins", "enter")
        assert (rows.cursor, rows.has_focus) == (2, True)
        await pilot.press("n")
        assert rows.cursor == 0
        await pilot.press("n")
        assert rows.cursor == 4
        await pilot.press("N")
        assert rows.cursor == 0
        await pilot.press("escape")
        assert not isinstance(wizard.screen, LogScreen)
