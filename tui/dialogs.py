"""Short conversations over whatever screen is in view."""

from __future__ import annotations

import asyncio

from textual.app import App

from engine.project.again import head_start_facts
from engine.project.folder import ProjectFolder
from tui.drafts.again import answers_again
from tui.drafts.answers import Answers
from tui.messages import OpenDraft
from tui.projects.again_text import again_words
from tui.projects.editable_settings import BLENDING, BUDGET, FINDING, TRAINING, EditableSettings
from tui.screens.confirm import Confirm
from tui.screens.settings import REPLACES, SettingsDialog
from tui.services import Services


async def offer_daemon(app: App[None], services: Services) -> None:
    """Offer to start a daemon."""
    words = (
        "The project is ready, and nobody works on it yet. Understudio can work in the background: it goes on when "
        "you log out, and you may stop it at any time without losing anything."
    )
    if await app.push_screen_wait(Confirm("Start now?", words, yes="Start now", no="Not now", in_hand=True)):
        await asyncio.to_thread(services.daemon.start)


async def drop_answers(app: App[None], services: Services, answers: Answers) -> None:
    """Throw answers away, after asking."""
    words = "Your answers to these questions are deleted. Your own photos and videos are not touched."
    if await app.push_screen_wait(Confirm("Throw these answers away?", words, yes="Throw away")):
        await asyncio.to_thread(services.drafts.forget, answers)


async def begin_again(app: App[None], services: Services, folder: ProjectFolder) -> None:
    """Say what another project with the same person takes over from this one, and begin with its questions."""
    project = await asyncio.to_thread(folder.load)
    now = services.clock()
    answers = await asyncio.to_thread(answers_again, folder, services.drafts.new(now), now)
    facts = await asyncio.to_thread(head_start_facts, folder, project)
    dialog = Confirm("Another video, the same person", again_words(project, facts), yes="Begin", no="No", in_hand=True)
    if await app.push_screen_wait(dialog):
        app.post_message(OpenDraft(answers))


async def edit_settings(app: App[None], folder: ProjectFolder) -> None:
    """Change the settings of a project that was started."""
    project = await asyncio.to_thread(folder.load)
    settings = (*BUDGET, *BLENDING, *TRAINING, *FINDING)
    note = REPLACES if await asyncio.to_thread(folder.report_json.exists) else ""
    dialog = SettingsDialog("Settings", EditableSettings.of(project), settings, note=note)
    settings_now = await app.push_screen_wait(dialog)
    if settings_now is not None and settings_now != EditableSettings.of(project):
        await asyncio.to_thread(folder.save, settings_now.into(project))
        app.notify("Saved. Only what depends on the change is made again.")
