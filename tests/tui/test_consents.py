"""Consent is given in words that are kept, and can be seen, changed and withdrawn at any time."""

import datetime as dt
from pathlib import Path

import pytest
from textual.widgets import Label, Static

from daemon.commands import Change, change_project
from daemon.status import State
from engine.project.change_consent import withdraw_consent
from engine.project.folder import ProjectFolder
from engine.project.forget import TOMBSTONE
from engine.project.lock import alone_on
from engine.project.settings import ConsentBasis, ConsentRecord
from engine.role import Role
from tests.tui import scenes
from tests.tui.conftest import NOW, go_to_consent, open_project, paste, settle, shown, until
from tui.app import Wizard
from tui.drafts.answers import Answers, Step
from tui.drafts.creation import answers_from_folder
from tui.messages import OpenConsent, OpenDraft
from tui.projects.condition import Condition
from tui.projects.forecast import Outlook
from tui.projects.view import read_view
from tui.screens.confirm import Confirm
from tui.screens.consents import ConsentScreen
from tui.screens.home import Home
from tui.screens.mend_consent import MendConsent
from tui.screens.project import ProjectScreen
from tui.widgets.field import Field, Tick

WORDS = "Hi! Yes, you may put my face into your film.\nBest, Anna"


@pytest.mark.slow
async def test_the_words_of_a_message_are_kept_as_evidence(
    wizard: Wizard, workspace: Path, photos: Path, video: Path
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await go_to_consent(pilot, photos, video)
        for who in ("Anna", "Ben"):
            await pilot.press("2")
            await paste(pilot, f"{who} agreed")
            await pilot.press("enter")
            await paste(pilot, WORDS)
            await pilot.press("enter", "enter", "ctrl+n")
            await settle(pilot)
        await pilot.press("ctrl+n")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
    folder = ProjectFolder(workspace / "Anna-Ek-as-ben")
    consent = folder.load().consent.source
    assert consent is not None
    assert (consent.basis, consent.evidence) == (ConsentBasis.MESSAGE, "consent/source-message.txt")
    kept = (folder.consent / "source-message.txt").read_text("utf-8")
    assert kept == "Hi! Yes, you may put my face into your film. Best, Anna\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("basis", "typed", "said"),
    [("2", "", "Paste the message"), ("2", "~/yes.png", "There is no file"), ("3", "scan of it.pdf", "no file")],
)
async def test_evidence_that_is_not_there_is_said_at_its_question(
    wizard: Wizard, basis: str, typed: str, said: str
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenDraft(Answers(draft="d", started_at=NOW, step=Step.CONSENT_SOURCE)))
        await settle(pilot)
        await pilot.press(basis, *"Anna agreed", "enter", *typed, "enter", "enter", *"Anna", "ctrl+n")
        await settle(pilot)
        assert wizard.draft is not None
        assert wizard.draft.answers.step is Step.CONSENT_SOURCE
        evidence = wizard.screen.query_one("#evidence", Field)
        assert said in "".join(str(part.content) for part in evidence.query(Static))


async def test_who_signed_a_paper_is_asked_for_and_missed_in_the_same_words(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "k", "enter")
        giver = shown(pilot, MendConsent).query_one("#given_by", Field)
        label = giver.query_one(".field-label", Label)
        assert str(label.content) == "Signed by"
        giver.value = ""
        await pilot.press("ctrl+n")
        await settle(pilot)
        assert "who signed the paper" in str(giver.query_one(".field-error", Label).content)
        wizard.screen.query_one("#basis").focus()
        await pilot.press("1")
        assert str(label.content) == "Given by"


async def test_that_only_adults_may_be_shown_stands_right_beneath_its_box(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "k", "enter")
        form = shown(pilot, MendConsent)
        form.query_one("#is_adult", Tick).focus()
        await pilot.press("space", "ctrl+n")
        await settle(pilot)
        box, error = form.query_one("#is_adult"), form.query_one("#is_adult-error")
        assert error.region.y == box.region.bottom


async def test_consent_is_seen_and_changed_from_a_project_at_work(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.training(NOW))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "k")
        assert "Agreed" in str(shown(pilot, ConsentScreen).query_one("#consent-words", Static).content)
        await pilot.press("down", "enter")
        await settle(pilot)
        form = shown(pilot, MendConsent)
        for field, value in (("given_by", "Ben Ode"), ("valid_until", "2027-05-03")):
            form.query_one(f"#{field}", Field).value = value
        await pilot.press("ctrl+n")
        await settle(pilot)
        shown(pilot, ConsentScreen)
    source, target = (folder.load().consent.of(role) for role in Role)
    assert target is not None
    assert source is not None
    assert (target.valid_until, source.valid_until) == (dt.date(2027, 5, 3), None)


@pytest.mark.slow
async def test_after_a_withdrawal_it_is_said_what_there_still_is_and_that_can_be_deleted(
    wizard: Wizard, workspace: Path
) -> None:
    folder = scenes.finished(workspace, NOW)
    (folder.source / "anna.jpg").write_bytes(b"anna")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "k", "x")
        assert "Nothing of this project runs any more" in said_on(shown(pilot, Confirm))
        await pilot.press("y")
        await settle(pilot)
        assert "results: 3 files" in said_on(shown(pilot, Confirm))
        consent = folder.load().consent.source
        assert consent is not None
        assert consent.withdrawn_on == NOW.date()
        assert folder.report_json.exists()
        await pilot.press("y")
        await settle(pilot)
        assert "Nothing that was made" in said_on(shown(pilot, ConsentScreen))
    assert not folder.result.exists()
    assert (folder.path / TOMBSTONE).exists()
    assert (folder.source / "anna.jpg").exists()


