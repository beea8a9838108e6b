"""Leaving keeps what was answered; home names all there is in the workspace, and finds it by its name."""

from pathlib import Path

import pytest

from daemon.status import State
from tests.tui import scenes
from tests.tui.conftest import NOW, settle, shown, until
from tui.app import Wizard
from tui.drafts.answers import Answers, Step
from tui.messages import OpenDraft
from tui.projects.view import View
from tui.screens.home import Home
from tui.widgets.rows import Rows


async def test_q_leaves_everywhere_and_says_that_answers_are_kept(
    wizard: Wizard, capsys: pytest.CaptureFixture[str]
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(Answers(draft="d", started_at=NOW, step=Step.REVIEW)))
        await settle(pilot)
        await pilot.press("q")
        await settle(pilot)
        assert not wizard.is_running
    assert "Your answers are kept" in capsys.readouterr().err


async def test_a_folder_of_photos_in_the_workspace_is_named_and_begins_a_project(
    wizard: Wizard, workspace: Path, photos: Path
) -> None:
    workspace.mkdir()
    photos.rename(workspace / "Anna Ek")
    (workspace / "notes").mkdir()
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert [view.name for view in wizard.screen.query_one(Rows).items] == ["Anna Ek"]
        await pilot.press("enter")
        await settle(pilot)
        assert wizard.draft is not None
        assert wizard.draft.answers.sources == (workspace / "Anna Ek",)
        await pilot.press("escape")
        # Home may have looked a moment before the answers were kept, and looks again soon.
        await until(pilot, lambda: [view.says for view in wizard.screen.query_one(Rows).items] == ["questions open"])


async def test_home_lists_only_the_projects_with_some_letters_in_their_names(wizard: Wizard, workspace: Path) -> None:
    for name in ("Anna", "Berta", "Hannah"):
        scenes.put_project(workspace, name, name, scenes.simple(State.QUEUED, NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        rows: Rows[View] = shown(pilot, Home).query_one(Rows)
        await pilot.press("slash", *"ANN", "enter")
        await settle(pilot)
        assert [view.name for view in rows.items] == ["Anna", "Hannah"]
        await pilot.press("escape")
        await settle(pilot)
        assert len(rows.items) == 3
