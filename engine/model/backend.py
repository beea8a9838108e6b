"""What differs between the libraries beneath Keras: the only place that knows of TensorFlow.

Under another backend (`KERAS_BACKEND=jax`) TensorFlow is not imported, and the functions here do without it.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

import keras

from engine.errors import OutOfMemory


def prepare(seed: int, deterministic: bool) -> None:
    """Set up this process for training: call it before the first network is built.

    Args:
        seed: Seed of every random choice that Keras makes.
        deterministic: Give up some speed so that the same steps give the same bits.
    """
    keras.utils.set_random_seed(seed)
    tensorflow = _tensorflow()
    if tensorflow is not None and deterministic:
        tensorflow.config.experimental.enable_op_determinism()
    elif deterministic:
        # Read when JAX first looks for devices, which it has not yet.
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_gpu_deterministic_ops=true".strip()


@cache
def share_cards() -> None:
    """Have the backend take memory of the graphics cards as it needs it; every network is built behind this.

    Otherwise TensorFlow takes all of it at its start, and a second process on the same card finds none. JAX is told by
    the environment (`engine.process.libraries`).
    """
    tensorflow = _tensorflow()
    for device in tensorflow.config.list_physical_devices("GPU") if tensorflow is not None else ():
        tensorflow.config.experimental.set_memory_growth(device, True)


def gpu_names() -> tuple[str, ...]:
    """Return the names of the graphics cards that the backend can use."""
    return tuple(name for name, _ in _graphics_devices())


def has_fast_bfloat16_gpu() -> bool:
    """Return whether the first graphics card counts in bfloat16 by itself: compute capability 8 or more."""
    return any(capability >= 8 for _, capability in _graphics_devices()[:1])


def _graphics_devices() -> list[tuple[str, float]]:
    """Return name and compute capability of the graphics cards that the backend can use."""
    tensorflow = _tensorflow()
    if tensorflow is None:
        devices = [device for device in importlib.import_module("jax").devices() if device.platform == "gpu"]
        return [(device.device_kind, float(getattr(device, "compute_capability", 0))) for device in devices]
    found = tensorflow.config.list_physical_devices("GPU")
    details = [tensorflow.config.experimental.get_device_details(device) for device in found]
    return [(str(each.get("device_name", "GPU")), each.get("compute_capability", (0, 0))[0]) for each in details]


def cards_for(faces: int, wanted: int) -> int:
    """Return among how many graphics cards a step is divided, each of which gets equally many faces.

    TensorFlow divides nothing.

    Args:
        faces: Of each person in a step.
        wanted: How many cards at most.
    """
    there = 1 if _tensorflow() is not None else len(keras.distribution.list_devices())
    return max(count for count in range(1, max(1, min(wanted, there)) + 1) if faces % count == 0)


def divided_among(cards: int) -> AbstractContextManager[None]:
    """Have each card hold all weights that are made within, and its share of the faces that are learnt from within.

    What is learnt is what one card would learn, to the last bits of rounding: gradients are summed over all cards.

    Args:
        cards: How many, as `cards_for` returns it.
    """
    if cards == 1:
        return nullcontext()
    scope: AbstractContextManager[None] = keras.distribution.DataParallel(
        devices=keras.distribution.list_devices()[:cards], auto_shard_dataset=False
    ).scope()
    return scope


@contextmanager
def translated_memory_errors() -> Iterator[None]:
    """Turn the backend's error for exhausted memory into this program's.

    Raises:
        OutOfMemory: The processor's or the graphics card's memory did not suffice.
    """
    try:
        yield
    except _memory_errors() as error:
        if not isinstance(error, MemoryError) and not _is_about_memory(error):
            raise
        raise OutOfMemory(
            "There is too little memory to train with these settings.",
            "Choose a smaller preset or batch_size, or close other programs, and start again. Training goes on from "
            "its last checkpoint.",
        ) from error


def fused_adam(
    variable: Any,
    slots: tuple[Any, Any],
    gradient: Any,
    *,
    rates: tuple[Any, Any, Any],
    betas: tuple[float, float],
    epsilon: float,
) -> bool:
    """Take one step of Adam in a single pass over the weights, where the backend has such an operation.

    Written as separate multiplications it costs three times as much on a processor: memory is the bottleneck.

    Args:
        variable: The weights.
        slots: First and second moment.
        gradient: Gradient of the loss by the weights.
        rates: Learning rate; both betas raised to the number of steps so far, this one included.
        betas: How much of the first and second moment is kept.
        epsilon: Added to the root of the second moment.

    Returns:
        False where nothing was done, since the backend compiles the plain formula into one pass itself.
    """
    tensorflow = _tensorflow()
    if tensorflow is None:
        return False
    rate, first_power, second_power = (tensorflow.cast(each, "float32") for each in rates)
    tensorflow.raw_ops.ResourceApplyAdam(
        var=_handle(variable),
        m=_handle(slots[0]),
        v=_handle(slots[1]),
        beta1_power=first_power,
        beta2_power=second_power,
        lr=rate,
        beta1=betas[0],
        beta2=betas[1],
        epsilon=epsilon,
        grad=gradient,
    )
    return True


def _tensorflow() -> Any:
    """Return the library where it is the backend, else None; Keras has imported it already."""
    return importlib.import_module("tensorflow") if keras.backend.backend() == "tensorflow" else None


def _handle(variable: Any) -> Any:
    return (variable.value if isinstance(variable, keras.Variable) else variable).handle


def _memory_errors() -> tuple[type[Exception], ...]:
    """Return the classes among which the backend's memory errors are; JAX raises a `RuntimeError`."""
    tensorflow = _tensorflow()
    return (MemoryError, RuntimeError) if tensorflow is None else (MemoryError, tensorflow.errors.OpError)


def _is_about_memory(error: Exception) -> bool:
    """Return whether an error is about memory: TensorFlow has a class for it, JAX a code, CUDA's libraries a text."""
    words = f"{type(error).__name__} {error}".lower()
    return any(each in words for each in ("resourceexhausted", "resource_exhausted", "out of memory", "oom when"))
