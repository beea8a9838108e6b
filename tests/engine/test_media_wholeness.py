"""A video that promises more than can be read is known by its index or its header, in every container that has one."""

from pathlib import Path

import pytest

from engine.media.probe import read_video_info
from engine.media.wholeness import shortage_of
from tests import media
from tests.media import Shape, Tone

FRONT = {"movflags": "+faststart"}
LONG = Shape(frames=100, size=(192, 128), sound=(Tone(seconds=4),))

CONTAINERS = {
    "index.mp4": Shape(frames=100, size=(192, 128), sound=(Tone(seconds=4),), muxer=FRONT),
    "index.mov": Shape(frames=100, size=(192, 128), sound=(Tone("pcm_s16le", 4),), muxer=FRONT),
    "pieces.mp4": Shape(frames=100, size=(192, 128), key_every=200, muxer={"movflags": "frag_keyframe+empty_moov"}),
    "a.mkv": LONG,
    "a.webm": Shape(frames=100, size=(192, 128), coder="libvpx", b_frames=0, options={"deadline": "realtime"}),
    "a.avi": Shape(frames=100, size=(192, 128), coder="mpeg4", b_frames=0, sound=(Tone("mp3", 4),)),
    "a.flv": LONG,
    "a.asf": Shape(frames=100, size=(192, 128), coder="mpeg4", b_frames=0, sound=(Tone("wmav2", 4),)),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_copy_that_was_cut_off_says_how_much_of_it_is_there(tmp_path: Path, name: str) -> None:
    path = media.write_video(tmp_path / name, CONTAINERS[name])
    assert shortage_of(path) is None
    media.cut_to(path, 0.5)
    shortage = shortage_of(path)
    assert shortage is not None
    assert shortage.promised_seconds == pytest.approx(4, abs=0.2)
    assert shortage.seconds == pytest.approx(read_video_info(path).duration_seconds, abs=0.3)
    assert 0.5 < shortage.seconds < 3.5


@pytest.mark.parametrize("name", ["index.mp4", "pieces.mp4", "a.mkv", "a.avi"])
def test_a_copy_that_got_its_size_before_its_content_is_cut_off_as_well(tmp_path: Path, name: str) -> None:
    path = media.cut_to(media.write_video(tmp_path / name, CONTAINERS[name]), 0.5, is_full_size=True)
    shortage = shortage_of(path)
    assert shortage is not None
    assert shortage.seconds == pytest.approx(read_video_info(path).duration_seconds, abs=0.3)
    assert 10 < read_video_info(path).frame_count < 90


def test_sound_that_ends_before_the_pictures_is_no_sign_of_a_cut(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv"):
        assert shortage_of(media.write_video(tmp_path / name, Shape(frames=100, sound=(Tone(seconds=1),)))) is None


def test_sound_that_outlasts_the_pictures_is_no_sign_of_a_cut(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv", "a.flv"):
        assert shortage_of(media.write_video(tmp_path / name, Shape(frames=25, sound=(Tone(seconds=4),)))) is None


def test_another_video_track_that_outlasts_the_pictures_is_no_sign_of_a_cut(tmp_path: Path) -> None:
    parts = [media.write_video(tmp_path / f"{frames}.mp4", Shape(frames=frames)) for frames in (25, 100)]
    assert shortage_of(media.put_side_by_side(tmp_path / "a.mkv", *parts, default=0)) is None


def test_silence_at_the_end_is_no_sign_of_a_cut(tmp_path: Path) -> None:
    sound = (Tone("pcm_s16le", seconds=3, hertz=0),)
    path = media.write_video(tmp_path / "a.mov", Shape(frames=25, sound=sound, muxer=FRONT))
    assert path.read_bytes().endswith(bytes(10_000))
    assert shortage_of(path) is None


def test_a_clock_that_does_not_begin_at_nought_is_no_sign_of_a_cut(tmp_path: Path) -> None:
    stamps = [125 + index for index in range(50)]
    for name in ("a.mp4", "a.mkv", "a.ts", "a.flv"):
        assert shortage_of(media.write_video(tmp_path / name, Shape(frames=50, stamps=stamps))) is None


def test_a_header_that_lies_about_the_length_is_not_believed_where_there_is_an_index(tmp_path: Path) -> None:
    assert shortage_of(media.liar(tmp_path / "liar.mp4")) is None


def test_where_it_ends_is_said_in_whole_seconds_unless_these_are_equal(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "a.mp4", CONTAINERS["index.mp4"])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    shortage = shortage_of(path)
    assert shortage is not None
    assert shortage.words.endswith("of 4 s: it seems not to be copied whole")
    path.write_bytes(whole[:-1])
    shortage = shortage_of(path)
    assert shortage is not None
    assert "of 4.0" in shortage.words