async def test_after_a_withdrawal_the_keys_are_named_that_delete_and_that_record_it_anew(
    wizard: Wizard, workspace: Path
) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.simple(State.PAUSED, NOW))
    withdraw_consent(folder, Role.SOURCE, NOW.date())
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenConsent(folder.path))
        await settle(pilot)
        said = said_on(shown(pilot, ConsentScreen))
    assert "d deletes what was made from their face" in said
    assert "Enter records it" in said
    assert "understudio forget" not in said


@pytest.mark.parametrize("change", [Change.RESUME, Change.FINISH, Change.RETRY])
def test_of_a_project_whose_consent_was_withdrawn_it_is_not_said_that_it_goes_on(
    workspace: Path, change: Change
) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.simple(State.PAUSED, NOW))
    assert "stands still" not in change_project(folder, change)
    withdraw_consent(folder, Role.SOURCE, NOW.date())
    said = change_project(folder, change)
    assert said == "Anna stands still: the consent of the person who will appear was withdrawn."
    assert "wait" in change_project(folder, Change.PAUSE)


@pytest.mark.slow
async def test_the_whole_project_can_be_deleted_once_consent_was_withdrawn(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    (folder.source / "anna.jpg").write_bytes(b"anna")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "k", "D")
        shown(pilot, ConsentScreen)
        await pilot.press("x", "y")
        await settle(pilot)
        await pilot.press("n", "D", "y")
        await settle(pilot)
        shown(pilot, Home)
    assert [path.name for path in folder.path.iterdir()] == [TOMBSTONE]


@pytest.mark.slow
async def test_deleting_waits_for_the_stage_that_is_stopping(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "k", "x", "y")
        await settle(pilot)
        with alone_on(folder):
            await pilot.press("y")
            await until(pilot, lambda: "safe point" in said_on(shown(pilot, ConsentScreen)))
            assert folder.result.exists()
        await until(pilot, lambda: not folder.result.exists())
        await settle(pilot)


@pytest.mark.parametrize("state", [State.FINISHED, State.QUEUED, State.PAUSED, None])
async def test_a_project_without_consent_says_so_at_once_and_leads_to_it(
    wizard: Wizard, workspace: Path, state: State | None
) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.simple(state, NOW) if state else None)
    withdraw(folder)
    view = read_view(folder, NOW, Outlook(workspace))
    assert (view.condition, view.says) == (Condition.WAITING, "consent withdrawn")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path)
        assert "k  shows what was agreed" in said_on(shown(pilot, ProjectScreen))
        await pilot.press("enter")
        await settle(pilot)
        shown(pilot, ConsentScreen)


async def test_whoever_agrees_again_has_to_say_so_anew(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "anna", "Anna", scenes.simple(State.QUEUED, NOW))
    withdraw(folder)
    empty = Answers(draft="d", started_at=NOW)
    assert answers_from_folder(folder.path, empty, NOW).consent_source.basis is None
    async with wizard.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        wizard.post_message(OpenConsent(folder.path))
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert shown(pilot, MendConsent).query_one("#note", Field).value == ""
        await pilot.press("1", *"It is me again", "enter", "enter", "enter", "ctrl+n")
        await settle(pilot)
    consent = folder.load().consent.source
    assert consent is not None
    assert (consent.note, consent.withdrawn_on, consent.recorded_on) == ("It is me again", None, NOW.date())


def withdraw(folder: ProjectFolder) -> None:
    project = folder.load()
    assert project.consent.source is not None
    withdrawn = project.consent.source.model_copy(update={"withdrawn_on": NOW.date()})
    record = ConsentRecord(source=withdrawn, target=project.consent.target)
    folder.save(project.model_copy(update={"consent": record}))


def said_on(screen: ConsentScreen | Confirm | ProjectScreen) -> str:
    return "\n".join(str(part.content) for part in screen.query(Static))


async def test_a_long_record_stands_beside_its_label_on_every_line(wizard: Wizard, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "anna-as-ben", "Anna as Ben", scenes.simple(State.PAUSED, NOW))
    project = folder.load()
    note = "Anna agreed on the telephone to be seen in the film about the garden, and to nothing else at all, ever."
    anna = project.consent.source
    assert anna is not None
    record = ConsentRecord(source=anna.model_copy(update={"note": note}), target=project.consent.target)
    folder.save(project.model_copy(update={"consent": record}))
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_project(pilot, folder.path, "k")
        lines = str(shown(pilot, ConsentScreen).query_one("#consent-words", Static).content).split("\n")
    first = next(at for at, line in enumerate(lines) if line.startswith("Who agreed"))
    assert lines[first + 1].startswith(" " * 20)
    assert all(len(line) <= 78 for line in lines)
    assert " ".join(line[20:] for line in lines[first : first + 2]) == note
