from pathlib import Path

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.command import CommandPalette
from textual.screen import Screen

from tests.tui import scenes
from tests.tui.conftest import NOW, open_project, settle
from tui.app import Wizard
from tui.drafts.answers import Step
from tui.drafts.store import DraftStore
from tui.messages import OpenDraft
from tui.screens.log import LogScreen
from tui.screens.project import ProjectScreen
from tui.screens.settings import SettingsDialog


@pytest.mark.slow
async def test_letters_typed_right_after_a_key_that_moves_on_land_in_the_next_input(
    wizard: Wizard, workspace: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        answers = wizard.services.drafts.new(wizard.services.clock())
        wizard.post_message(OpenDraft(answers.model_copy(update={"step": Step.CONSENT_SOURCE})))
        await settle(pilot)
        first = ["3", *"Agreed", "enter", "enter", "enter", *"Anna", "ctrl+n"]
        burst = [*first, "3", *"Yes", "enter", "\t", "space", *"\tBen"]
        for key in burst:
            name = {"\t": "tab"}.get(key, key)
            wizard.post_message(events.Key(name, key if len(key) == 1 and key != "\t" else None))
        await settle(pilot)
        await pilot.pause(0.5)
    kept = DraftStore(workspace).all()[0]
    assert kept.consent_source.note == "Agreed"
    assert kept.consent_source.is_adult
    assert kept.consent_source.given_by == "Anna"
    assert kept.consent_target.note == "Yes"
    assert kept.consent_target.given_by == "Ben"


async def test_a_path_pasted_right_after_the_key_that_asks_for_it_is_the_answer(
    wizard: Wizard, workspace: Path, photos: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for event in (events.Key("n", "n"), events.Paste(str(photos)), events.Key("enter", "\r")):
            wizard.post_message(event)
        await settle(pilot)
        await pilot.pause(0.5)
    assert DraftStore(workspace).all()[0].sources == (photos,)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("second", "shows"),
    [
        ("l", LogScreen),
        ("\r", ProjectScreen),
        (" ", ProjectScreen),
        ("\x10", CommandPalette),
        ("\x1b[A", ProjectScreen),
    ],
    ids=["letter", "enter", "space", "ctrl+p", "arrow"],
)
async def test_escape_and_a_key_that_arrive_as_one_are_taken_one_after_the_other(
    wizard: Wizard, workspace: Path, second: str, shows: type[Screen[None]]
) -> None:
    scenes.full_workspace(workspace, NOW)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, workspace / "anna-as-ben", "e")
        assert isinstance(wizard.screen, SettingsDialog)
        # What a burst of bytes becomes is up to this parser, and Textual has no public door to it.
        parser = XTermParser()
        for key in (*parser.feed(f"\x1b{second}"), *parser.feed("")):
            wizard.post_message(key)
        await settle(pilot)
        assert isinstance(wizard.screen, shows)
