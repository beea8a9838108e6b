"""What a fetched file is, by its first bytes, and whether its server called it that."""

from __future__ import annotations

from pathlib import Path

from engine.project.media_kinds import MediaKind, kind_of
from engine.records.gather_request import Refusal

_HEADS = (
    (b"\xff\xd8\xff", ".jpg", ("image/jpeg", "image/jpg", "image/pjpeg", "image/mpo")),
    (b"\x89PNG", ".png", ("image/png", "image/apng", "image/x-png")),
    (b"GIF8", ".gif", ("image/gif",)),
    (b"BM", ".bmp", ("image/bmp", "image/x-ms-bmp")),
    (b"II*\0", ".tif", ("image/tiff",)),
    (b"MM\0*", ".tif", ("image/tiff",)),
    (b"RIFF", ".webp", ("image/webp",)),
)
_ISO = (".avif", ("image/avif", "image/avif-sequence", "image/heic", "image/heif", "image/heic-sequence"))
_UNSPECIFIC = ("", "application/octet-stream", "binary/octet-stream", "application/binary", "image/*", "image")
_HTML = (b"<!doctype html", b"<html", b"<head", b"<script", b"<?xml")


def suffix_of(path: Path, content_type: str) -> str | Refusal:
    """Return the suffix that fits a file's content, or why it is refused.

    Args:
        path: The file; it is read, not decoded.
        content_type: What the server called it; empty where it did not say.
    """
    with path.open("rb") as file:
        head = file.read(512)
    if kind_of(path) is not MediaKind.PHOTO:
        return Refusal.WEB_PAGE if head.lstrip().lower().startswith(_HTML) else Refusal.NOT_A_PICTURE
    suffix, names = next(((suffix, names) for begin, suffix, names in _HEADS if head.startswith(begin)), _ISO)
    return suffix if content_type in _UNSPECIFIC or content_type in names else Refusal.MISLABELLED
