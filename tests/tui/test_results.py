"""Several results of one project: compared, named, thrown away."""

from pathlib import Path

import pytest
from textual.widgets import Label, Static
from typer.testing import CliRunner, Result

from engine.errors import ProjectError
from engine.project.folder import ProjectFolder
from engine.records.kept_results import kept_results
from tests.tui import scenes
from tests.tui.conftest import NOW, open_project, paste, settle, shown
from tui.app import Wizard
from tui.cli import built
from tui.projects.results import results_of
from tui.screens.confirm import Confirm
from tui.screens.result import ResultScreen
from tui.screens.results import ResultsScreen
from tui.widgets.picture import Picture
from tui.widgets.rows import Rows


@pytest.fixture
def folder(workspace: Path) -> ProjectFolder:
    """A result, and an earlier one that was sharper."""
    made = scenes.finished(workspace, NOW)
    scenes.put_earlier_result(made, "yesterday's")
    return made


async def test_an_earlier_result_is_shown_beside_the_present_one(wizard: Wizard, folder: ProjectFolder) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        said = str(shown(pilot, ResultScreen).query_one("#result-path", Static).render())
        assert "1 result: e shows them beside this one" in said
        await pilot.press("e")
        await settle(pilot)
        screen = shown(pilot, ResultsScreen)
        assert [view.name for view in screen.query_one(Rows).items] == ["the present one", "yesterday's"]
        assert "sharpen 2.0" in str(screen.query_one("#result-words", Static).render())
        pictures = {str(picture.id): picture.path for picture in screen.query(Picture)}
        assert pictures == {
            "this-picture": kept_results(folder)[0].picture,
            "present-picture": folder.compare_picture,
        }
        await pilot.press("right")
        assert [picture.pair for picture in screen.query(Picture)] == [1, 1]
        await pilot.press("up")
        assert not screen.query_one("#present-side").display, "the present one beside itself says nothing"


@pytest.mark.slow
async def test_an_earlier_result_gets_a_name(wizard: Wizard, folder: ProjectFolder) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "e")
        await pilot.press("r", "end", *["backspace"] * 20)
        await paste(pilot, "sharper")
        await pilot.press("enter")
        await settle(pilot)
        assert str(shown(pilot, ResultsScreen).query_one("#this-name", Label).render()) == "sharper"
    assert [kept.name for kept in kept_results(folder)] == ["sharper"]


@pytest.mark.slow
async def test_an_earlier_result_is_deleted_after_a_question(wizard: Wizard, folder: ProjectFolder) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "e")
        await pilot.press("x")
        await settle(pilot)
        assert "Delete" in str(shown(pilot, Confirm).query_one(".dialog").border_title)
        await pilot.press("y")
        await settle(pilot)
    assert [view.name for view in results_of(folder)] == ["the present one"]


@pytest.mark.slow
async def test_the_present_result_is_neither_renamed_nor_deleted_there(wizard: Wizard, folder: ProjectFolder) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "e", "up", "x")
        assert shown(pilot, ResultsScreen).check_action("rename", ()) is False
    assert len(results_of(folder)) == 2


def asked(folder: ProjectFolder, *words: str, answer: str = "") -> Result:
    return CliRunner().invoke(built(), ["results", str(folder.path), *words], input=answer)


def test_the_command_lists_names_and_deletes_them(folder: ProjectFolder) -> None:
    listed = asked(folder).stdout
    assert listed.index("the present one") < listed.index("yesterday's")
    assert "Otherwise than the present one: sharpen 2.0" in listed
    assert str(kept_results(folder)[0].video) in listed

    assert "sharpest of all" in asked(folder, "--rename", "yesterday's", "sharpest of all").stdout
    refused = asked(folder, "--delete", "yesterday's", "--yes")
    assert isinstance(refused.exception, ProjectError)
    assert "“sharpest of all”" in refused.exception.hint

    assert asked(folder, "--delete", "sharpest of all", answer="n\n").exit_code == 1
    assert [kept.name for kept in kept_results(folder)] == ["sharpest of all"]
    assert "sharpest" not in asked(folder, "--delete", "sharpest of all", "--yes").stdout
    assert kept_results(folder) == ()


def test_the_command_says_where_there_is_none(workspace: Path) -> None:
    folder = scenes.put_project(workspace, "anna-as-ben", "Anna as Ben", None)
    assert "There is no result yet." in asked(folder).stdout
