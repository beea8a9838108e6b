"""Words that hold still."""

from __future__ import annotations

from textual.visual import VisualType
from textual.widgets import Static


class Still(Static):
    """Is drawn again only where its words are others: over a slow line each drawing takes its time."""

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Show these words, if they are not shown already."""
        if content != self.content:
            super().update(content, layout=layout)
