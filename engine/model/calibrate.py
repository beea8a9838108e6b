"""A few real training steps with the network of each preset, to tell how long it will take on this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import psutil

from engine.arrays import RGBBatch
from engine.model import backend, precision
from engine.model.batches import MAPS, Batch
from engine.model.learner import Learner
from engine.model.precision import fastest_of
from engine.project.network import ModelSpec
from engine.project.presets import Preset, network_of
from engine.project.settings import Precision, TrainSettings
from engine.records.pace import PresetPace

_BUSY_PERCENT = 40.0
"""Of the processor that others use; below this they hardly slow a step down."""
_LOOK_SECONDS = 0.5


def is_busy() -> bool:
    """Return whether other programs take much of the processor now."""
    return bool(psutil.cpu_percent(_LOOK_SECONDS) > _BUSY_PERCENT)


def calibrate(
    presets: Sequence[Preset],
    report: Callable[[PresetPace], None],
    busy: Callable[[], bool] = is_busy,
    specs: Callable[[Preset], ModelSpec] = network_of,
) -> None:
    """Measure the presets in their order, as long as nothing else is at work here.

    A busy machine would be found slower than it is, and whoever keeps it busy would be held up. The batch is noise:
    what is in a picture does not change how long a step takes.

    Args:
        presets: Which ones.
        report: Told each as soon as it is known.
        busy: Whether others are at work.
        specs: Which network belongs to a preset.

    Raises:
        OutOfMemory: A network does not fit; those before it were reported.
    """
    with backend.translated_memory_errors():
        backend.prepare(1, deterministic=False)
        for preset in presets:
            if busy():
                return
            # The large network takes a minute a step on a processor: one face is measured there, and the rest
            # extrapolated.
            parts = (
                TrainSettings().batch_size
                if preset.facts.is_slow_without_graphics_card and not backend.gpu_names()
                else 1
            )
            seconds = parts * _seconds_a_part(specs(preset), TrainSettings().batch_size // parts)
            report(PresetPace(preset=preset, seconds_a_step=seconds))


def _seconds_a_part(spec: ModelSpec, faces: int) -> float:
    batch = noise(spec, faces)

    def time_step(policy: str) -> float:
        learner = Learner(spec, 1, policy)
        return fastest_of(lambda: learner.step(batch, 0.0))

    policy = precision.choose(Precision.AUTO, False, time_step)
    return time_step(policy)


def noise(spec: ModelSpec, faces: int) -> Batch:
    """Return a batch of so many faces of each person that shows nothing."""
    random = np.random.default_rng(1)

    def pictures(channels: int) -> RGBBatch:
        return random.integers(0, 256, (2 * faces, spec.size, spec.size, channels), np.uint8)

    return Batch(pictures(3), pictures(3), pictures(MAPS), np.ones(2 * faces, np.float32))
