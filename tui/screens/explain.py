"""How it works, step by step: a picture and two sentences a page."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widgets import Static

from engine.explanation import BUNDLED, Explanation, read_explanation
from engine.stage import StageName
from tui.messages import ShowPicture
from tui.screens.page import Page
from tui.services import Services
from tui.theme import WAITS
from tui.widgets.picture import Picture

_TITLE = "How it works"


class ExplainScreen(Page):
    """Leafs through the steps of an explanation; the bundled one needs no computing."""

    TITLE = _TITLE
    HELP = """\
What happens to a face, one step a page, from the photo to the swap. **Left** and **right** turn the pages, **z** shows
the picture over the whole screen.

These are the bundled clips. On a photo of your own, `understudio explain PHOTO --out FOLDER` makes the same pages in
full size, and one page for the browser.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h,pageup", "turn(-1)", "Before", key_display="←"),
        Binding("right,l,pagedown,space,enter", "turn(1)", "Next", key_display="→"),
        Binding("home", "go(0)", "First", show=False),
        Binding("end", "go(-1)", "Last", show=False),
        Binding("z", "zoom", "Zoom"),
        Binding("escape,q,w", "app.pop_screen", "Back"),
    ]

    step: reactive[int] = reactive(0, init=False)
    """Index of the step in view."""

    def __init__(self, services: Services, stage: StageName, folder: Path = BUNDLED) -> None:
        super().__init__(services)
        self._stage = stage
        self._folder = folder
        self._explanation: Explanation | None = None

    def compose_body(self) -> ComposeResult:
        """Yield title, picture and sentences."""
        with Vertical(id="explain"):
            yield Static(id="explain-title", markup=False)
            yield Picture(id="explain-picture", alt="This picture is not there.")
            yield Static(id="explain-words", markup=False)

    def on_mount(self) -> None:
        """Read the steps. They come with the product, so a worker would only delay them."""
        self._explanation = read_explanation(self._folder)
        self.step = self._explanation.step_for(self._stage)
        self._show()

    def watch_step(self) -> None:
        """Show another step."""
        self._show()

    def action_turn(self, by: int) -> None:
        """Turn a page."""
        self.step = max(0, min(self.step + by, self._last))

    def action_go(self, index: int) -> None:
        """Go to the first page, or to the last."""
        self.step = self._last if index else 0

    def action_zoom(self) -> None:
        """Show the picture over the whole screen."""
        if self._explanation is not None:
            shown = self._explanation.steps[self.step]
            self.post_message(ShowPicture(shown.title, self._folder / shown.picture))

    @property
    def _last(self) -> int:
        return len(self._explanation.steps) - 1 if self._explanation else 0

    def _show(self) -> None:
        if self._explanation is None:
            return
        shown = self._explanation.steps[self.step]
        title = Text.assemble((f"{self.step + 1} of {self._last + 1}  ", WAITS), (shown.title, "bold"))
        if shown.is_synthetic:
            title.append("   AI MODIFIED, signed", WAITS)
        self.query_one("#explain-title", Static).update(title)
        self.query_one("#explain-picture", Picture).path = self._folder / shown.picture
        self.query_one("#explain-words", Static).update(Text(" ".join(shown.words)))
