"""A look at one photo or video before it is chosen."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from pathlib import Path

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Label

from engine.errors import UnderstudioError
from engine.text import duration
from tui.background import TellsFailures
from tui.processes.engine_process import Engine
from tui.widgets.picture import Picture

_REST_SECONDS = 0.2
"""How long the cursor rests on a file before it is looked at."""


class FileLook(TellsFailures, Vertical):
    """Shows a picture of a file and how large it is, as the engine sees it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(id="glance")
        self._engine = engine
        self._pictures = tempfile.TemporaryDirectory(prefix="understudio-", ignore_cleanup_errors=True)
        """Of each file that was looked at, in a folder of its own."""

    def compose(self) -> ComposeResult:
        """Yield the picture, and words beneath."""
        yield Picture(id="glance-picture", rows=12)
        yield Label("", id="glance-words", markup=False)

    def on_unmount(self) -> None:
        """Throw away the pictures."""
        self._pictures.cleanup()

    @work(exclusive=True, exit_on_error=False)
    async def show(self, file: Path | None) -> None:
        """Show another file, once the cursor rests on it; None shows nothing."""
        self._show(None, "")
        if file is None:
            return
        await asyncio.sleep(_REST_SECONDS)
        place = Path(self._pictures.name) / hashlib.sha256(os.fsencode(file)).hexdigest()[:12]
        try:
            seen = await self._engine.glance(file, place)
        except UnderstudioError as error:
            self._show(None, error.title)
        else:
            length = "" if seen.seconds is None else f", {duration(seen.seconds)}"
            self._show(seen.picture, f"{seen.width}×{seen.height}{length}")

    def _show(self, picture: Path | None, words: str) -> None:
        self.query_one("#glance-picture", Picture).path = picture
        self.query_one("#glance-words", Label).update(words)
