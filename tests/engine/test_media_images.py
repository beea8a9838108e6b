"""Any picture becomes upright 8-bit RGB, or a sentence about why it cannot be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import MediaError
from engine.media.images import encode_jpeg, read_image, read_pictures, write_image
from engine.media.stills import read_still
from tests import media


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_upright_whichever_way_the_camera_was_held(tmp_path: Path, orientation: int) -> None:
    image = read_image(media.photo(tmp_path / "face.jpg", orientation))
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - media.picture(3)).mean() < 3


@pytest.mark.parametrize(
    ("name", "mode", "tolerance"),
    [
        ("cmyk.jpg", "CMYK", 4),
        ("cmyk.tiff", "CMYK", 2),
        ("palette.png", "P", 16),
        ("opaque.png", "RGBA", 0),
        ("plain.bmp", "RGB", 0),
        ("still.webp", "RGB", 8),
        ("still.avif", "RGB", 8),
    ],
)
def test_odd_colour_modes_keep_their_colours(tmp_path: Path, name: str, mode: str, tolerance: int) -> None:
    image = read_image(media.odd_photo(tmp_path / name, mode))
    assert image.shape == (*media.SIZE[::-1], 3)
    assert np.abs(image.astype(int) - media.picture(3)).mean() <= tolerance


@pytest.mark.parametrize("mode", ["L", "LA", "I;16"])
def test_grey_pictures_of_any_depth_keep_their_brightness(tmp_path: Path, mode: str) -> None:
    image = read_image(media.odd_photo(tmp_path / "grey.png", mode))
    expected = np.asarray(Image.fromarray(media.picture(3)).convert("L"))
    assert np.array_equal(image, np.repeat(expected[:, :, None], 3, axis=2))


def test_transparent_parts_become_grey_and_not_black(tmp_path: Path) -> None:
    layered = Image.fromarray(media.picture(3)).convert("RGBA")
    layered.putalpha(0)
    layered.save(tmp_path / "cutout.png")
    assert np.unique(read_image(tmp_path / "cutout.png")).tolist() == [128]


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp"])
def test_of_an_animation_the_first_picture_counts(tmp_path: Path, suffix: str) -> None:
    image = read_image(media.animation(tmp_path / f"party{suffix}"))
    assert np.abs(image.astype(int) - media.picture(3)).mean() < 16


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp"])
def test_all_pictures_of_an_animation_can_be_read(tmp_path: Path, suffix: str) -> None:
    path = media.animation(tmp_path / f"party{suffix}")
    found = dict(read_pictures(path, 10))
    assert list(found) == [0, 1, 2]
    for index, shown in enumerate((3, 9, 15)):
        assert np.abs(found[index].astype(int) - media.picture(shown)).mean() < 16
        assert (read_still(path, index) == found[index]).all()
    assert [index for index, _ in read_pictures(path, 2)] == [0, 1]
    with pytest.raises(MediaError):
        read_still(path, 3)


def test_the_pages_of_a_document_are_no_animation_and_a_photo_is_one_picture(tmp_path: Path) -> None:
    pages = [Image.fromarray(media.picture(index)) for index in range(3)]
    pages[0].save(tmp_path / "scan.tiff", save_all=True, append_images=pages[1:])
    assert [index for index, _ in read_pictures(tmp_path / "scan.tiff", 10)] == [0]
    assert [index for index, _ in read_pictures(media.odd_photo(tmp_path / "a.jpg", "RGB"), 10)] == [0]


def test_of_an_animation_that_is_cut_off_what_is_there_is_read(tmp_path: Path) -> None:
    whole = media.animation(tmp_path / "party.gif").read_bytes()
    (tmp_path / "torn.gif").write_bytes(whole[: len(whole) * 2 // 3])
    assert [index for index, _ in read_pictures(tmp_path / "torn.gif", 10)][:1] == [0]
    (tmp_path / "torn.gif").write_bytes(whole[:1500])
    with pytest.raises(MediaError, match="damaged or cut off"):
        list(read_pictures(tmp_path / "torn.gif", 10))


def test_a_bomb_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"bomb\.png has more than 89 million pixels"):
        read_image(media.bomb(tmp_path / "bomb.png"))


def test_what_is_cut_off_empty_or_no_picture_is_named_with_advice(tmp_path: Path) -> None:
    whole = media.photo(tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("not a picture")
    for name in ("half.jpg", "empty.jpg", "text.jpg", "absent.jpg"):
        with pytest.raises(MediaError) as caught:
            read_image(tmp_path / name)
        assert name in caught.value.title
        assert "not affected" in caught.value.hint


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".gif", ".bmp", ".tiff", ".avif"])
def test_damaged_pictures_never_raise_anything_but_a_media_error(tmp_path: Path, suffix: str) -> None:
    whole = bytearray(media.odd_photo(tmp_path / f"whole{suffix}", "RGB").read_bytes())
    path = tmp_path / f"damaged{suffix}"
    chance = np.random.default_rng(5)
    titles = []
    for _ in range(60):
        damaged = bytearray(whole)
        for place in chance.integers(0, min(len(damaged), 400), 4):
            damaged[place] = int(chance.integers(0, 256))
        path.write_bytes(damaged[: int(chance.integers(1, len(damaged) + 1))])
        try:
            read_image(path)
        except MediaError as error:
            titles.append(error.title)
    assert titles
    assert all(path.name in title for title in titles)


def test_colours_are_converted_by_the_profile_that_the_file_carries(tmp_path: Path) -> None:
    from PIL import ImageCms

    shown = media.picture(3)
    usual = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # In a space whose red is the blue of sRGB, the same colours are other numbers.
    swapped = usual.replace(b"rXYZ", b"____").replace(b"bXYZ", b"rXYZ").replace(b"____", b"bXYZ")
    for name, numbers, profile in (
        ("usual.png", shown, usual),
        ("swapped.png", shown[..., ::-1], swapped),
        ("broken.png", shown, b"no profile"),
    ):
        Image.fromarray(np.ascontiguousarray(numbers)).save(tmp_path / name, icc_profile=profile)
        assert np.abs(read_image(tmp_path / name).astype(int) - shown).max() <= 1, name


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    image = media.picture(3)
    write_image(tmp_path / "a.png", image[:, ::-1])
    write_image(tmp_path / "a.jpg", image)
    (tmp_path / "b.jpg").write_bytes(encode_jpeg(image))
    assert np.array_equal(read_image(tmp_path / "a.png"), image[:, ::-1])
    assert np.abs(read_image(tmp_path / "b.jpg").astype(int) - image).mean() < 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jpg", "a.png", "b.jpg"]
