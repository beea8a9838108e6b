"""Finds out how fast this machine is, while a person answers questions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.errors import AccessRefused
from engine.project.presets import Preset
from engine.records.pace import PaceStore, PresetPace
from tui.drafts.timing import Pace, measured_pace
from tui.processes.engine_process import Engine


class Calibrator:
    """Finds out the pace of this machine, once, while a person answers questions."""

    def __init__(self, engine: Engine, store: PaceStore, workspace: Path, changed: Callable[[], None]) -> None:
        self._engine = engine
        self._store = store
        self._workspace = workspace
        self._changed = changed
        self._pace = Pace()
        self._is_measuring = False

    @property
    def pace(self) -> Pace:
        """What is known by now."""
        return self._pace

    @property
    def is_measuring(self) -> bool:
        """Whether more will be known in a moment."""
        return self._is_measuring

    async def measure(self) -> None:
        """Recall what was measured before, and measure the rest. A cancelled measurement leaves no process behind."""
        if self._is_measuring:
            return
        self._is_measuring = True
        try:
            remembered = await asyncio.to_thread(self._store.read)
            shown = await asyncio.to_thread(measured_pace, self._workspace)
            known = remembered or self._pace.learning
            self._set(replace(shown, learning=known))
            missing = [preset for preset in Preset if not self._pace.knows(preset)]
            if missing:
                await self._engine.calibrate(missing, self._add)
                # Where it cannot be kept it is measured again.
                with contextlib.suppress(AccessRefused):
                    await asyncio.to_thread(self._store.write, self._pace.learning)
        finally:
            self._is_measuring = False
            self._changed()

    def _add(self, pace: PresetPace) -> None:
        self._set(replace(self._pace, learning=(*self._pace.learning, pace)))

    def _set(self, pace: Pace) -> None:
        self._pace = pace
        self._changed()
