"""Gathering, as it is asked for: on the command line and in the wizard."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Static
from typer.testing import CliRunner

from engine.project.stage import ExitCode
from engine.records.gather_request import GatherProgress, GatherRequest, Refusal
from engine.records.gather_text import report_lines
from engine.role import Role
from tests.gather_server import Server, openverse_page
from tests.tui.conftest import until
from tests.tui.fake_gatherer import FakeGatherer, report_of
from tui.app import Wizard
from tui.cli import built
from tui.commands.gather import progress_words
from tui.messages import NewProject
from tui.processes.gather_process import GatherProcess
from tui.screens.gather import GatherScreen
from tui.screens.media import SourceQuestion
from tui.screens.person import Picker


async def open_gathering(pilot: Pilot[None]) -> GatherScreen:
    """Begin a new project, and ask for pictures from the web."""
    pilot.app.post_message(NewProject())
    await pilot.pause()
    await pilot.press("f3")
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, GatherScreen)
    return screen


def words_on(screen: GatherScreen) -> str:
    return str(screen.query_one("#gather-words", Static).render())


@pytest.mark.slow
async def test_the_wizard_gathers_shows_who_was_found_and_takes_the_pictures(
    gathering_wizard: Wizard, gatherer: FakeGatherer
) -> None:
    async with gathering_wizard.run_test(size=(110, 40)) as pilot:
        screen = await open_gathering(pilot)
        await pilot.press("ctrl+n")
        assert not gatherer.requests
        await pilot.press(*"Ada", "ctrl+n")
        await until(pilot, lambda: "1 of 40" in words_on(screen))
        assert "no face (4)" in words_on(screen)
        gatherer.go_on.set()
        await until(pilot, lambda: isinstance(gathering_wizard.focused, Picker))
        assert "3 pictures of one person" in words_on(screen)
        assert "not a person's consent" in words_on(screen)
        await pilot.press("2")
        await until(pilot, lambda: len(gatherer.requests) == 2)
        assert [request.person_seen for request in gatherer.requests] == [None, 2]
        await until(pilot, lambda: not screen.query_one("#begin", Button).disabled)
        await pilot.press("ctrl+n")
        await until(pilot, lambda: isinstance(gathering_wizard.screen, SourceQuestion))
        draft = gathering_wizard.draft
        assert draft is not None
        await until(pilot, lambda: draft.answers.sources)
        assert draft.answers.sources == (gatherer.requests[0].into / "source",)


@pytest.mark.slow
@pytest.mark.parametrize("persons", [1, 2])
async def test_the_person_who_was_shown_and_taken_is_remembered_as_the_right_one(
    persons: int, gathering_wizard: Wizard, gatherer: FakeGatherer
) -> None:
    gatherer.persons = persons
    gatherer.go_on.set()
    async with gathering_wizard.run_test(size=(110, 40)) as pilot:
        screen = await open_gathering(pilot)
        await pilot.press(*"Ada", "ctrl+n")
        await until(pilot, lambda: isinstance(gathering_wizard.focused, Picker))
        assert len(screen.query("Picker .card")) == persons
        await until(pilot, lambda: not screen.query_one("#begin", Button).disabled)
        await pilot.press("ctrl+n")
        await until(pilot, lambda: isinstance(gathering_wizard.screen, SourceQuestion))
    assert [request.person_seen for request in gatherer.requests] == [None, 1]


async def test_what_is_done_at_the_moment_is_said_with_how_far_it_is(
    gathering_wizard: Wizard, gatherer: FakeGatherer
) -> None:
    gatherer.doing = "choosing frames of anna.mp4"
    async with gathering_wizard.run_test(size=(80, 24)) as pilot:
        screen = await open_gathering(pilot)
        await pilot.press(*"Ada", "ctrl+n")
        await until(pilot, lambda: "5 looked at, choosing frames of anna.mp4.\n" in words_on(screen))


async def test_escape_stops_a_gathering_and_keeps_the_screen(gathering_wizard: Wizard, gatherer: FakeGatherer) -> None:
    async with gathering_wizard.run_test(size=(110, 40)) as pilot:
        screen = await open_gathering(pilot)
        await pilot.press(*"Ada", "ctrl+n")
        await until(pilot, lambda: str(screen.query_one("#leave", Button).label) == "Stop")
        await pilot.press("escape")
        await until(pilot, lambda: screen.query(Picker))
        assert gathering_wizard.screen is screen
        assert "3 pictures" in words_on(screen)
        assert screen.query(Picker)


async def test_a_gathering_that_fails_says_why_and_can_be_tried_again(
    gathering_wizard: Wizard, gatherer: FakeGatherer
) -> None:
    gatherer.fails = True
    async with gathering_wizard.run_test(size=(80, 24)) as pilot:
        gathering_wizard.post_message(NewProject())
        await pilot.pause()
        await pilot.press("f3")
        await pilot.pause()
        await pilot.press(*"Ada", "ctrl+n")
        screen = gathering_wizard.screen
        assert isinstance(screen, GatherScreen)
        await until(pilot, lambda: "Nobody" in words_on(screen))
        assert "Nobody answered. Try again." in words_on(screen)
        await pilot.press("ctrl+n")
        await until(pilot, lambda: len(gatherer.requests) == 2)


@pytest.mark.slow
async def test_a_gathering_that_is_cancelled_leaves_no_process_behind(tmp_path: Path) -> None:
    started = tmp_path / "started"
    script = f"import pathlib, time, os; pathlib.Path({str(started)!r}).write_text(str(os.getpid())); time.sleep(600)"
    process = GatherProcess((sys.executable, "-c", script))
    request = GatherRequest(into=tmp_path, person=Role.SOURCE, topic="x")
    task = asyncio.create_task(process.gather(request, lambda said: None, asyncio.Event()))
    while not started.exists() or not started.read_text():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not Path("/proc", started.read_text()).exists()


def test_the_report_is_told_in_sentences(tmp_path: Path) -> None:
    request = GatherRequest(into=tmp_path, person=Role.SOURCE, topic="x", count=5)
    lines = report_lines(report_of(request))
    assert lines[0] == f"3 pictures are in {tmp_path}/source; 5 were wanted, 9 looked at."
    assert lines[1] == "Left out: no face (4), damaged (2)."
    assert "person 1 was kept, the one in most pictures" in lines[2]
    assert "CC BY 4.0" in lines[3]


def test_a_single_picture_is_told_as_one(tmp_path: Path) -> None:
    request = GatherRequest(into=tmp_path, person=Role.SOURCE, topic="x", count=5)
    assert report_lines(report_of(request, kept=1))[0].startswith("1 picture is in ")


def test_progress_is_one_line() -> None:
    said = GatherProgress(kept=12, wanted=40, looked_at=31, refused={Refusal.NO_FACE: 4}, rate=0.5, eta_seconds=56)
    assert progress_words(said) == "Gathering  12/40 kept  31 looked at  30/min  56 s left  left out: no face (4)"


def test_the_command_asks_for_something_to_look_for(tmp_path: Path) -> None:
    result = CliRunner().invoke(built(), ["gather", "--into", str(tmp_path / "x"), "--person", "source"])
    assert result.exit_code == 2
    assert "say whom or what to look for" in result.output


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("ftp://example.org/a.jpg", "no address"), ("# nothing\n\n", "no link"), ("\x80\x81", "no address")],
)
def test_lists_that_hold_no_links_are_refused(text: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "links.txt").write_text(text)
    arguments = ["gather", "--into", str(tmp_path / "x"), "--person", "source"]
    result = CliRunner().invoke(built(), [*arguments, "--from-urls", str(tmp_path / "links.txt")])
    assert complaint in str(result.exception)


@pytest.mark.slow
def test_the_command_ends_with_its_codes_and_the_word_on_consent(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server = Server()
    server.routes["/v1/images/"] = openverse_page([])
    arguments = ["gather", "Ada", "--into", str(tmp_path / "x"), "--person", "source"]
    try:
        result = CliRunner().invoke(built(), [*arguments, "--openverse-url", server.url, "--commons-url", server.url])
    finally:
        server.close()
    assert result.exit_code == ExitCode.FAILED, result.output
    assert "Wikimedia Commons did not answer" in capfd.readouterr().err + result.output
