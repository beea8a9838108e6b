"""The frame that was drawn before training, wherever a project is looked at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.widgets import Static

from daemon.status import write_status
from engine.project.folder import ProjectFolder
from engine.project.stage import Progress, StageName
from engine.records.foretaste import foretaste_picture
from tests.tui import scenes
from tests.tui.conftest import NOW, FakeDaemon, open_project, settle, shown
from tests.visiting import visiting
from tui.app import Wizard
from tui.commands.console import RewrittenLine
from tui.commands.run import StageLines
from tui.projects.looks import Look
from tui.screens.home import Home
from tui.screens.project import ProjectScreen
from tui.screens.zoom import Zoom
from tui.services import Services
from tui.widgets.picture import Picture

SAYS = "About what it will be: one frame"


@pytest.fixture
def begun(workspace: Path) -> ProjectFolder:
    """A project in training that has no preview yet."""
    folder = scenes.put_project(
        workspace, "anna-as-ben", "Anna as Ben", scenes.training(NOW).model_copy(update={"preview": None})
    )
    scenes.picture(folder.foretaste, 3, 720, 360)
    return folder


async def test_it_is_shown_until_there_is_a_preview_and_by_a_key_ever_after(
    wizard: Wizard, begun: ProjectFolder
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert shown(pilot, Home).query_one("#thumbnail", Picture).path == begun.foretaste
        await open_project(pilot, begun.path)
        screen = shown(pilot, ProjectScreen)
        assert screen.query_one("#preview", Picture).path == begun.foretaste
        assert SAYS in str(screen.query_one("#says", Static).content)

        preview = scenes.picture(begun.previews / "step-000002400.jpg", 3, 480, 96)
        write_status(begun, scenes.training(NOW))
        screen.look()
        await settle(pilot)
        assert screen.query_one("#preview", Picture).path == preview
        assert SAYS not in str(screen.query_one("#says", Static).content)

        await pilot.press("b")
        await settle(pilot)
        zoomed = shown(pilot, Zoom)
        assert zoomed.query_one("#zoom", Picture).path == begun.foretaste
        await pilot.press("z")
        assert zoomed.query_one("#zoom", Picture).column == len(Look.FORETASTE.facts.captions) - 1


async def test_without_one_no_key_offers_it(wizard: Wizard, begun: ProjectFolder) -> None:
    begun.foretaste.unlink()
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, begun.path, "b")
        assert shown(pilot, ProjectScreen).query_one("#preview", Picture).path is None


async def test_the_page_in_the_browser_shows_it_and_says_that_training_makes_it_better(
    services: Services, begun: ProjectFolder
) -> None:
    async with visiting(services) as visitor:
        text = await (await visitor.get("/projects/anna-as-ben/state")).text()
        assert "Training makes it better" in text
        address = re.search(r'src="(/projects/[^"]+)"', text)
        assert address is not None
        assert await (await visitor.get(address[1])).read() == begun.foretaste.read_bytes()


def test_the_run_says_once_where_it_lies(begun: ProjectFolder, capsys: pytest.CaptureFixture[str]) -> None:
    with RewrittenLine() as line:
        lines = StageLines(line, begun)
        for done in (1, 2):
            lines.show(Progress(stage=StageName.TRAIN, done=done, total=12, unit="minutes"))
    said = capsys.readouterr().out
    assert said.count(SAYS) == 1
    assert str(begun.foretaste) in said
    (begun.checkpoints / "step-000002400").mkdir(parents=True)
    with RewrittenLine() as line:
        StageLines(line, begun).show(Progress(stage=StageName.TRAIN, done=5, total=12, unit="minutes"))
    assert SAYS not in capsys.readouterr().out


def test_what_leads_out_of_a_project_is_not_shown(begun: ProjectFolder, tmp_path: Path) -> None:
    begun.foretaste.unlink()
    begun.foretaste.symlink_to(scenes.picture(tmp_path / "mine.jpg", 1))
    assert foretaste_picture(begun) is None


async def test_remarks_leave_the_picture_room_in_the_smallest_window(
    wizard: Wizard, begun: ProjectFolder, daemon: FakeDaemon
) -> None:
    daemon.running = True
    note = "In the video the head is held further up (see frame 261 of ben.mp4). The eyes look further to the left. "
    status = scenes.training(NOW).model_copy(update={"preview": None, "note": note + "More pictures help. " * 12})
    write_status(begun, status)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, begun.path)
        screen = shown(pilot, ProjectScreen)
        said = str(screen.query_one("#says", Static).content)
        assert "(see frame 261 of ben.mp4). A higher window shows 13 more sentences." in said
        assert SAYS in said
        assert screen.query_one("#preview", Picture).size.height >= 6
        await pilot.resize_terminal(120, 40)
        await settle(pilot)
        assert "More pictures help" in str(screen.query_one("#says", Static).content)
