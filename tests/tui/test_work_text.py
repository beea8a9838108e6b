"""Queued, gone, paused, idle and at work look different, and each says what to do."""

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Static

from daemon.status import State, write_status
from engine.project.folder import ProjectFolder
from engine.project.stage import Progress, StageName
from tests.holding import held_by_another
from tests.tui import scenes
from tests.tui.conftest import NOW, FakeDaemon, open_project, settle, shown
from tui.app import Wizard
from tui.projects.condition import Condition
from tui.projects.forecast import Outlook
from tui.projects.state_text import says
from tui.projects.view import View, read_view
from tui.projects.work_text import first_priority, queue_words, short_warning, work_line
from tui.screens.home import Home
from tui.screens.log import LogScreen
from tui.screens.project import ProjectScreen
from tui.screens.result import ResultScreen
from tui.widgets.daemon_line import DaemonLine
from tui.widgets.stages import Stages


def view(name: str, condition: Condition) -> View:
    return View(name, condition, Path(name))


@pytest.mark.parametrize(
    ("conditions", "is_watched", "words"),
    [
        ([Condition.RUNNING, Condition.QUEUED], True, "▶ Working on 0. You may log out at any time."),
        ([Condition.RUNNING], False, "✗ Nobody is at work: 0 stands still. s starts it."),
        ([Condition.STOPPED, Condition.QUEUED], False, "✗ Nobody is at work: 0 and 1 other stand still. s starts it."),
        ([Condition.QUEUED], True, "● About to begin with 0."),
        ([Condition.DONE, Condition.PAUSED], True, "● Nothing is to be done; what comes is begun by itself."),
        ([Condition.DONE], False, "○ Nothing is to be done. Nobody is at work: what comes waits. s starts it."),
    ],
)
def test_at_work_idle_and_gone_look_different(conditions: list[Condition], is_watched: bool, words: str) -> None:
    views = [view(str(index), condition) for index, condition in enumerate(conditions)]
    said = work_line(views, is_watched=is_watched).plain
    assert said == words
    assert "daemon" not in said
    assert len(said) <= 76


def test_what_nobody_has_looked_at_yet_is_not_said_to_be_begun() -> None:
    new = View("anna", Condition.QUEUED, Path("anna"), status=scenes.simple(State.ARRIVING, NOW))
    assert work_line([new], is_watched=True).plain == "● Looking at anna."
    assert work_line([new, view("Ben", Condition.QUEUED)], is_watched=True).plain == "● About to begin with Ben."


def test_the_top_line_warns_only_where_something_stands_still() -> None:
    assert short_warning([view("a", Condition.QUEUED)], is_watched=False).plain
    assert not short_warning([view("a", Condition.QUEUED)], is_watched=True).plain
    assert not short_warning([view("a", Condition.DONE)], is_watched=False).plain


def queued(workspace: Path, position: int) -> ProjectFolder:
    scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    return scenes.put_project(workspace, "ben", "Ben", scenes.simple(State.QUEUED, NOW, "Next: training.", position))


def test_a_project_in_the_queue_says_behind_what_and_how_it_goes_first(workspace: Path) -> None:
    outlook = Outlook(workspace)
    mine = read_view(queued(workspace, 3), NOW, outlook)
    others = [mine, view("Anna", Condition.RUNNING)]
    said = queue_words(mine, others, is_watched=True)
    assert said.startswith("It waits behind Anna, and 2 others before it. u lets it go first")
    assert queue_words(mine, others, is_watched=False) == ""


async def test_one_key_lets_a_project_go_first(wizard: Wizard, workspace: Path, daemon: FakeDaemon) -> None:
    daemon.running = True
    folder = queued(workspace, 2)
    other = ProjectFolder(workspace / "anna")
    other.save(other.load().model_copy(update={"priority": 7}))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "u")
    assert folder.load().priority == 8


def test_nothing_comes_before_the_highest_priority() -> None:
    project = scenes.project_named("Anna").model_copy(update={"priority": 100})
    other = View("a", Condition.QUEUED, Path("a"), project=project)
    assert first_priority(view("b", Condition.QUEUED), [other]) == 100


def test_a_paused_project_says_how_far_it_is(workspace: Path) -> None:
    status = scenes.training(NOW).model_copy(update={"state": State.PAUSED})
    folder = scenes.put_project(workspace, "anna", "Anna", status)
    assert says(read_view(folder, NOW, Outlook(workspace))).plain.startswith("Paused at 4")


