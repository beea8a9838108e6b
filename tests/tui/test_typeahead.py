from pathlib import Path

from textual import events

from tests.tui.conftest import settle
from tui.answers import Step
from tui.app import Wizard
from tui.drafts import DraftStore
from tui.messages import OpenDraft


async def test_letters_typed_right_after_a_key_that_moves_on_land_in_the_next_input(
    wizard: Wizard, workspace: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        answers = wizard.services.drafts.new(wizard.services.clock())
        wizard.post_message(OpenDraft(answers.model_copy(update={"step": Step.CONSENT_SOURCE})))
        await settle(pilot)
        burst = ["3", *"Agreed", "enter", "enter", *"Anna", "ctrl+n", "2", *"Yes", "enter", "space", *"\tBen"]
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
