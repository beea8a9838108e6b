"""What is dear to make, and made once for all processes that run the tests beside one another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that the first process that asks for it has made; it is only to be copied.

    Args:
        factory: Tells where this run of the tests keeps its folders.
        name: The folder's name.
        make: Makes the folder at a path.
    """
    ours = factory.getbasetemp()
    # Each process has a folder of its own, in one that is of the whole run.
    place = (ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours) / f"made-once-{name}"
    made = place.with_name(f"{place.name}.made")
    with FileLock(place.with_name(f"{place.name}.lock")):
        if not made.exists():
            shutil.rmtree(place, ignore_errors=True)
            make(place)
            made.touch()
    return place
