"""One line that says whether anybody does the work."""

from __future__ import annotations

from collections.abc import Sequence

from tui.projects.view import View
from tui.projects.work_text import work_line
from tui.widgets.quiet_static import QuietStatic


class DaemonLine(QuietStatic):
    """Says who works on what, what stands still, and how to start."""

    is_watched: bool | None = None
    """Whether a daemon looks after the workspace; None while that is not known."""

    def __init__(self) -> None:
        super().__init__(id="daemon-line", markup=False)

    def show(self, views: Sequence[View], is_watched: bool) -> None:
        """Say something else."""
        self.is_watched = is_watched
        self.update(work_line(views, is_watched=is_watched), layout=False)
