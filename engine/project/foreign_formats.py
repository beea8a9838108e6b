"""Picture formats that are known and not read: what a file is, by its first bytes, and what to do with it.

Raw photos are what a camera's sensor saw, in each maker's own way. Many begin with a thumbnail that any reader of TIFF
shows: a face in it is a few pixels wide.
"""

from __future__ import annotations

import os
import stat
import struct
from pathlib import Path
from typing import BinaryIO

_HEAD_BYTES = 64
EXPORT = "Export it as JPEG in the program that manages your photos"
"""What to do with such a file."""

# Offset, bytes, and what the file is.
_HEADS = (
    (4, b"ftypcrx ", "a raw photo (Canon CR3)"),
    (8, b"CR\x02\0", "a raw photo (Canon CR2)"),
    (0, b"FUJIFILMCCD-RAW", "a raw photo (Fujifilm RAF)"),
    (0, b"IIRO", "a raw photo (Olympus ORF)"),
    (0, b"IIRS", "a raw photo (Olympus ORF)"),
    (0, b"IIU\0", "a raw photo (Panasonic RW2)"),
    (0, b"FOVb", "a raw photo (Sigma X3F)"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (0, b"#?RADIANCE", "a Radiance HDR picture"),
)
_TIFF_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_MOST_TAGS = 512
_NEW_SUBFILE_TYPE, _PHOTOMETRIC, _DNG_VERSION = 254, 262, 50706
"""Tags of TIFF 6.0, section 8, and of the DNG specification."""
_SHORT = 3
_REDUCED = 1
"""Bit of the subfile type: a smaller version of another picture in the file."""
_SENSOR_COLOURS = (32803, 34892)
"""Photometric interpretations: what single sensor cells saw, and that in a line."""


def foreign_format(path: Path) -> str:
    """Return what a file is, with its article, where it is a picture of a known format that is not read; else "".

    What cannot be opened, and what is no regular file, is nothing.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            return format_of(file) if stat.S_ISREG(os.fstat(handle).st_mode) else ""
    except OSError:
        return ""


def foreign_words(path: Path) -> str:
    """Return what is said of a file that is neither a picture nor a video that can be read: a sentence."""
    known = foreign_format(path)
    if known:
        return f"It is {known}, which Understudio does not read. {EXPORT}."
    return "It is neither a picture nor a video that can be read, or its name is not UTF-8."


def format_of(file: BinaryIO) -> str:
    """Return what `foreign_format` does, of a file that is open at its beginning."""
    head = file.read(_HEAD_BYTES)
    known = (what for offset, content, what in _HEADS if head[offset:].startswith(content))
    return next(known, "") or _raw_tiff(file, head)


def _raw_tiff(file: BinaryIO, head: bytes) -> str:
    """Return what a TIFF file is whose first picture is no photo; else ""."""
    order = _TIFF_ORDERS.get(head[:4])
    if order is None or len(head) < _HEAD_BYTES:
        return ""
    tags = _first_tags(file, order, struct.unpack_from(order + "I", head, 4)[0])
    if _DNG_VERSION in tags:
        return "a raw photo (DNG)"
    if tags.get(_PHOTOMETRIC) in _SENSOR_COLOURS or tags.get(_NEW_SUBFILE_TYPE, 0) & _REDUCED:
        return "a raw photo, or a TIFF picture that begins with a thumbnail"
    return ""


def _first_tags(file: BinaryIO, order: str, offset: int) -> dict[int, int]:
    """Return number and value of the tags of a TIFF file's first picture; those that are no number mean nothing."""
    file.seek(offset)
    (count,) = struct.unpack(order + "H", file.read(2).ljust(2, b"\0"))
    rows = file.read(12 * min(count, _MOST_TAGS))
    tags = {}
    for at in range(0, len(rows) - 11, 12):
        tag, kind = struct.unpack_from(order + "HH", rows, at)
        # A short number lies in the first half of the four bytes.
        (tags[tag],) = struct.unpack_from(order + ("H" if kind == _SHORT else "I"), rows, at + 8)
    return tags
