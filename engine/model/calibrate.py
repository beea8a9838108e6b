"""Measure a few real training steps with the network of each preset, to estimate how long it takes on this machine."""

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
"""Share of the processor that others use; below this they hardly slow a step down."""
_SAMPLE_SECONDS = 0.5


def is_busy() -> bool:
    """Return whether other programs take much of the processor now."""
    return bool(psutil.cpu_percent(_SAMPLE_SECONDS) > _BUSY_PERCENT)


def calibrate(
    presets: Sequence[Preset],
    on_measured: Callable[[PresetPace], None],
    busy: Callable[[], bool] = is_busy,
    specs: Callable[[Preset], ModelSpec] = network_of,
) -> None:
    """Measure the presets in their order, as long as the machine is idle.

    On a busy machine a step takes longer than usual, and measuring would slow the other programs down. The batch is
    noise: what is in a picture does not change how long a step takes.

    Args:
        presets: Which ones.
        on_measured: Called with each preset's pace as soon as it is known.
        busy: Returns whether other programs use the processor.
        specs: Returns the network of a preset.

    Raises:
        OutOfMemory: A network does not fit; those before it were reported.
    """
    with backend.translated_memory_errors():
        backend.prepare(1, deterministic=False)
        for preset in presets:
            if busy():
                return
            is_slow = preset.facts.is_slow_without_graphics_card and not backend.gpu_names()
            # One face of such a network is measured, and extrapolated to all.
            parts = TrainSettings().batch_size if is_slow else 1
            seconds = parts * _seconds_a_part(specs(preset), TrainSettings().batch_size // parts)
            on_measured(PresetPace(preset=preset, seconds_a_step=seconds))


def _seconds_a_part(spec: ModelSpec, faces: int) -> float:
    batch = noise_batch(spec, faces)

    def time_step(policy: str) -> float:
        learner = Learner(spec, 1, policy)
        return fastest_of(lambda: learner.step(batch, 0.0))

    policy = precision.choose(Precision.AUTO, False, time_step)
    return time_step(policy)


def noise_batch(spec: ModelSpec, faces: int) -> Batch:
    """Return a batch of random pixels, of so many faces of each person."""
    random = np.random.default_rng(1)

    def pictures(channels: int) -> RGBBatch:
        return random.integers(0, 256, (2 * faces, spec.size, spec.size, channels), np.uint8)

    return Batch(pictures(3), pictures(3), pictures(3)[:faces], pictures(MAPS), np.ones(2 * faces, np.float32))
