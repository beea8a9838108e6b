"""What was found out about a file, remembered for as long as the file stays the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from engine.errors import MediaError

_MOST = 16
"""Answers that each function remembers; one on a day of video takes 125 MB."""

Rest = TypeVarTuple("Rest")
Found = TypeVar("Found")


def cached_by_file(examine: Callable[[Path, *Rest], Found]) -> Callable[[Path, *Rest], Found]:
    """Have a function remember what it found out about files; of another size or time, a file is examined anew.

    The function that is returned raises a MediaError where the file is not there.

    Args:
        examine: Is handed the file's absolute path, and further arguments, which must be hashable.
    """

    # Size and time are arguments so that another file in the same place is not served from the cache.
    @lru_cache(maxsize=_MOST)
    def remembered(path: Path, size: int, modified_ns: int, *rest: *Rest) -> Found:
        return examine(path, *rest)

    @wraps(examine)
    def cached(path: Path, *rest: *Rest) -> Found:
        try:
            facts = path.stat()
        except OSError as error:
            raise MediaError(f"{path.name} is not there any more.", "Put it back and start again.") from error
        return remembered(path.absolute(), facts.st_size, facts.st_mtime_ns, *rest)

    return cached
