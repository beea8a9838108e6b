"""Pictures of formats that are not read are named, with what to do; a raw photo's thumbnail is not taken for it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from PIL import Image, TiffImagePlugin

from engine.errors import MediaError
from engine.media.images import read_image
from engine.project.foreign_formats import foreign_format, foreign_words
from engine.project.import_media import named_media
from engine.project.media_kinds import MediaKind, kind_of, list_media
from tests import media

HEADS = {
    "a.cr3": (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "Canon CR3"),
    "a.cr2": (b"II*\0\x10\0\0\0CR\x02\0", "Canon CR2"),
    "a.raf": (b"FUJIFILMCCD-RAW 0201FF389501", "Fujifilm RAF"),
    "a.orf": (b"IIRO\x08\0\0\0", "Olympus ORF"),
    "a.rw2": (b"IIU\0\x18\0\0\0", "Panasonic RW2"),
    "a.jxl": (b"\xff\x0a\xfa\x1f", "JPEG XL"),
    "b.jxl": (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    "a.jp2": (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    "a.psd": (b"8BPS\0\1", "Photoshop"),
    "a.pdf": (b"%PDF-1.7\n", "PDF"),
}


def raw_like(path: Path, tag: int, value: int | bytes) -> Path:
    """Write a TIFF whose first picture is a thumbnail, as raw photos do."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[tag] = value
    if isinstance(value, bytes):
        tags.tagtype[tag] = 1
    Image.new("RGB", (160, 106), "tan").save(path, "TIFF", tiffinfo=tags)
    return path


@pytest.mark.parametrize("name", HEADS)
def test_a_format_that_is_not_read_is_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    content, words = HEADS[name]
    path = tmp_path / name
    path.write_bytes(content.ljust(2000, b"\0"))
    assert kind_of(path) is None
    assert words in foreign_words(path)
    assert "Export it as JPEG" in foreign_words(path)
    for read in (lambda: named_media([path]), lambda: read_image(path)):
        with pytest.raises(MediaError, match=words) as caught:
            read()
        assert "Export it as JPEG" in caught.value.hint


@pytest.mark.parametrize(("tag", "value"), [(50706, b"\1\4\0\0"), (254, 1)])
def test_the_thumbnail_of_a_raw_photo_is_not_taken_for_the_photo(tmp_path: Path, tag: int, value: int | bytes) -> None:
    path = raw_like(tmp_path / "PXL.dng", tag, value)
    assert kind_of(path) is None
    assert list_media(tmp_path).others == (path,)
    assert "a raw photo" in foreign_words(path)
    with pytest.raises(MediaError, match="raw photo"):
        read_image(path)


@pytest.mark.parametrize("order", ["<", ">"])
def test_what_a_camera_cell_saw_is_a_raw_photo_in_either_order_of_bytes(tmp_path: Path, order: str) -> None:
    row = struct.pack(order + "HHIHH", 262, 3, 1, 32803, 0)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, 1)
    (tmp_path / "a.tif").write_bytes((head + row).ljust(200, b"\0"))
    assert "raw photo" in foreign_format(tmp_path / "a.tif")


def test_ordinary_pictures_are_not_foreign_and_broken_ones_no_riddle(tmp_path: Path) -> None:
    for suffix in (".jpg", ".png", ".webp", ".bmp", ".tiff", ".gif", ".avif"):
        path = media.odd_photo(tmp_path / f"face{suffix}", "RGB")
        assert foreign_format(path) == ""
        assert kind_of(path) is MediaKind.PHOTO
    for content in (
        b"",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff".ljust(100, b"\0"),
        b"MM\0*\0\0\0\x08\xff\xff".ljust(80, b"\1"),
    ):
        (tmp_path / "torn").write_bytes(content)
        assert foreign_format(tmp_path / "torn") == ""
    assert foreign_format(tmp_path / "absent") == ""
    assert foreign_words(tmp_path / "torn").startswith("It is neither")
