"""Small files that would become large ones, or never end."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.media import Shape, liar, picture, sound_only, write_video

SHAPE = Shape(frames=8)


@dataclass(frozen=True)
class Hostile:
    """One file, or thing that is none."""

    path: Path
    is_hopeless: bool
    """Nothing in it can be used, so it has to be named with a reason; others may turn out to be usable."""


def written(path: Path, content: bytes, *, is_hopeless: bool = False) -> Hostile:
    """Write a file and say what it is."""
    path.write_bytes(content)
    return Hostile(path, is_hopeless)


def bombs(folder: Path, _: Path, chance: random.Random) -> Iterator[Hostile]:
    """Small files that would become large ones."""
    huge = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    yield written(folder / "huge.png", _png(huge, zlib.compress(bytes(1000))), is_hopeless=True)
    line = zlib.compressobj(9)
    rows = b"".join(line.compress(bytes(1 + 20_000 // 8)) for _ in range(20_000)) + line.flush()
    black = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    yield written(folder / "black.png", _png(black, rows), is_hopeless=True)
    text = b"zTXtComment\0\0" + zlib.compress(bytes(200 << 20), 9)
    small = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    yield written(folder / "comment.png", _png(small, zlib.compress(bytes(14)), _chunk(text[:4], text[4:])))
    jpeg = bytearray(picture_bytes("JPEG"))
    at = jpeg.find(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    yield written(folder / "huge.jpg", bytes(jpeg), is_hopeless=True)
    yield written(folder / "huge.gif", b"GIF89a\xff\xff\xff\xff" + picture_bytes("GIF")[10:])
    bitmap = bytearray(picture_bytes("BMP"))
    bitmap[18:26] = struct.pack("<ii", 60_000, 60_000)
    yield written(folder / "huge.bmp", bytes(bitmap), is_hopeless=True)
    tiff = picture_bytes("TIFF").replace(struct.pack("<HHII", 256, 4, 1, 96), struct.pack("<HHII", 256, 4, 1, 1 << 30))
    yield written(folder / "huge.tiff", tiff)
    yield Hostile(liar(folder / "endless.mp4"), is_hopeless=False)
    yield Hostile(sound_only(folder / "sound.mp4"), is_hopeless=True)
    giant = bytearray(write_video(folder / "giant.mp4", SHAPE).read_bytes())
    for at in _places(giant, struct.pack(">HH", 96, 64)):
        giant[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    yield written(folder / "giant.mp4", bytes(giant))
    yield written(folder / "zeros.mp4", bytes(1 << 20), is_hopeless=True)
    yield written(folder / "nested.mp4", b"\0\0\0\x18ftypmp42" + bytes(12) + _nested(2000), is_hopeless=True)
    yield written(folder / "noise.mp4", b"\0\0\0\x18ftypmp42" + bytes(12) + chance.randbytes(1 << 16), is_hopeless=True)


def _nested(depth: int) -> bytes:
    """Boxes within boxes: a reader that calls itself for each runs out of stack."""
    content = b""
    for _ in range(depth):
        content = struct.pack(">I4s", len(content) + 8, b"moov") + content
    return content


def picture_bytes(kind: str) -> bytes:
    """Return an ordinary small picture of a kind that Pillow knows."""
    content = io.BytesIO()
    Image.fromarray(picture(0)).save(content, kind)
    return content.getvalue()


def _png(header: bytes, rows: bytes, extra: bytes = b"") -> bytes:
    chunks = _chunk(b"IHDR", header) + extra + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _places(content: bytes | bytearray, wanted: bytes) -> Iterator[int]:
    at = content.find(wanted)
    while at >= 0:
        yield at
        at = content.find(wanted, at + 1)
