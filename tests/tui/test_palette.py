"""Whatever a screen can do is also found by its name, and the questions by a click."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from engine.project.settings import Wanted
from tests.tui import scenes
from tests.tui.conftest import NOW, open_project, settle
from tui.app import Wizard
from tui.drafts.answers import Answers, Step
from tui.messages import OpenDraft


def offered(wizard: Wizard) -> dict[str, str]:
    return {command.title: command.help for command in wizard.get_system_commands(wizard.screen)}


async def test_the_palette_has_every_action_of_the_screen_with_its_key(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        commands = offered(wizard)
        shown = {key: words for words, key in commands.items()}
        assert shown["key p"] == "Pause"
        assert shown["key k"] == "Consent: see, change or withdraw it"
        assert shown["key 3"] == "How it works: converting"
        assert {f"key {key}" for key in "pgafekolw1234"} <= shown.keys()
        assert not {"Resume", "Commands"} & commands.keys()
        assert len(set(commands)) == len(commands)


async def test_what_is_chosen_in_the_palette_is_done(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        await pilot.press("ctrl+p", *"Good enough")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await settle(pilot)
    assert folder.load().wanted is Wanted.FINISH


async def click_on(pilot: Pilot[None], name: str) -> None:
    line = pilot.app.screen.query_one("#steps").render()
    await pilot.click("#steps", offset=(str(line).index(name) + 2, 0))
    await settle(pilot)


@pytest.mark.parametrize(("name", "step"), [("Video", Step.TARGET), ("Consent", Step.CONSENT_SOURCE), ("6", None)])
async def test_a_step_at_the_top_can_be_clicked(wizard: Wizard, name: str, step: Step | None) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(Answers(draft="d", started_at=NOW, step=Step.QUALITY)))
        await settle(pilot)
        await click_on(pilot, name)
        assert wizard.draft is not None
        assert wizard.draft.answers.step is (step or Step.REVIEW)


async def test_a_click_on_a_question_that_is_not_asked_leads_to_the_next(wizard: Wizard) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(Answers(draft="d", started_at=NOW, step=Step.QUALITY)))
        await settle(pilot)
        await click_on(pilot, "Person")
        assert wizard.draft is not None
        assert wizard.draft.answers.step is Step.CONSENT_SOURCE
