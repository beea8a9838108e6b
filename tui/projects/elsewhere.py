"""Whether something else works on a project than what writes its status: `understudio run` in another window, say."""

from __future__ import annotations

import time
from pathlib import Path

from engine.project.folder import ProjectFolder
from engine.project.lock import is_free

ELSEWHERE = "at work in another window"
ELSEWHERE_WORDS = (
    "Something else works on it, such as `understudio run` in another window: there it is said how far it is, and "
    "Ctrl+C stops it."
)
_BETWEEN_STAGES_SECONDS = 4.0
"""For so long nobody may hold a project between two stages."""


class Elsewhere:
    """Knows on which projects something else works. Call from a worker: tries locks."""

    def __init__(self) -> None:
        self._held_at: dict[Path, float] = {}

    def works_on(self, folder: ProjectFolder) -> bool:
        """Return whether a project is held, or was a moment ago. Ask only where nothing of ours is at work."""
        now = time.monotonic()
        if not is_free(folder.lock_file):
            self._held_at[folder.path] = now
        return now - self._held_at.get(folder.path, -_BETWEEN_STAGES_SECONDS) < _BETWEEN_STAGES_SECONDS