@pytest.mark.parametrize(
    ("condition", "mark"),
    [(Condition.RUNNING, "▶"), (Condition.FAILED, "✗"), (Condition.PAUSED, "="), (Condition.QUEUED, "·")],
)
async def test_a_stage_at_work_looks_otherwise_than_one_that_failed_or_waits(
    wizard: Wizard, condition: Condition, mark: str
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        stages = Stages("stages")
        await pilot.app.screen.mount(stages)
        stages.show(StageName.TRAIN, (StageName.EXTRACT,), condition)
        lines = str(stages.content).splitlines()
    assert [line[0] for line in lines] == ["✓", mark, "·", "·"]


async def test_what_stands_still_is_said_on_every_screen_and_one_key_starts_it(
    wizard: Wizard, workspace: Path, daemon: FakeDaemon
) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        line = str(shown(pilot, ProjectScreen).query_one(DaemonLine).content)
        assert "Nobody is at work: Anna stands still" in line
        await pilot.press("l")
        wizard.hear()
        await settle(pilot)
        log = shown(pilot, LogScreen)
        assert "nobody is at work: Ctrl+T starts it" in log.top.render_line(0).text
        await pilot.press("ctrl+t")
        wizard.hear()
        await settle(pilot)
        assert daemon.running
        assert "nobody is at work" not in log.top.render_line(0).text


async def test_work_on_a_finished_project_says_that_the_video_is_replaced(
    wizard: Wizard, workspace: Path, daemon: FakeDaemon
) -> None:
    daemon.running = True
    folder = scenes.finished(workspace, NOW)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        shown(pilot, ResultScreen)
        await pilot.press("b")
        await settle(pilot)
        assert "takes its place" in str(wizard.screen.query_one("#settings-note").render())


@pytest.mark.parametrize(("stage", "is_said"), [(StageName.TRAIN, True), (StageName.CONVERT, False)])
def test_what_more_pictures_would_help_is_said_while_they_still_do(stage: StageName, is_said: bool) -> None:
    status = scenes.training(NOW).model_copy(update={"stage": stage, "note": "Nobody smiles in the source's pictures."})
    said = says(View("anna", Condition.RUNNING, Path("anna"), status=status)).plain
    assert ("Nobody smiles" in said) is is_said


@pytest.mark.parametrize(
    ("message", "may_take_minutes"), [("getting the model ready", True), ("reading the faces", False)]
)
def test_how_long_something_takes_that_cannot_say_how_far_it_is(message: str, may_take_minutes: bool) -> None:
    progress = Progress(stage=StageName.TRAIN, done=0, total=0, unit="", message=message)
    began = NOW - dt.timedelta(seconds=40)
    status = scenes.training(NOW).model_copy(update={"progress": progress, "stage_started_at": began})
    said = says(View("anna", Condition.RUNNING, Path("anna"), status=status)).plain
    assert f"{message} for 40 s by now" in said
    assert ("with a large model" in said) is may_take_minutes


async def test_whoever_is_welcomed_hears_nothing_of_work_that_stands_still(wizard: Wizard, workspace: Path) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert not pilot.app.screen.query_one(DaemonLine).display
        scenes.put_project(workspace, "anna", "Anna", scenes.simple(State.QUEUED, NOW))
        shown(pilot, Home).look()
        await settle(pilot)
        assert pilot.app.screen.query_one(DaemonLine).display


@pytest.fixture
def held(workspace: Path) -> Iterator[ProjectFolder]:
    """A project that nobody began in the background, with its first stage at work by `understudio run`."""
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    folder.status_file.unlink()
    with held_by_another(folder):
        yield folder


async def test_what_is_at_work_in_another_window_does_not_stand_still(
    wizard: Wizard, daemon: FakeDaemon, held: ProjectFolder
) -> None:
    daemon.running = False
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        line = str(shown(pilot, Home).query_one(DaemonLine).content)
        assert line == "▶ Anna is at work in another window."
        await open_project(pilot, held.path)
        screen = shown(pilot, ProjectScreen)
        assert "`understudio run` in another window" in str(screen.query_one("#says", Static).content)
        # It would not heed it.
        assert not screen.check_action("pause", ())


def test_what_works_elsewhere_is_so_between_two_of_its_stages_too_and_not_for_ever(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.simple(State.QUEUED, NOW))
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    outlook = Outlook(workspace)
    assert not read_view(folder, NOW, outlook).is_elsewhere
    folder.work.mkdir(exist_ok=True)
    with held_by_another(folder):
        assert read_view(folder, NOW, outlook).is_elsewhere
    clock[0] += 2
    assert read_view(folder, NOW, outlook).is_elsewhere
    clock[0] += 5
    assert read_view(folder, NOW, outlook).condition is Condition.QUEUED


def test_a_stage_whose_daemon_has_died_stands_still_unless_it_holds_the_project_for_long(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW - dt.timedelta(minutes=5)))
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    outlook = Outlook(workspace)
    with held_by_another(folder):
        for _ in range(10):
            assert read_view(folder, NOW, outlook).condition is Condition.STOPPED
            clock[0] += 2
        clock[0] += 15
        assert read_view(folder, NOW, outlook).is_elsewhere


def test_a_stage_of_the_background_is_not_taken_for_something_else(workspace: Path) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    outlook = Outlook(workspace)
    with held_by_another(folder):
        assert not read_view(folder, NOW, outlook).is_elsewhere
    write_status(folder, scenes.simple(State.QUEUED, NOW))
    assert not read_view(folder, NOW, outlook).is_elsewhere
