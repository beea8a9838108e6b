"""What the libraries of training are told before they are loaded, by the environment, which worker processes inherit.

Which of them computes: TensorFlow on a processor, JAX on a graphics card, where its plugin for the card is installed.
How they take a card's memory: as they need it, up to a share, instead of nearly all of it at their start. And where the
programs are kept that they compile for a card. What a person has set already holds.
"""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import time
from collections.abc import Callable, MutableMapping
from pathlib import Path

from engine.errors import AccessRefused
from engine.files.private_folder import make_private
from engine.host import cards
from engine.host.home import cache_folder

_WHOLE_CARD = "0.92"
"""Share of a card's memory for whoever has it alone; the driver and what draws the screen take the rest."""

_PROGRAM_BYTES = 512 << 20
"""Most that the programs of one project may take up; those used longest ago go first."""
_KEPT_SECONDS = 30 * 86400.0

_OBJECTS_TO_SEARCH = 10_000
"""New objects after which garbage is looked for; Python does it after 700."""


def load_quickly() -> None:
    """Have this process look for garbage more rarely than Python does by itself.

    Libraries make half a million objects as they load and none is garbage; looking takes half a second of three.
    """
    gc.set_threshold(_OBJECTS_TO_SEARCH)


def prepare_libraries(
    environment: MutableMapping[str, str] = os.environ,
    names: Callable[[], tuple[str, ...]] = cards.names,
    has_plugin: Callable[[], bool] = cards.have_libraries,
) -> None:
    """Choose the library that computes here, and keep it from taking a whole card for itself.

    Args:
        environment: Of this process; changed.
        names: Returns the names of the cards of this machine.
        has_plugin: Returns whether JAX can compute on one.
    """
    on_card = bool(names()) and not cards.are_hidden(environment) and has_plugin()
    environment.setdefault("KERAS_BACKEND", "jax" if on_card else "tensorflow")
    environment.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    environment.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    # JAX refuses both names of the same bound.
    if "XLA_PYTHON_CLIENT_MEM_FRACTION" not in environment:
        environment.setdefault("XLA_CLIENT_MEM_FRACTION", environment.get(cards.SHARE, _WHOLE_CARD))


def keep_programs(place: Path, environment: MutableMapping[str, str] = os.environ) -> None:
    """Have the libraries keep what they compile in a folder, and take it from there the next time."""
    settings = {
        "JAX_COMPILATION_CACHE_DIR": str(place / "jax"),
        "JAX_COMPILATION_CACHE_MAX_SIZE": str(_PROGRAM_BYTES),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.5",
        "CUDA_CACHE_PATH": str(place / "cuda"),
        "CUDA_CACHE_MAXSIZE": str(_PROGRAM_BYTES),
    }
    for name, value in settings.items():
        environment.setdefault(name, value)


def programs_kept(project: Path) -> Path | None:
    """Have the libraries keep what they compile for a project, and return where; None where there is no place for it.

    Args:
        project: The project folder.
    """
    place = programs_of(project)
    if place is not None:
        keep_programs(place)
    return place


def programs_of(project: Path) -> Path | None:
    """Return the folder in which the programs compiled for a project are kept, made; None where there can be none.

    It lies outside the project, which a stranger may have made: whoever writes such a folder has its programs run. And
    each project has its own, so that a stage taken over by a crafted file reaches no other project through it.

    Args:
        project: The project folder.
    """
    try:
        places = cache_folder() / "programs"
        place = places / hashlib.sha256(os.fsencode(project)).hexdigest()[:16]
        for each in (place, place / "jax", place / "cuda"):
            make_private(each, parents=True)
        os.utime(place)
    except (AccessRefused, OSError):
        return None
    _remove_unused(places, time.time())
    return place


def _remove_unused(places: Path, now: float) -> None:
    """Remove the programs of projects at which nobody has worked for a month; they can be compiled again."""
    for place in places.iterdir():
        try:
            is_old = now - place.stat().st_mtime > _KEPT_SECONDS
        except OSError:
            continue
        if is_old:
            shutil.rmtree(place, ignore_errors=True)
