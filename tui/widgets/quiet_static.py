"""A Static that repaints only when its content changes: over a slow line each drawing takes its time."""

from __future__ import annotations

from textual.visual import VisualType
from textual.widgets import Static


class QuietStatic(Static):
    """A Static that repaints only when its content changes."""

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Show this content, if it is not shown already."""
        if content != self.content:
            super().update(content, layout=layout)
