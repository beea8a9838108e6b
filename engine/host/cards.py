"""The graphics cards of this machine, found without the libraries that compute on them: they take seconds to load.

What is there and what a process may use are two things: whoever starts it may hide all cards or give it a share of one,
and the libraries may be absent. Only cards with NVIDIA's driver are looked for: no other has been tried.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""Numbers of the cards that a process may use, as the driver reads it; -1 hides all."""

SHARE = "UNDERSTUDIO_CARD_SHARE"
"""Share of a card's memory, 0..1, that whoever starts a stage gives it."""

A_TRAINING = "UNDERSTUDIO_CARDS_A_TRAINING"
"""How many cards one training computes on; whoever starts a stage tells it, 1 where nobody does."""

NO_ROOM = "UNDERSTUDIO_NO_CARD"
"""Set for a stage that gets no card, since others have all of its memory."""

_PLUGINS = ("jax_cuda13_plugin", "jax_cuda12_plugin")
_QUERY = ("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits")
_SECONDS = 20.0
_MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Card:
    """A graphics card."""

    name: str
    total_bytes: int = 0
    """Its memory; 0 where nobody tells."""
    number: str = "0"
    """By which a process is given it, as `VISIBLE` has it."""


def _ask_the_driver() -> str:
    """Return what the driver's own program says of its cards; nothing where there is none, or it fails."""
    try:
        done = subprocess.run(_QUERY, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def cards(proc: Path = Path("/proc"), ask: Callable[[], str] = _ask_the_driver) -> tuple[Card, ...]:
    """Return the cards of this machine.

    Args:
        proc: Where the kernel tells of drivers.
        ask: Returns a line a card: its name, and its memory in mebibytes.
    """
    told = [_card(line) for line in ask().splitlines() if line.strip()] or [Card(name) for name in models(proc)]
    return tuple(replace(card, number=str(number)) for number, card in enumerate(told))


def usable_cards(
    environment: Mapping[str, str] = os.environ, found: Callable[[], tuple[Card, ...]] = cards
) -> tuple[Card, ...]:
    """Return the cards that this process may use, and give to those that it starts.

    Args:
        environment: Of this process; cards may be hidden in it.
        found: Returns all cards of this machine.
    """
    if are_hidden(environment):
        return ()
    if VISIBLE not in environment:
        return found()
    by_number = {card.number: card for card in found()}
    wanted = [word.strip() for word in environment[VISIBLE].split(",") if word.strip()]
    # A card may be named by its identifier, too.
    return tuple(by_number.get(word, Card(word, number=word)) for word in wanted) if by_number else ()


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Return the names of the cards of this machine, looked up once a process."""
    return models(Path("/proc")) or tuple(card.name for card in cards())


def models(proc: Path) -> tuple[str, ...]:
    """Return the names that the kernel's driver gives its cards; nothing where it does not tell, as within Windows."""
    files = sorted((proc / "driver" / "nvidia" / "gpus").glob("*/information"))
    return tuple(name for file in files for name in values(file, "Model"))


def are_hidden(environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether whoever started this process lets it use no card."""
    return environment.get(VISIBLE, "0").strip() in ("", "-1")


def wanted_for_a_training(environment: Mapping[str, str] = os.environ) -> int:
    """Return on how many cards whoever started this process wants a training to compute, at least 1."""
    told = environment.get(A_TRAINING, "")
    return max(1, int(told)) if told.isdecimal() else 1


def have_libraries() -> bool:
    """Return whether JAX's part for graphics cards is installed."""
    return any(importlib.util.find_spec(name) is not None for name in _PLUGINS)


def values(file: Path, name: str) -> list[str]:
    """Return the values of a name in a file of `name : value` lines, as the kernel writes them."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return []
    return [value.strip() for key, _, value in (line.partition(":") for line in lines) if key.strip() == name]


def _card(line: str) -> Card:
    name, _, total = (part.strip() for part in line.partition(","))
    return Card(name, _bytes(total))


def _bytes(mebibytes: str) -> int:
    """Return a number of the driver's in bytes; of parts of a card (MIG) it says that it does not apply."""
    return int(mebibytes) * _MEBIBYTE if mebibytes.isdecimal() else 0
