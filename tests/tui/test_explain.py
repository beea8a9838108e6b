"""The steps in the wizard: they open at the stage in question, turn with the arrows, and say what is synthetic."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from textual.widgets import Static

from engine.project.stage import StageName
from engine.records.explanation import BUNDLED, Explanation, read_explanation, write_explanation
from tests.tui import scenes
from tests.tui.conftest import NOW, FakeEngine, settle
from tui import messages
from tui.app import Wizard
from tui.projects.explanations import requests
from tui.screens.explain import ExplainScreen
from tui.screens.zoom import Zoom


@pytest.mark.parametrize(
    ("stage", "title"),
    [
        (StageName.EXTRACT, "The photo"),
        (StageName.TRAIN, "An exercise for the model"),
        (StageName.CONVERT, "A photograph to start from"),
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
        ("3", "A photograph to start from"),
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


async def test_a_result_leads_to_how_it_was_made(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    async with wizard.run_test(size=(80, 24)) as pilot:
        wizard.post_message(messages.OpenProject(folder.path))
        await settle(pilot)
        await pilot.press("w")
        await settle(pilot)
        assert "The photo" in str(wizard.screen.query_one("#explain-title", Static).content)


async def test_the_pages_are_about_the_projects_own_picture_and_made_once(
    wizard: Wizard, engine: FakeEngine, workspace: Path, tmp_path: Path
) -> None:
    steps = read_explanation(BUNDLED).steps[:10]
    engine.explains = tmp_path / "made"
    engine.explains.mkdir()
    for step in steps:
        shutil.copy(BUNDLED / step.picture, engine.explains / step.picture)
    write_explanation(engine.explains, Explanation(steps=steps))
    folder = scenes.put_project(workspace, "p", "P", scenes.training(NOW))
    scenes.picture(folder.source / "anna.jpg", 1)
    async with wizard.run_test(size=(80, 24)) as pilot:
        for _ in range(2):
            wizard.post_message(messages.ExplainStage(StageName.TRAIN, folder.path))
            await settle(pilot)
            await wizard.workers.wait_for_complete()
            title = wizard.screen.query_one("#explain-title", Static)
            assert "bundled" not in str(title.content)
            await pilot.press("right")
            assert "The code in the middle" in str(title.content)
            assert "the bundled clips" in str(title.content)
            await pilot.press("escape")
    (asked,) = engine.asked_to_explain
    assert asked[-1] == str(folder.source / "anna.jpg")
    assert "--project" not in asked


async def test_where_no_picture_will_do_the_bundled_pages_stay_and_the_reason_is_said(
    wizard: Wizard, workspace: Path
) -> None:
    folder = scenes.put_project(workspace, "p", "P", scenes.training(NOW))
    scenes.picture(folder.source / "anna.jpg", 1)
    async with wizard.run_test(size=(80, 24)) as pilot:
        wizard.post_message(messages.ExplainStage(StageName.CONVERT, folder.path))
        await settle(pilot)
        await wizard.workers.wait_for_complete()
        await settle(pilot)
        assert "the bundled clips" in str(wizard.screen.query_one("#explain-title", Static).content)
        assert "was not looked at" in str(wizard.screen.query_one("#top", Static).content)


def test_with_a_model_the_video_to_change_is_shown_first(workspace: Path) -> None:
    folder = scenes.put_project(workspace, "p", "P", None)
    scenes.picture(folder.source / "anna.jpg", 1)
    (folder.target / "ben.mp4").write_bytes(b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 100)
    (folder.checkpoints / "step-000000100").mkdir(parents=True)
    first, second = requests(folder)
    assert (first.photo.name, first.model, second.photo.name, second.model) == (
        "ben.mp4",
        "step-000000100",
        "anna.jpg",
        "",
    )
    assert "--project" in first.words
    assert first.place != second.place


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
    assert sum(path.stat().st_size for path in BUNDLED.iterdir()) < 500_000
    assert [step.picture for step in steps if step.is_synthetic] == [
        f"{number}-{name}.jpg" for number, name in enumerate(("reference", "answers", "colour", "pasted"), start=12)
    ]
