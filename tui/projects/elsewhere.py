"""Whether something else works on a project than what writes its status: `understudio run` in another window, say."""

from __future__ import annotations

import time
from pathlib import Path

from engine.project.folder import ProjectFolder
from engine.project.lock import is_seen_held

ELSEWHERE = "at work in another window"
ELSEWHERE_WORDS = (
    "Something else works on it, such as `understudio run` in another window: there it is said how far it is, and "
    "Ctrl+C stops it."
)
_BETWEEN_STAGES_SECONDS = 4.0
"""For so long nobody may hold a project between two stages."""
_ORPHAN_SECONDS = 30.0
"""For so long a stage may hold it still whose daemon has ended: it is on its way to a safe point."""


class Elsewhere:
    """Knows on which projects something else works. Call from a worker: reads files."""

    def __init__(self) -> None:
        self._held: dict[Path, tuple[float, float]] = {}
        """Since when a project is held, and when it was seen to be the last time."""

    def works_on(self, folder: ProjectFolder, *, was_ours: bool = False) -> bool:
        """Return whether a project is held, or was a moment ago. Ask only where nothing of ours is at work.

        Args:
            folder: The project's.
            was_ours: Whether a stage of a daemon that has ended may hold it.
        """
        now = time.monotonic()
        first, last = self._held.get(folder.path, (now, now))
        is_held = is_seen_held(folder.lock_file)
        if not is_held and (folder.path not in self._held or now - last >= _BETWEEN_STAGES_SECONDS):
            self._held.pop(folder.path, None)
            return False
        self._held[folder.path] = first, now if is_held else last
        return not was_ours or now - first >= _ORPHAN_SECONDS
