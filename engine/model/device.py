"""What computes here, in words: the processor, or the graphics card by its name; and a card that is there in vain."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import keras

from engine.host import cards, machine
from engine.model import backend
from engine.project.stage import Device
from engine.text import counted

Names = Callable[[], tuple[str, ...]]


def this_device(cards: int = 1) -> Device:
    """Return what the backend computes on; this starts it.

    Args:
        cards: Among how many graphics cards the work is divided, where there are any.
    """
    return Device(device_words(cards), unused_card())


def device_words(cards: int = 1, used: Names = backend.gpu_names) -> str:
    """Return what the backend computes on, to be said within a sentence: "NVIDIA H200", "2 NVIDIA H200", "2 cores"."""
    names = used()
    if not names:
        return counted(machine.cores(), "core")
    # One that does not divide its work computes on the first.
    return names[0] if cards == 1 else f"{cards} {names[0]}"


def unused_card(
    environment: Mapping[str, str] = os.environ,
    there: Names = cards.names,
    used: Names = backend.gpu_names,
    has_plugin: Callable[[], bool] = cards.have_libraries,
) -> str:
    """Return that a graphics card of this machine is not used, and the command that mends it; empty where all is well.

    Args:
        environment: Of this process.
        there: Returns the names of the cards of this machine.
        used: Returns the names of those that the backend can use.
        has_plugin: Returns whether JAX can compute on one.
    """
    names = there()
    if not names or used() or cards.NO_ROOM in environment:
        return ""
    said = f"{names[0]} is in this machine and is not used:"
    if cards.are_hidden(environment):
        return f"{said} {cards.VISIBLE} hides it. `unset {cards.VISIBLE}`, then start again."
    if not has_plugin():
        return f"{said} what computes on it is not installed. `make gpu` installs it; what was learnt so far is kept."
    if keras.backend.backend() != "jax":
        return f"{said} KERAS_BACKEND asks for {keras.backend.backend()}. `unset KERAS_BACKEND`, then start again."
    return (
        f"{said} JAX does not find it. Where `nvidia-smi` fails, its driver is to be mended; where that names a driver "
        "older than 525, a newer one is to be installed."
    )
