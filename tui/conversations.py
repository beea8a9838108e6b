"""Which short conversation each message of a screen begins."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial

from textual import on

from engine.project.folder import ProjectFolder
from tui import messages
from tui.background import in_background
from tui.dialogs import (
    begin_again,
    delete_project,
    drop_answers,
    edit_settings,
    offer_daemon,
    rename_project_as_asked,
    undo_deletion,
)
from tui.screens.home import Home
from tui.views import Views


class Conversations(Views):
    """Asks, and does what was answered, over whatever screen is in view."""

    @on(messages.DropDraft)
    def on_drop_draft(self, message: messages.DropDraft) -> None:
        """Throw answers away, after asking."""
        self._converse(partial(drop_answers, self, self.services, message.answers))

    @on(messages.NewAgain)
    def on_new_again(self, message: messages.NewAgain) -> None:
        """Ask for another video with the same person, after saying what is taken over."""
        self._converse(partial(begin_again, self, self.services, ProjectFolder(message.path)))

    @on(messages.OfferDaemon)
    def on_offer_daemon(self) -> None:
        """Offer to start a daemon, over the project that waits for it."""
        self._converse(partial(offer_daemon, self, self.services))

    @on(messages.EditSettings)
    def on_edit_settings(self, message: messages.EditSettings) -> None:
        """Change the settings of a project."""
        self._converse(partial(edit_settings, self, ProjectFolder(message.path)))

    @on(messages.RenameProject)
    def on_rename_project(self, message: messages.RenameProject) -> None:
        """Ask for another name."""
        self._change(partial(rename_project_as_asked, self, self.services, ProjectFolder(message.path)))

    @on(messages.DeleteProject)
    def on_delete_project(self, message: messages.DeleteProject) -> None:
        """Move a project into the bin, after asking."""
        self._change(partial(delete_project, self, self.services, ProjectFolder(message.path)))

    @on(messages.UndoDeletion)
    def on_undo_deletion(self) -> None:
        """Bring back what was deleted last."""
        self._change(partial(undo_deletion, self, self.services))

    def _change(self, talk: Callable[[], Coroutine[None, None, None]]) -> None:
        """Have a conversation after which there are other projects: home shows them at once."""

        async def talk_and_look() -> None:
            await talk()
            if isinstance(self.screen, Home):
                self.screen.look()

        self._converse(talk_and_look)

    def _converse(self, talk: Callable[[], Coroutine[None, None, None]]) -> None:
        in_background(self, talk, "talk")
