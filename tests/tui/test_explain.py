"""The steps in the wizard: they open at the stage in question, turn with the arrows, and say what is synthetic."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from engine.explanation import BUNDLED, read_explanation
from engine.stage import StageName
from tests.tui import scenes
from tests.tui.conftest import NOW, settle
from tui import messages
from tui.app import Wizard
from tui.screens.explain import ExplainScreen
from tui.screens.zoom import Zoom


@pytest.mark.parametrize(
    ("stage", "title"),
    [
        (StageName.EXTRACT, "The photo"),
        (StageName.TRAIN, "An exercise for the model"),
        (StageName.CONVERT, "Two answers to one code"),
        (StageName.REPORT, "Put back into the picture"),
    ],
)
async def test_each_stage_opens_at_the_step_that_shows_it(wizard: Wizard, stage: StageName, title: str) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        wizard.post_message(messages.ExplainStage(stage))
        await settle(pilot)
        assert title in str(wizard.screen.query_one("#explain-title", Static).content)


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("1", "The photo"),
        ("2", "An exercise for the model"),
        ("3", "Two answers to one code"),
        ("4", "Put back into the picture"),
        ("w", "An exercise for the model"),
    ],
)
async def test_each_row_of_a_project_at_work_leads_to_the_step_of_its_stage(
    key: str, title: str, wizard: Wizard, workspace: Path
) -> None:
    scenes.full_workspace(workspace, NOW)
    async with wizard.run_test(size=(80, 24)) as pilot:
        wizard.post_message(messages.OpenProject(workspace / "anna-as-ben"))
        await settle(pilot)
        rows = str(wizard.screen.query_one("#stages", Static).content).splitlines()
        assert [row.rstrip()[-20:] for row in rows] == [f"{number} what is happening?" for number in range(1, 5)]
        await pilot.press(key)
        await settle(pilot)
        assert title in str(wizard.screen.query_one("#explain-title", Static).content)


async def test_arrows_turn_the_pages_and_stop_at_either_end(wizard: Wizard) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        wizard.post_message(messages.ExplainStage(StageName.EXTRACT))
        await settle(pilot)
        screen = wizard.screen
        assert isinstance(screen, ExplainScreen)
        await pilot.press("left")
        assert screen.step == 0
        await pilot.press("right", "right")
        assert screen.step == 2
        await pilot.press("end", "right")
        assert screen.step == len(read_explanation(BUNDLED).steps) - 1
        assert "AI MODIFIED" in str(screen.query_one("#explain-title", Static).content)
        await pilot.press("z")
        await settle(pilot)
        assert isinstance(wizard.screen, Zoom)


def test_the_bundled_steps_are_small_complete_and_say_which_are_synthetic() -> None:
    steps = read_explanation(BUNDLED).steps
    assert {path.name for path in BUNDLED.iterdir()} == {"steps.json", *(step.picture for step in steps)}
    assert sum(path.stat().st_size for path in BUNDLED.iterdir()) < 400_000
    assert [step.picture for step in steps if step.is_synthetic] == ["11-answers.jpg", "12-colour.jpg", "13-pasted.jpg"]
