"""How fast this machine learns: what `python -m engine calibrate` measures and the screens turn into hours."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.files import atomic
from engine.files.private_folder import make_private
from engine.host.machine import this_machine
from engine.project.presets import Preset


class PresetPace(BaseModel):
    """How long one training step takes with the network of a preset."""

    model_config = ConfigDict(frozen=True)

    preset: Preset
    seconds_a_step: float = Field(gt=0)


class _Kept(BaseModel):
    machine: str
    paces: tuple[PresetPace, ...]


class PaceStore:
    """Remembers what was measured on this machine with this version. Every method touches files."""

    def __init__(self, file: Path, machine: str | None = None) -> None:
        """Make a store.

        Args:
            file: Where it is kept; another machine or version there counts as nothing.
            machine: Names the machine; None looks.
        """
        self._file = file
        self._machine = machine

    def read(self) -> tuple[PresetPace, ...]:
        """Return what was measured; nothing where there is nothing, or nothing that can be read."""
        try:
            kept = _Kept.model_validate_json(self._file.read_bytes())
        except (OSError, ValidationError):
            return ()
        return kept.paces if kept.machine == self._name() else ()

    def write(self, paces: Iterable[PresetPace]) -> None:
        """Keep what was measured, in one step.

        Raises:
            OutOfDisk: There is no room.
            AccessRefused: It may not be written.
        """
        with atomic.translated_disk_errors(self._file):
            make_private(self._file.parent, parents=True)
        atomic.write_text(self._file, _Kept(machine=self._name(), paces=tuple(paces)).model_dump_json(indent=1))

    def _name(self) -> str:
        return this_machine() if self._machine is None else self._machine
