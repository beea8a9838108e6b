"""The losses over a training: one line for some steps in `loss.csv`, and the same as TensorBoard events."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from engine.files import atomic
from engine.model.learner import Losses
from engine.model.schedule import HeldOut

LOSS_FILE = "loss.csv"
HEADER = ("step", "seconds", "source", "target", "mask", "codes", "rate")
"""Columns of the loss file, and names of the events. "codes", the loss of the latents, is what existing files say."""


class History:
    """Appends to the files in a folder. A line that a power cut tore is left out when the next run begins."""

    def __init__(self, folder: Path, step: int) -> None:
        """Go on after `step`: lines of later steps, which a checkpoint before them has undone, are dropped."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / LOSS_FILE
        with atomic.translated_disk_errors(self._path):
            kept = [row for row in read_rows(self._path) if int(row[0]) <= step]
            atomic.write_text(self._path, "".join(",".join(row) + "\n" for row in [HEADER, *kept]))
            self._file = self._path.open("a", newline="")
            self._events = EventFileWriter(str(folder), flush_secs=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._events.close()

    def add(self, step: int, seconds: float, losses: Losses, rate: float) -> None:
        """Note the mean losses of the last steps."""
        values = {
            "source": losses.source,
            "target": losses.target,
            "mask": losses.mask,
            "codes": losses.latents,
            "rate": rate,
        }
        with atomic.translated_disk_errors(self._path):
            numbers = [f"{value:.6g}" for value in values.values()]
            csv.writer(self._file, lineterminator="\n").writerow([step, f"{seconds:.1f}", *numbers])
            self._file.flush()
            self._add_event(step, {f"loss/{name}" if name != "rate" else name: value for name, value in values.items()})

    def add_held_out(self, step: int, test: HeldOut) -> None:
        """Note the errors on faces held out of training."""
        with atomic.translated_disk_errors(self._path):
            self._add_event(step, {"held_out/source": test.source, "held_out/target": test.target})

    def _add_event(self, step: int, values: dict[str, float]) -> None:
        scalars = [Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
        self._events.add_event(Event(wall_time=time.time(), step=step, summary=Summary(value=scalars)))


def read_rows(path: Path) -> list[list[str]]:
    """Return the whole lines of a loss file, header left out; damaged lines are skipped."""
    try:
        lines = path.read_text(errors="replace").splitlines(keepends=True)
    except FileNotFoundError:
        return []
    rows = [line.rstrip("\n").split(",") for line in lines if line.endswith("\n")]
    return [row for row in rows if len(row) == len(HEADER) and all(_is_number(each) for each in row)]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
