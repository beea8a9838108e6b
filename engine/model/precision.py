"""Which arithmetic to train in, by a short measurement on this machine and never by assumption.

float16 is never used on a processor: measured, it is 120 times slower there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from engine.model import backend
from engine.project.settings import Precision

FLOAT32, BFLOAT16, FLOAT16 = "float32", "mixed_bfloat16", "mixed_float16"
"""Keras' names for the policies; in the mixed ones weights are kept in float32."""

_FAST_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
_TRIAL_STEPS = 3
_GAIN = 0.9
"""bfloat16 must need less than this share of float32's time: near a tie the more exact one is better."""


def choose(
    wanted: Precision, deterministic: bool, time_step: Callable[[str], float], has_bfloat16: bool | None = None
) -> str:
    """Return the Keras policy to train with.

    Args:
        wanted: The project's setting.
        deterministic: A measurement could turn out differently next time, so none is made.
        time_step: Returns the seconds that one step takes under a policy.
        has_bfloat16: Whether the processor has instructions for it; None looks.
    """
    match wanted:
        case Precision.FLOAT32:
            return FLOAT32
        case Precision.BFLOAT16:
            return BFLOAT16
        case Precision.FLOAT16:
            return FLOAT16 if backend.gpu_names() else FLOAT32
        case Precision.AUTO if deterministic:
            return FLOAT32
        case Precision.AUTO if backend.gpu_names():
            return BFLOAT16 if backend.has_fast_bfloat16_gpu() else FLOAT16
        case Precision.AUTO:
            if not (has_fast_bfloat16() if has_bfloat16 is None else has_bfloat16):
                return FLOAT32
            return BFLOAT16 if time_step(BFLOAT16) < _GAIN * time_step(FLOAT32) else FLOAT32


def is_possible(policy: str) -> bool:
    """Return whether a policy that was chosen before, perhaps on another machine, can be used on this one."""
    return policy in (FLOAT32, BFLOAT16) or (policy == FLOAT16 and bool(backend.gpu_names()))


def has_fast_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether the processor has instructions for bfloat16; without them it is slower than float32."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return False
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith(("flags", "Features"))), [])
    return not _FAST_FLAGS.isdisjoint(flags)


def fastest_of(step: Callable[[], object]) -> float:
    """Return the seconds that a step takes, its first run, which compiles, left out."""
    step()
    times = []
    for _ in range(_TRIAL_STEPS):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return min(times)
