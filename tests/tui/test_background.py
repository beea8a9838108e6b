"""What fails in the background is said."""

from pathlib import Path

import pytest
from textual.widgets import Label

from tests.tui import scenes
from tests.tui.conftest import NOW, FakeDaemon, open_project, settle, shown
from tui.app import Wizard
from tui.projects.view import View
from tui.screens import project
from tui.screens.failure_dialog import FailureDialog
from tui.screens.home import Home
from tui.screens.project import ProjectScreen


async def test_a_daemon_that_cannot_be_started_is_said(
    wizard: Wizard, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "start", _refuse)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot)
        assert "Something went wrong" in str(shown(pilot, FailureDialog).query_one(Label).render())


async def test_a_look_that_fails_each_time_is_said_once_and_left(
    wizard: Wizard, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project, "read_view", _refuse)
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        shown(pilot, FailureDialog)
        await pilot.press("escape")
        await settle(pilot)
        shown(pilot, ProjectScreen)
        await pilot.press("escape")
        await settle(pilot)
        shown(pilot, Home)


def _refuse(*_: object) -> View:
    raise ValueError("no")
