"""Media are told apart by content, and only formats on the allow-list are media at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import AccessRefused
from engine.project.markers import media_digest
from engine.project.media_kinds import MediaKind, kind_of, list_media
from tests import media
from tests.rights import give_away, ordinary_rights


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".avi", ".mpg", ".ts", ".flv"])
def test_videos_are_known_by_their_first_bytes_whatever_they_are_called(tmp_path: Path, suffix: str) -> None:
    coder = "mpeg1video" if suffix == ".mpg" else "libx264"
    video = media.write_video(tmp_path / f"clip{suffix}", media.Shape(frames=3, coder=coder))
    renamed = video.rename(tmp_path / "holiday.jpg")
    assert kind_of(renamed) is MediaKind.VIDEO


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff", ".gif", ".avif"])
def test_pictures_are_known_by_their_first_bytes_whatever_they_are_called(tmp_path: Path, suffix: str) -> None:
    picture = media.odd_photo(tmp_path / f"face{suffix}", "RGB")
    renamed = picture.rename(tmp_path / "clip.mp4")
    assert kind_of(renamed) is MediaKind.PHOTO


def test_an_animation_counts_as_a_photo(tmp_path: Path) -> None:
    assert kind_of(media.animation(tmp_path / "party.gif")) is MediaKind.PHOTO


def test_playlists_scripts_and_text_are_no_media(tmp_path: Path) -> None:
    video = media.write_video(tmp_path / "clip.mp4", media.Shape(frames=3))
    svg = tmp_path / "face.png"
    svg.write_text("<svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'/></svg>")
    for path in (media.playlist(tmp_path / "a.mp4", video), media.concat_script(tmp_path / "b.mp4", video), svg):
        assert kind_of(path) is None


def test_nothing_blocks_or_fails_on_what_is_no_ordinary_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "dangling.mp4").symlink_to(tmp_path / "gone")
    for path in (*tmp_path.iterdir(), tmp_path / "absent", tmp_path):
        assert kind_of(path) is None


def test_a_folder_is_listed_in_order_with_subfolders_and_without_files_on_their_way_in(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".cache").mkdir()
    kept = [media.photo(tmp_path / "a.jpg"), media.photo(tmp_path / "b" / "c.jpg"), media.photo(tmp_path / "d.jpg")]
    for name in (".d.jpg.Xa81f", "e.jpg.part", "f.jpg~", "g.crdownload", ".cache/h.jpg"):
        media.photo(tmp_path / name)
    note = tmp_path / "notes.txt"
    note.write_text("mind the light")
    found = list_media(tmp_path)
    assert found.photos == tuple(kept)
    assert found.videos == ()
    assert found.others == (note,)


@pytest.mark.parametrize(
    "name",
    [
        *("@eaDir", "#recycle", "$RECYCLE.BIN", ".@__thumb", "lost+found", "__MACOSX", ".Trash-1000", "@Recycle"),
        *("Recycled", "@sharesnap", ".@upload_cache", ".Trashes", ".recycle", "~snapshot"),
    ],
)
def test_what_drives_and_systems_keep_for_themselves_is_no_media(tmp_path: Path, name: str) -> None:
    photo = tmp_path / "anna.jpg"
    photo.write_bytes(b"\xff\xd8\xff\xe0")
    before = media_digest(tmp_path)
    inside = tmp_path / name / "anna.jpg"
    inside.mkdir(parents=True)
    (inside / "SYNOPHOTO_THUMB_M.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    found = list_media(tmp_path)
    assert found.photos == (photo,)
    assert found.system_folders == (tmp_path / name,)
    assert media_digest(tmp_path) == before, "a drive that makes thumbnails does not have faces found again"


def test_such_a_folder_is_named_once_with_how_much_lies_in_it(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / "@eaDir" / f"{number}.jpg").mkdir(parents=True)
        (tmp_path / "@eaDir" / f"{number}.jpg" / "thumb.jpg").touch()
    [(path, words)] = list_media(tmp_path).left_out()
    assert path == tmp_path / "@eaDir"
    assert "left out with 3 files in it" in words
    for album in ("Rome", "Oslo"):
        (tmp_path / album / "@eaDir").mkdir(parents=True)
        (tmp_path / album / "@eaDir" / "thumb.jpg").touch()
    [(path, words)] = list_media(tmp_path).left_out()
    assert path == tmp_path / "@eaDir"
    assert "3 folders of that name are left out with 5 files in them" in words


@pytest.mark.parametrize("name", ["Thumbs.db", "desktop.ini", "anna.jpg@SynoEAStream"])
def test_what_a_system_keeps_beside_a_photo_is_no_file_of_somebody(tmp_path: Path, name: str) -> None:
    (tmp_path / "anna.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    before = media_digest(tmp_path)
    (tmp_path / name).write_bytes(b"\xff\xd8\xff\xe0")
    found = list_media(tmp_path)
    assert [path.name for path in (*found.photos, *found.others)] == ["anna.jpg"]
    assert media_digest(tmp_path) == before


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert list_media(tmp_path / "absent").photos == ()


def test_asking_for_the_kind_loads_no_heavy_library() -> None:
    code = "import sys, engine.project.media_kinds; print({'av', 'PIL', 'numpy', 'cv2', 'moviepy'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


def test_a_folder_that_may_not_be_read_is_left_out_by_name(tmp_path: Path) -> None:
    (tmp_path / "seen").mkdir()
    (tmp_path / "seen" / "face.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "theirs").mkdir()
    give_away(tmp_path / "theirs", 0)
    with ordinary_rights():
        found = list_media(tmp_path)
        left_out = list(found.left_out())
    assert [path.name for path in found.photos] == ["face.png"]
    assert [path.name for path, _ in left_out] == ["theirs"]
    assert str(tmp_path / "theirs") in left_out[0][1]


def test_media_whose_folder_may_not_be_read_are_not_taken_for_none(tmp_path: Path) -> None:
    give_away(tmp_path, 0)
    with ordinary_rights(), pytest.raises(AccessRefused, match="may not be used"):
        list_media(tmp_path)
