"""A video made to break the reader gets a sentence and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import MediaError
from engine.media.frames import read_frames
from engine.media.probe import read_video_info
from tests import media
from tests.media import Shape, Tone

_SHAPES = {
    "a.mp4": Shape(frames=10, sound=(Tone(seconds=0.3),)),
    "b.mkv": Shape(frames=10, sound=(Tone(seconds=0.3),)),
    "c.ts": Shape(frames=10),
    "d.mpg": Shape(frames=10, coder="mpeg2video"),
    "e.avi": Shape(frames=10, coder="mpeg4"),
    "f.webm": Shape(frames=10, coder="libvpx", options={"deadline": "realtime", "cpu-used": "8"}),
    "g.mov": Shape(frames=5, coder="mjpeg", pixel_format="yuvj420p"),
    "h.flv": Shape(frames=10, b_frames=0),
    "i.asf": Shape(frames=10, coder="mpeg4", b_frames=0),
}


@pytest.mark.parametrize("name", _SHAPES)
def test_damaged_videos_never_raise_anything_but_a_media_error(tmp_path: Path, name: str) -> None:
    whole = media.write_video(tmp_path / f"whole-{name}", _SHAPES[name]).read_bytes()
    path = tmp_path / name
    chance = np.random.default_rng(7)
    titles, readable = [], 0
    for attempt in range(24):
        damaged = bytearray(whole)
        reach = len(damaged) if attempt % 2 else min(len(damaged), 600)
        for place in chance.integers(0, reach, int(chance.integers(1, 20))):
            damaged[place] = int(chance.integers(0, 256))
        path.write_bytes(damaged[: len(damaged) if attempt % 3 else int(chance.integers(1, len(damaged)))])
        try:
            info = read_video_info(path)
            indices = [frame.index for frame in read_frames(path)]
            middle = info.frame_count // 2
            assert [frame.index for frame in read_frames(path, middle)] == [at for at in indices if at >= middle]
            readable += 1
        except MediaError as error:
            titles.append(error.title)
    assert titles or readable == 24
    assert all(name in title for title in titles)


def test_pictures_beyond_all_measure_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    content = media.write_video(tmp_path / "a.mkv", Shape(frames=3)).read_bytes()
    # PixelWidth and PixelHeight of Matroska, one byte each, become two bytes: 0xB0 0x81 96 is 0xB0 0x82 0x40 0x00.
    huge = content.replace(b"\xb0\x81\x60", b"\xb0\x83\x00\xff\xff", 1).replace(
        b"\xba\x81\x40", b"\xba\x83\x00\xff\xff", 1
    )
    assert huge != content
    (tmp_path / "huge.mkv").write_bytes(huge)
    with pytest.raises(MediaError, match=r"huge\.mkv"):
        read_video_info(tmp_path / "huge.mkv")


def test_attachments_and_subtitles_are_left_alone(tmp_path: Path) -> None:
    import av

    path = tmp_path / "a.mkv"
    plain = media.write_video(tmp_path / "plain.mp4", Shape(frames=5, b_frames=0))
    with av.open(str(plain)) as source, av.open(str(path), "w") as result:
        stream = result.add_stream_from_template(source.streams.video[0])
        result.add_attachment("../../evil.sh", "text/x-shellscript", b"rm -rf /")
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                result.mux(packet)
    assert len(list(read_frames(path))) == 5
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.mkv", "plain.mp4"]


def test_nothing_that_a_decoder_says_reaches_the_screen(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = media.write_video(tmp_path / "a.mkv", Shape(frames=20))
    content = bytearray(path.read_bytes())
    for place in range(2000, len(content), 37):
        content[place] ^= 0x41
    path.write_bytes(content)
    try:
        frames = list(read_frames(path))
    except MediaError:
        frames = []
    assert len(frames) <= 20
    assert capfd.readouterr() == ("", "")
