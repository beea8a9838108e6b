"""Which disk is full, and what could go from it. Reads the disk: call from a worker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from engine.host.mounts import mount_of
from engine.project.folder import ProjectFolder
from engine.text import printable
from tui.format import megabytes
from tui.projects.bin import Bin
from tui.projects.folders import children_of, name_of
from tui.projects.putting_away import size_made

_MOST_NAMED = 3
_KEPT_SECONDS = 60.0
"""Sizes of a whole workspace are not measured with every look at a project."""
_LEAST_BYTES = 1_000_000
"""What takes less is no help."""


class RoomWords:
    """Says what could go from a workspace whose disk is full."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._known: tuple[float, str] | None = None

    def offer(self) -> str:
        """Return where there is no room, and the largest things of this workspace that could go, each with its key."""
        now = time.monotonic()
        if self._known is None or now - self._known[0] > _KEPT_SECONDS:
            self._known = now, self._measured()
        return self._known[1]

    def _measured(self) -> str:
        where = f"What is full is {mount_of(self._workspace).words}."
        found = sorted(self._could_go(), reverse=True)[:_MOST_NAMED]
        if not found:
            return f"{where} Of what lies in the workspace nothing could go without loss."
        return f"{where} What could go: {'; '.join(f'{what}, {megabytes(size)} ({how})' for size, what, how in found)}."

    def _could_go(self) -> Iterator[tuple[int, str, str]]:
        """Yield how large something is, what it is, and how it is deleted."""
        deleted = sum(each.size_bytes for each in Bin(self._workspace).all())
        sizes = [(deleted, "the bin", "b at home")]
        for path in children_of(self._workspace):
            folder = ProjectFolder(path)
            if folder.report_json.exists():
                sizes.append((size_made(folder), f"faces and model of {printable(name_of(path))}", "x on its result"))
        yield from (each for each in sizes if each[0] >= _LEAST_BYTES)
