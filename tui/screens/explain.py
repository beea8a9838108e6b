"""How it works, step by step: a picture and two sentences a page."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widgets import Static

from engine.errors import UnderstudioError
from engine.project.folder import ProjectFolder
from engine.project.stage import StageName
from engine.records.explanation import Explanation
from tui.messages import ShowPicture
from tui.projects import explanations
from tui.screens.page import Page
from tui.services import Services
from tui.theme import WAITS
from tui.widgets.picture import Picture

_TITLE = "How it works"


class ExplainScreen(Page):
    """Leafs through the steps: the bundled ones at once, and those of the project's own picture when they are made."""

    TITLE = _TITLE
    HELP = """\
What happens to a face, one step a page, from the photo to the swap. **Left** and **right** turn the pages, **z** shows
the picture over the whole screen.

The pages are about a picture of your project; what the model does with it is shown once there is a model, and until
then on the bundled clips. On any photo, `understudio explain PHOTO --out FOLDER` makes the same pages in full size,
and one page for the browser.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h,pageup", "turn(-1)", "Before", key_display="←"),
        Binding("right,l,pagedown,space,enter", "turn(1)", "Next", key_display="→"),
        Binding("home", "go(0)", "First", show=False),
        Binding("end", "go(-1)", "Last", show=False),
        Binding("z", "zoom", "Zoom"),
        Binding("escape,w", "app.pop_screen", "Back"),
    ]

    step: reactive[int] = reactive(0, init=False)
    """Index of the step in view."""

    def __init__(self, services: Services, stage: StageName, project: Path | None = None) -> None:
        """Make the screen.

        Args:
            services: Has the engine, which draws the pages.
            stage: The step of this one is shown first.
            project: Whose picture is explained; None shows the bundled pages.
        """
        super().__init__(services)
        self._stage = stage
        self._folder = None if project is None else ProjectFolder(project)
        self._pages = explanations.pages(None)

    def compose_body(self) -> ComposeResult:
        """Yield title, picture and sentences."""
        with Vertical(id="explain"):
            yield Static(id="explain-title", markup=False)
            yield Picture(id="explain-picture", alt="This picture is not there.")
            yield Static(id="explain-words", markup=False)

    def on_mount(self) -> None:
        """Show the bundled steps, which come with the product, and have those of the own picture made."""
        self.step = Explanation(steps=tuple(page.step for page in self._pages)).step_for(self._stage)
        self._show()
        if self._folder is not None:
            self.explain(self._folder)

    @work(exclusive=True, group="explain", exit_on_error=False)
    async def explain(self, folder: ProjectFolder) -> None:
        """Show the pages of the project's own picture; they are made where they are not there yet."""
        said = ""
        for request in await asyncio.to_thread(explanations.requests, folder):
            try:
                place = request.place
                if not explanations.is_made(place):
                    self._say(f"drawing it for {request.photo.name} …")
                    await asyncio.to_thread(explanations.clear, folder)
                    await self.services.engine.explain(request.words)
                self._pages = await asyncio.to_thread(explanations.pages, place)
                await asyncio.to_thread(explanations.clear, folder, place)
            except (UnderstudioError, OSError) as error:
                said = said or (error.title if isinstance(error, UnderstudioError) else "The picture is gone.")
                continue
            self._show()
            self._say(said or f"on {request.photo.name}")
            return
        self._say(said)

    def _say(self, words: str) -> None:
        self.top.say(aside=Text(f" {words} ", "dim") if words else Text())

    def watch_step(self) -> None:
        """Show another step."""
        self._show()

    def action_turn(self, by: int) -> None:
        """Turn a page."""
        self.step = max(0, min(self.step + by, len(self._pages) - 1))

    def action_go(self, index: int) -> None:
        """Go to the first page, or to the last."""
        self.step = len(self._pages) - 1 if index else 0

    def action_zoom(self) -> None:
        """Show the picture over the whole screen."""
        page = self._pages[self.step]
        self.post_message(ShowPicture(page.step.title, page.picture))

    def _show(self) -> None:
        page = self._pages[self.step]
        title = Text.assemble((f"{self.step + 1} of {len(self._pages)}  ", WAITS), (page.step.title, "bold"))
        if page.step.is_synthetic:
            title.append("   AI MODIFIED, signed", WAITS)
        if not page.is_own:
            title.append("   the bundled clips", "dim")
        self.query_one("#explain-title", Static).update(title)
        self.query_one("#explain-picture", Picture).path = page.picture
        self.query_one("#explain-words", Static).update(Text(" ".join(page.step.words)))
