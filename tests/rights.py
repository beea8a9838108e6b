"""The rights of an ordinary user, for tests that may run as root, whom no mode of a file stops."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VERSION = 0x20080522
_OVER_MODES = 0b110
"""The capabilities CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH."""
STRANGER = 54321
"""A user who is nobody here."""


@contextmanager
def ordinary_rights() -> Iterator[None]:
    """Take the power over the modes of files from this thread, and from those that it starts, for a while."""
    libc = ctypes.CDLL(None, use_errno=True)
    head, was = struct.pack("Ii", _VERSION, 0), ctypes.create_string_buffer(24)
    assert libc.capget(head, was) == 0
    words = list(struct.unpack("6I", was.raw[:24]))
    assert libc.capset(head, struct.pack("6I", words[0] & ~_OVER_MODES, *words[1:])) == 0
    try:
        yield
    finally:
        libc.capset(head, was)


def give_away(path: Path, mode: int) -> None:
    """Give a file or folder to somebody else, where that can be done, and set its mode."""
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, STRANGER, -1)
