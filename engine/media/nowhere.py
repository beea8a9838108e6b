"""A file to try things out in: it takes everything and keeps nothing."""

from __future__ import annotations

from io import SEEK_CUR, SEEK_END, RawIOBase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The stubs alone know it.
    from _typeshed import ReadableBuffer


class Nowhere(RawIOBase):
    """The file; its methods are those of every file."""

    def __init__(self) -> None:
        super().__init__()
        self._at = 0
        self._end = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def write(self, content: ReadableBuffer) -> int:
        """Take everything."""
        length = len(memoryview(content))
        self._at += length
        self._end = max(self._end, self._at)
        return length

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a place."""
        self._at = offset + {SEEK_CUR: self._at, SEEK_END: self._end}.get(whence, 0)
        return self._at

    def tell(self) -> int:
        """Return where it is."""
        return self._at
