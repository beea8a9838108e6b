"""What the screen of a project at work and that of its result lead to alike."""

from __future__ import annotations

from pathlib import Path

from engine.project.folder import ProjectFolder
from tui.messages import NewAgain, OpenConsent, OpenFaces, ShowLog
from tui.screens.page import Page
from tui.services import Services


class ProjectPage(Page):
    """A screen about one project."""

    def __init__(self, services: Services, path: Path) -> None:
        super().__init__(services)
        self.folder = ProjectFolder(path)

    def action_again(self) -> None:
        """Put the same person into another video."""
        self.post_message(NewAgain(self.folder.path))

    def action_faces(self) -> None:
        """Look through the faces that were found."""
        self.post_message(OpenFaces(self.folder.path))

    def action_consent(self) -> None:
        """Show what both people agreed to."""
        self.post_message(OpenConsent(self.folder.path))

    def action_log(self) -> None:
        """Show the log."""
        self.post_message(ShowLog(self.folder.log_file))
