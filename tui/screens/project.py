"""A project that was started: how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Label

from tui.screens.page import Page
from tui.services import Services


class ProjectScreen(Page):
    """How far a project is."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.pop_screen", "Home")]

    def __init__(self, services: Services, path: Path) -> None:
        super().__init__(services)
        self.path = path

    def compose_body(self) -> ComposeResult:
        """Yield the words."""
        yield Label(f"{self.path.name} is in the workspace.", markup=False, id="heading")
