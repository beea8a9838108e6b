"""One line that says whether anybody does the work."""

from __future__ import annotations

from rich.text import Text

from tui.theme import GOOD, WAITS
from tui.widgets.quiet_static import QuietStatic


class DaemonLine(QuietStatic):
    """Says whether a daemon is at work, and how to start one."""

    is_watched: bool | None = None
    """Whether a daemon looks after the workspace; None while that is not known."""

    def __init__(self) -> None:
        super().__init__(id="daemon-line", markup=False)

    def show(self, is_watched: bool) -> None:
        """Say something else."""
        self.is_watched = is_watched
        if is_watched:
            line = Text.assemble(("● ", GOOD), "A daemon works in the background. You may log out at any time.")
        else:
            line = Text.assemble(
                ("○ ", WAITS), "No daemon is running: nothing moves on. ", ("s", "bold"), " starts one."
            )
        self.update(line, layout=False)
