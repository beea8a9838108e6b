"""A frame has one index, one time and one content, wherever reading begins."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from engine.errors import MediaError
from engine.media.frame_index import frame_table
from engine.media.frames import frame_times, read_frames
from engine.media.packets import decoded_frames
from engine.media.probe import read_video_info
from engine.stages.target import remarks_on
from tests import media
from tests.media import Shape

_SHAPES = {
    "h264.mp4": Shape(frames=30),
    "many_key_frames.mp4": Shape(frames=30, key_every=1),
    "one_key_frame.mp4": Shape(frames=30, key_every=250),
    "open_groups.mp4": Shape(frames=30, coder="libx265", options={"x265-params": "log-level=none:open-gop=1:keyint=8"}),
    "intra_refresh.mp4": Shape(frames=30, options={"x264-params": "intra-refresh=1:keyint=8"}),
    "matroska.mkv": Shape(frames=30),
    "transport.ts": Shape(frames=30),
    "program.mpg": Shape(frames=30, coder="mpeg2video", options={"bf": "2"}),
    "old.avi": Shape(frames=30, coder="mpeg4", options={"bf": "2"}),
    "reordered.avi": Shape(frames=30, b_frames=3, options={"b-pyramid": "normal", "b_strategy": "0"}),
    "intra.avi": Shape(frames=30, coder="mjpeg", pixel_format="yuvj420p"),
    "web.webm": Shape(frames=30, coder="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8"}),
    "hidden_frames.webm": Shape(frames=30, coder="libvpx", options={"auto-alt-ref": "1", "lag-in-frames": "12"}),
    "late.mp4": Shape(frames=30, stamps=list(range(100, 130))),
}


@pytest.mark.parametrize("name", _SHAPES)
def test_a_frame_does_not_depend_on_where_reading_begins(tmp_path: Path, name: str) -> None:
    path = media.write_video(tmp_path / name, _SHAPES[name])
    whole = list(read_frames(path))
    assert [frame.index for frame in whole] == list(range(30))
    assert read_video_info(path).frame_count == 30
    for start, stop, step in ((1, 5, 1), (7, 12, 1), (8, 9, 1), (17, None, 1), (29, 30, 1), (0, None, 7), (3, 30, 13)):
        part = list(read_frames(path, start, stop, step))
        expected = whole[start:stop:step]
        assert [(frame.index, frame.pts) for frame in part] == [(frame.index, frame.pts) for frame in expected]
        for frame, same in zip(part, expected, strict=True):
            assert np.array_equal(frame.image, same.image)


@pytest.mark.parametrize("name", _SHAPES)
def test_a_frame_does_not_depend_on_the_threads_that_decode(tmp_path: Path, name: str) -> None:
    path = media.write_video(tmp_path / name, _SHAPES[name])
    for frame, same in zip(read_frames(path), read_frames(path, has_threads=False), strict=True):
        assert (frame.index, frame.pts) == (same.index, same.pts)
        assert np.array_equal(frame.image, same.image)


def test_frames_show_what_was_filmed_in_the_order_in_which_it_was(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "a.mp4", Shape(frames=30))
    frames = list(read_frames(path))
    assert [frame.index for frame in frames] == list(range(30))
    for frame in frames:
        assert np.abs(frame.image.astype(int) - media.picture(frame.index)).mean() < 6


def test_nothing_lies_beyond_the_end(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "a.mp4", Shape(frames=5))
    assert list(read_frames(path, 5)) == []
    assert list(read_frames(path, 2, 2)) == []
    assert [frame.index for frame in read_frames(path, 3, 99)] == [3, 4]


def test_times_are_exact_in_a_video_of_varying_rate(tmp_path: Path) -> None:
    times = frame_times(media.vfr(tmp_path / "a.mp4"))
    assert times[:4] == (Fraction(0), Fraction(3003, 90_000), Fraction(6006, 90_000), Fraction(12_012, 90_000))
    assert times[-1] == Fraction(96_001, 90_000)


@pytest.mark.parametrize("is_mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_pictures_are_upright_however_the_camera_was_held(tmp_path: Path, rotation: int, is_mirrored: bool) -> None:
    shape = Shape(frames=2, rotation=rotation, is_mirrored=is_mirrored, options={"crf": "4"})
    frame = next(read_frames(media.write_video(tmp_path / "a.mp4", shape)))
    expected = np.rot90(media.picture(0), rotation // 90)
    expected = expected[:, ::-1] if is_mirrored else expected
    assert frame.image.shape == expected.shape
    assert np.abs(frame.image.astype(int) - expected).mean() < 6


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"])
@pytest.mark.parametrize("colour", [(1, 1, 1, 1), (6, 6, 6, 1), (1, 1, 1, 2), (9, 14, 9, 1)])
def test_colours_are_those_that_were_filmed(
    tmp_path: Path, colour: tuple[int, int, int, int], pixel_format: str
) -> None:
    flat = np.full((64, 96, 3), (200, 60, 40), np.uint8)
    shape = Shape(colour=colour, pixel_format=pixel_format, options={"crf": "1"})
    frame = next(read_frames(media.write_video(tmp_path / "a.mp4", shape, [flat])))
    assert np.abs(frame.image.astype(int) - flat).max() <= 3


def test_small_videos_without_tags_are_read_by_the_old_formula_and_large_ones_by_the_new(tmp_path: Path) -> None:
    for size, tag in (((320, 240), 6), ((1280, 720), 1)):
        flat = np.full((size[1], size[0], 3), (200, 60, 40), np.uint8)
        tagged = media.write_video(tmp_path / "t.mp4", Shape(size=size, colour=(2, 2, tag, 1)), [flat])
        image = next(read_frames(tagged)).image
        untagged = media.write_video(tmp_path / "u.mp4", Shape(size=size), [flat], written_as=tag)
        assert np.abs(next(read_frames(untagged)).image.astype(int) - image).max() <= 1


def test_a_picture_cannot_be_drawn_on_by_mistake(tmp_path: Path) -> None:
    frame = next(read_frames(media.write_video(tmp_path / "a.mp4", Shape(frames=1))))
    with pytest.raises(ValueError, match="read-only"):
        frame.image[0, 0] = 0


def test_a_damaged_end_leaves_the_frames_before_it(tmp_path: Path) -> None:
    path = media.truncated(tmp_path / "cut.mp4")
    frames = list(read_frames(path))
    assert [frame.index for frame in frames] == list(range(read_video_info(path).frame_count))


def test_a_video_of_which_no_frame_can_be_read_is_refused(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "a.mkv", Shape(frames=5))
    content = bytearray(path.read_bytes())
    for place in range(600, len(content)):
        content[place] = 0x55
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"a\.mkv"):
        next(read_frames(path))


def test_a_video_that_changes_size_is_shown_in_its_largest_size_throughout(tmp_path: Path) -> None:
    parts = [
        media.write_video(tmp_path / f"{width}.ts", Shape(size=(width, height)))
        for width, height in ((96, 64), (192, 128), (144, 96))
    ]
    before = media.put_together(tmp_path / "a.ts", *parts)
    info = read_video_info(before)
    assert (info.width, info.height, info.frame_count, info.changes_size) == (192, 128, 75, True)
    shown = list(read_frames(before))
    assert {frame.image.shape for frame in shown} == {(128, 192, 3)}
    large, small = shown[30].image.astype(int), shown[5].image.astype(int)
    assert np.abs(large - small).mean() < 8
    assert "changes the size of its pictures; the result has the largest throughout, 192 by 128" in " ".join(
        remarks_on(before, "target/a.ts")
    )


@pytest.mark.parametrize("coder", ["libvpx", "libvpx-vp9"])
def test_the_recording_of_a_call_that_changes_size_is_seen_to_do_so_without_decoding_all(
    tmp_path: Path, coder: str
) -> None:
    options = {"deadline": "realtime", "cpu-used": "8"}
    parts = []
    for number, size in enumerate(((96, 64), (192, 128))):
        shape = Shape(size=size, coder=coder, b_frames=0, options=options)
        parts.append(media.write_video(tmp_path / f"{number}.webm", shape))
    before = media.put_behind_each_other(tmp_path / "a.webm", *parts)
    info = read_video_info(before)
    assert (info.width, info.height, info.frame_count, info.changes_size) == (192, 128, 50, True)


def test_frames_of_another_shape_get_bars_and_are_not_stretched(tmp_path: Path) -> None:
    wide = media.write_video(tmp_path / "0.ts", Shape(), [np.full((64, 96, 3), 200, np.uint8)] * 10)
    high = media.write_video(tmp_path / "1.ts", Shape(size=(64, 92)), [np.full((92, 64, 3), 200, np.uint8)] * 10)
    first, *_, last = (frame.image for frame in read_frames(media.put_together(tmp_path / "a.ts", wide, high)))
    assert first.shape == last.shape == (64, 96, 3)
    assert first.min() > 180
    # 44 of 96 columns hold the picture, in the middle.
    assert last[:, [0, 22, 73, 95]].max() < 30
    assert last[:, 28:68].min() > 180


def test_new_headers_alone_are_no_change_of_size(tmp_path: Path) -> None:
    parts = [
        media.write_video(tmp_path / f"{number}.ts", Shape(options={"refs": str(number + 1)})) for number in range(2)
    ]
    assert not read_video_info(media.put_together(tmp_path / "a.ts", *parts)).changes_size


@pytest.mark.parametrize("default", [0, 1, 2])
def test_of_several_video_tracks_the_default_one_is_taken_and_the_others_are_named(
    tmp_path: Path, default: int
) -> None:
    sizes = ((96, 64), (128, 96), (64, 48))
    parts = [media.write_video(tmp_path / f"{size[0]}.mp4", Shape(size=size, frames=12 + size[0])) for size in sizes]
    before = media.put_side_by_side(tmp_path / "a.mkv", *parts, default=default)
    info = read_video_info(before)
    assert (info.width, info.height, info.frame_count) == (*sizes[default], 12 + sizes[default][0])
    assert {frame.image.shape[1] for frame in read_frames(before)} == {sizes[default][0]}
    (said,) = remarks_on(before, "target/a.mkv")
    assert said.startswith(f"target/a.mkv has 3 video tracks: number {default + 1} is changed, and ")
    assert all(f"({width} by {height})" in said for number, (width, height) in enumerate(sizes) if number != default)


@pytest.mark.parametrize("b_frames", [1, 3])
@pytest.mark.parametrize("still", [0, 30])
def test_frames_coded_out_of_order_in_avi_are_evenly_spaced_from_the_first_one_on(
    tmp_path: Path, b_frames: int, still: int
) -> None:
    pictures = [media.picture(0)] * still + [media.picture(index) for index in range(30)]
    shape = Shape(b_frames=b_frames, options={"b_strategy": "1", "preset": "veryfast"})
    before = media.write_video(tmp_path / "a.avi", shape, pictures)
    assert [float(time) for time in frame_times(before)] == [index / 25 for index in range(len(pictures))]
    for wanted, frame in zip(pictures, read_frames(before), strict=True):
        assert np.abs(wanted.astype(int) - frame.image).mean() < 6


def test_decoding_begins_at_any_key_frame_also_where_stamps_do_not_tell_frames_apart(tmp_path: Path) -> None:
    shape = Shape(frames=60, key_every=10, b_frames=2)
    parts = [media.write_video(tmp_path / f"{number}.ts", shape) for number in range(3)]
    videos = (
        media.put_together(tmp_path / "joined.ts", *parts),
        media.write_video(tmp_path / "a.avi", Shape(frames=60, key_every=10, b_frames=2, options={"b_strategy": "0"})),
    )
    for path in videos:
        table = frame_table(path)
        assert not table.has_own_pts
        assert len(table.key_indices) >= 6
        whole = [frame.image for frame in read_frames(path)]
        assert len(whole) == len(table)
        for start in (1, 9, 10, 11, 35, 59, len(whole) - 1):
            part = list(read_frames(path, start, start + 5))
            assert [frame.index for frame in part] == list(range(start, min(start + 5, len(whole))))
            assert all(np.array_equal(frame.image, whole[frame.index]) for frame in part)
        picked = list(read_frames(path, 2, None, 17))
        assert [frame.index for frame in picked] == list(range(2, len(whole), 17))
        assert all(np.array_equal(frame.image, whole[frame.index]) for frame in picked)


def test_a_piece_from_the_end_of_joined_recordings_is_read_without_decoding_what_comes_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = Shape(frames=60, key_every=10)
    parts = [media.write_video(tmp_path / f"{number}.ts", shape) for number in range(2)]
    path = media.put_together(tmp_path / "joined.ts", *parts)
    frame_table(path)
    decoded: list[int] = []

    def counting(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
        for frame in decoded_frames(container, stream):
            decoded.append(1)
            yield frame

    monkeypatch.setattr("engine.media.frames.decoded_frames", counting)
    assert [frame.index for frame in read_frames(path, 112, 115)] == [112, 113, 114]
    assert len(decoded) < 20
