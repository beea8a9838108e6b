"""Short conversations over whatever screen is in view."""

from __future__ import annotations

import asyncio

from textual.app import App

from engine.errors import ProjectError
from engine.project.again import head_start_facts
from engine.project.folder import ProjectFolder
from engine.project.rename import rename_project
from engine.text import printable
from tui.drafts.again import answers_again
from tui.drafts.answers import Answers
from tui.drafts.validation import folder_name
from tui.format import megabytes
from tui.messages import OpenDraft
from tui.projects.again_text import again_words
from tui.projects.editable_settings import ALL_SETTINGS, EditableSettings
from tui.projects.folders import name_of
from tui.projects.sizes import size_of
from tui.screens.confirm import Confirm
from tui.screens.name_dialog import NameDialog
from tui.screens.settings import REPLACES, SettingsDialog
from tui.services import Services

_LONGEST_NAME = 120
"""Letters, as in the project file."""
_UNDO_SECONDS = 8.0
"""How long it is said how to undo."""


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


async def rename_project_as_asked(app: App[None], services: Services, folder: ProjectFolder) -> None:
    """Ask for another name of a project, and give it."""
    project = await asyncio.to_thread(folder.load)
    words = "Its folder is renamed, too. Nothing is made again; a video that is there keeps its file's name."
    name = await app.push_screen_wait(NameDialog("Rename the project", project.name, words))
    if name is None:
        return
    if not folder_name(name):
        raise ProjectError("A name needs at least one letter or digit.", "Nothing was changed.")
    place = services.workspace / folder_name(name)
    await asyncio.to_thread(rename_project, folder, name[:_LONGEST_NAME], place)
    app.notify(f"It is called {name} now.", markup=False)


async def delete_project(app: App[None], services: Services, folder: ProjectFolder) -> None:
    """Say how much a project takes and what is lost with it, and move it into the bin."""
    size = megabytes(await asyncio.to_thread(size_of, folder.path))
    name = printable(await asyncio.to_thread(name_of, folder.path))
    words = (
        f"Its pictures, faces, model and results go into the workspace's bin: {size}. Your own files elsewhere stay."
        "\n\nu brings it back. Room on the disk there is only once the bin is emptied: b shows it."
    )
    if await app.push_screen_wait(Confirm(f"Delete {name}?", words, yes="Yes, delete")):
        await asyncio.to_thread(services.bin.put, folder.path, services.clock())
        app.notify(f"{name} is in the bin. u brings it back.", timeout=_UNDO_SECONDS, markup=False)


async def undo_deletion(app: App[None], services: Services) -> None:
    """Bring back the project that was deleted last."""
    newest = await asyncio.to_thread(services.bin.newest)
    if newest is None:
        app.notify("The bin is empty: there is nothing to bring back.")
        return
    back = await asyncio.to_thread(services.bin.bring_back, newest)
    name = await asyncio.to_thread(name_of, back)
    app.notify(f"{printable(name)} is back.", markup=False)


async def begin_again(app: App[None], services: Services, folder: ProjectFolder) -> None:
    """Say what another project with the same person takes over from this one, and begin with its questions."""
    project = await asyncio.to_thread(folder.load)
    now = services.clock()
    facts = await asyncio.to_thread(head_start_facts, folder, project)
    answers = await asyncio.to_thread(answers_again, folder, facts, services.drafts.new(now), now)
    dialog = Confirm("Another video, the same person", again_words(project, facts), yes="Begin", no="No", in_hand=True)
    if await app.push_screen_wait(dialog):
        app.post_message(OpenDraft(answers))


async def edit_settings(app: App[None], folder: ProjectFolder) -> None:
    """Change the settings of a project that was started."""
    project = await asyncio.to_thread(folder.load)
    note = REPLACES if await asyncio.to_thread(folder.report_json.exists) else ""
    dialog = SettingsDialog("Settings", EditableSettings.of(project), ALL_SETTINGS, note=note)
    settings_now = await app.push_screen_wait(dialog)
    if settings_now is not None and settings_now != EditableSettings.of(project):
        await asyncio.to_thread(folder.save, settings_now.into(project))
        app.notify("Saved. Only what depends on the change is made again.")
