"""What is said about a video is true, and what cannot be used is refused with a sentence."""

from __future__ import annotations

import pickle
from fractions import Fraction
from pathlib import Path

import pytest

from engine.errors import MediaError
from engine.media.frame_index import frame_table
from engine.media.probe import read_video_info
from tests import media
from tests.media import Shape, Tone


def test_an_ordinary_video_is_described(tmp_path: Path) -> None:
    info = read_video_info(media.write_video(tmp_path / "a.mp4", Shape(sound=(Tone(),), colour=(1, 1, 1, 1))))
    assert (info.width, info.height, info.rotation) == (96, 64, 0)
    assert (info.frame_rate, info.frame_count, info.duration_seconds) == (Fraction(25), 25, 1.0)
    assert (info.codec, info.pixel_format, info.bit_depth) == ("h264", "yuv420p", 8)
    assert (info.is_vfr, info.is_hdr, info.is_interlaced) == (False, False, False)
    assert (info.colour.primaries, info.colour.transfer, info.colour.matrix, info.colour.range) == (1, 1, 1, 1)
    assert [(sound.codec, sound.sample_rate, sound.channels) for sound in info.sound] == [("aac", 48_000, 2)]


@pytest.mark.parametrize("rate", [Fraction(24_000, 1001), Fraction(30_000, 1001), Fraction(60), Fraction(1)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_a_constant_rate_is_exact_and_not_taken_for_a_varying_one(tmp_path: Path, rate: Fraction, suffix: str) -> None:
    info = read_video_info(media.write_video(tmp_path / f"a{suffix}", Shape(rate=rate, frames=12)))
    assert info.frame_rate == rate
    assert not info.is_vfr
    assert info.frame_count == 12


def test_a_varying_rate_is_seen(tmp_path: Path) -> None:
    assert read_video_info(media.vfr(tmp_path / "a.mp4")).is_vfr


@pytest.mark.parametrize(("rotation", "size"), [(90, (64, 96)), (180, (96, 64)), (270, (64, 96))])
def test_width_and_height_are_those_of_the_upright_picture(
    tmp_path: Path, rotation: int, size: tuple[int, int]
) -> None:
    info = read_video_info(media.write_video(tmp_path / "a.mp4", Shape(rotation=rotation, frames=3)))
    assert (info.width, info.height, info.rotation) == (*size, rotation)
    assert (info.coded_width, info.coded_height) == (96, 64)


def test_deep_hdr_interlaced_and_odd_pixels_are_seen(tmp_path: Path) -> None:
    hdr = Shape(frames=5, coder="libx265", pixel_format="yuv420p10le", colour=(9, 16, 9, 1))
    info = read_video_info(media.write_video(tmp_path / "hdr.mp4", hdr))
    assert (info.bit_depth, info.is_hdr) == (10, True)
    fields = Shape(frames=5, is_interlaced=True, aspect=Fraction(64, 45))
    info = read_video_info(media.write_video(tmp_path / "fields.mp4", fields))
    assert (info.is_interlaced, info.pixel_aspect) == (True, Fraction(64, 45))


def test_a_video_that_promises_more_frames_than_it_has_is_counted_by_what_can_be_read(tmp_path: Path) -> None:
    path = media.truncated(tmp_path / "cut.mp4")
    info = read_video_info(path)
    assert 10 < info.frame_count < 60
    assert info.duration_seconds == pytest.approx(info.frame_count / 25)


def test_a_video_that_lies_about_its_length_is_measured_by_its_frames(tmp_path: Path) -> None:
    info = read_video_info(media.liar(tmp_path / "liar.mp4"))
    assert info.frame_count == 25
    assert info.duration_seconds == pytest.approx(1.0, abs=0.05)


def test_what_is_no_video_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a video at all\n" * 50)
    media.photo(tmp_path / "photo.mp4")
    media.animation(tmp_path / "party.gif")
    media.sound_only(tmp_path / "sound.mp4")
    media.without_contents(tmp_path / "cut.mp4")
    for path in (*tmp_path.iterdir(), tmp_path / "absent.mp4"):
        with pytest.raises(MediaError) as caught:
            read_video_info(path)
        assert path.name in caught.value.title
        assert caught.value.hint
    assert len(list(tmp_path.iterdir())) == 6


def test_no_playlist_or_script_opens_another_file(tmp_path: Path) -> None:
    other = media.write_video(tmp_path / "other.mp4", Shape(frames=3))
    for path in (media.playlist(tmp_path / "a.mp4", other), media.concat_script(tmp_path / "b.mp4", other)):
        with pytest.raises(MediaError):
            read_video_info(path)


@pytest.mark.parametrize(
    "name", ["-i x.mp4", "concat:a|b.mp4", "http:%2f%2fx.mp4", "näme 'q' %03d.mp4", "new\nline.mp4"]
)
def test_a_name_is_nothing_but_a_name(tmp_path: Path, name: str) -> None:
    plain = media.write_video(tmp_path / "plain.mp4", Shape(frames=3))
    assert read_video_info(plain.rename(tmp_path / name)).frame_count == 3


def test_a_replaced_file_is_looked_at_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    counts = [read_video_info(media.write_video(path, Shape(frames=frames))).frame_count for frames in (3, 7)]
    assert counts == [3, 7]


def test_what_is_known_of_a_video_travels_to_worker_processes(tmp_path: Path) -> None:
    info = read_video_info(media.write_video(tmp_path / "a.mp4", Shape(frames=3, rotation=90)))
    assert pickle.loads(pickle.dumps(info)) == info


def test_streams_without_stamps_of_their_own_still_have_one_for_each_frame(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "a.avi", Shape(frames=20, coder="mpeg4", b_frames=2, options={"bf": "2"}))
    table = frame_table(path)
    assert len(table) == 20
    assert (table.pts[1:] > table.pts[:-1]).all()
