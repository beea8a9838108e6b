"""How much room things take. Reads the disk: call from a worker."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path


def size_of(*folders: Path) -> int:
    """Return how many bytes lie below folders; a file that several names lead to counts once."""
    seen: dict[tuple[int, int], int] = {}
    for parent, _, names in chain.from_iterable(map(os.walk, folders)):
        for name in names:
            try:
                facts = Path(parent, name).lstat()
            except OSError:
                continue
            seen[facts.st_dev, facts.st_ino] = facts.st_size
    return sum(seen.values())
