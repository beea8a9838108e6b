"""The second, unsigned layer of marking: the IPTC digital source type, as XMP inside the file.

Written before the file is signed, so the signature covers it. MP4 and MOV take it as a top-level `uuid` box, JPEG as an
APP1 segment, PNG as an `iTXt` chunk (XMP specification part 3, sections 1.1.3 to 1.1.5 and 1.2.7). Matroska has no
agreed place for XMP; there it is a tag, which the muxer writes, and which a copy by ffmpeg keeps.

A third, invisible layer is wanted and not there: none that works offline lasts. Tried and looked at in November 2026:
invisible-watermark 0.2 (unreadable after scaling to half or coding at CRF 28; brings PyTorch), trustmark (robust;
brings PyTorch and downloads its model), blind-watermark and blind-video-watermark (no release since 2023 and 2022).
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC's term for a recording of which a trained model made a part: here, the face."""

_TAG = "DIGITAL_SOURCE_TYPE"
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_PNG_XMP = b"XML:com.adobe.xmp\0\0\0\0\0"
_PNG_HEAD = 33
"""Bytes of the signature and the IHDR chunk, which must come first."""
_PACKET = """<?xpacket begin="\N{ZERO WIDTH NO-BREAK SPACE}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" Iptc4xmpExt:DigitalSourceType="{kind}" xmp:CreatorTool="{tool}"/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
_SEARCHED_BYTES = 1 << 20
"""Marks are looked for in this much of the beginning and of the end of a file."""


def with_xmp(file: io.BufferedIOBase, suffix: str, tool: str) -> io.BufferedIOBase:
    """Return the content of `file` with the digital source type in it; as it is, where the container has no place.

    Args:
        file: Open for reading. Videos are not read here, however long they are.
        suffix: Suffix of the container, such as `.mp4`.
        tool: Name and version of what made it.
    """
    packet = _PACKET.format(kind=COMPOSITE, tool=tool).encode()
    match suffix.lower():
        case ".mp4" | ".mov" | ".m4v":
            return _Joined(file, _box(packet)) if _ends_with_whole_box(file) else file
        case ".jpg" | ".jpeg":
            return io.BytesIO(_jpeg(file.read(), packet))
        case ".png":
            return io.BytesIO(_png(file.read(), packet))
        case _:
            return file


def tags_for(suffix: str) -> dict[str, str]:
    """Return the tags that state the digital source type in a container that has no place for XMP."""
    return {_TAG: COMPOSITE} if suffix == ".mkv" else {}


def states_source_type(path: Path) -> bool:
    """Return whether a file carries the digital source type of a composite, as XMP or as a tag."""
    kind = COMPOSITE.encode()
    return mentions(path, b'DigitalSourceType="' + kind) or (mentions(path, _TAG.encode()) and mentions(path, kind))


def mentions(path: Path, words: bytes) -> bool:
    """Return whether a file holds `words` near its beginning or end."""
    with path.open("rb") as file:
        first = file.read(_SEARCHED_BYTES)
        file.seek(max(0, path.stat().st_size - _SEARCHED_BYTES))
        return words in first or words in file.read(_SEARCHED_BYTES)


class _Joined(io.BufferedIOBase):
    """A file with a few more bytes at its end, without a copy of it."""

    def __init__(self, file: io.BufferedIOBase, tail: bytes) -> None:
        self._file, self._tail = file, tail
        self._length = file.seek(0, os.SEEK_END)
        self._at = 0

    def read(self, size: int | None = -1, /) -> bytes:
        end = self._length + len(self._tail)
        stop = end if size is None or size < 0 else min(end, self._at + size)
        parts = []
        if self._at < min(stop, self._length):
            self._file.seek(self._at)
            parts.append(self._file.read(min(stop, self._length) - self._at))
        parts.append(self._tail[max(0, self._at - self._length) : max(0, stop - self._length)])
        content = b"".join(parts)
        self._at += len(content)
        return content

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length + len(self._tail)}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at


def _box(packet: bytes) -> bytes:
    return struct.pack(">I4s16s", 24 + len(packet), b"uuid", _XMP_UUID) + packet


def _ends_with_whole_box(file: io.BufferedIOBase) -> bool:
    """Return whether another box may follow: not after one that is said to reach to the end of the file."""
    length, at = file.seek(0, os.SEEK_END), 0
    while at < length:
        file.seek(at)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8:
            return False
        at += size
    return at == length


def _jpeg(content: bytes, packet: bytes) -> bytes:
    payload = _JPEG_XMP + packet
    segment = b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload
    at = 2
    # JFIF must be the first segment, and Exif wants to be, so this goes after both.
    while content[at : at + 2] in (b"\xff\xe0", b"\xff\xe1"):
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return content[:at] + segment + content[at:]


def _png(content: bytes, packet: bytes) -> bytes:
    body = b"iTXt" + _PNG_XMP + packet
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return content[:_PNG_HEAD] + chunk + content[_PNG_HEAD:]
