"""A result is its original in everything but what was changed on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from engine.errors import MediaError, OutOfDisk
from engine.host.machine import process_mark
from engine.media.encoding import original_window, result_size
from engine.media.frames import Frame, frame_times, read_frames
from engine.media.probe import VideoInfo, read_video_info
from engine.media.segments import join_segments, result_suffix, write_segment
from engine.media.sound import is_same_sound
from engine.project.settings import Codec
from engine.stages.target import remarks_on
from tests import media
from tests.media import Shape, Tone

Change = Callable[[Frame], Frame]

_SHAPES = {
    "plain.mp4": Shape(),
    "ntsc.mp4": Shape(rate=Fraction(30_000, 1001), time_base=Fraction(1, 30_000)),
    "one_frame.mp4": Shape(frames=1),
    "two_frames.mp4": Shape(frames=2),
    "turned.mp4": Shape(rotation=90),
    "turned_and_mirrored.mp4": Shape(rotation=270, is_mirrored=True),
    "upside_down.mov": Shape(rotation=180),
    "hd_tags.mp4": Shape(colour=(1, 1, 1, 1)),
    "pal_tags.mp4": Shape(colour=(5, 6, 5, 1)),
    "full_range.mp4": Shape(pixel_format="yuvj420p", colour=(1, 1, 1, 2)),
    "wide_pixels.mp4": Shape(aspect=Fraction(64, 45)),
    "more_colour.mp4": Shape(pixel_format="yuv422p"),
    "odd.mp4": Shape(pixel_format="yuv444p", size=(95, 63)),
    "ten_bits.mp4": Shape(coder="libx265", pixel_format="yuv420p10le", frames=12),
    "hdr.mp4": Shape(coder="libx265", pixel_format="yuv420p10le", colour=(9, 16, 9, 1), frames=12),
    "interlaced.mp4": Shape(is_interlaced=True, colour=(5, 6, 5, 1)),
    "late.mp4": Shape(stamps=list(range(50, 75))),
    "matroska.mkv": Shape(sound=(Tone(), Tone(hertz=880))),
    "transport.ts": Shape(),
    "program.mpg": Shape(coder="mpeg2video", options={"bf": "2"}),
    "old.avi": Shape(coder="mpeg4", options={"bf": "2"}),
    "grey.mkv": Shape(coder="ffv1", pixel_format="gray", colour=(2, 2, 2, 2)),
    "rgb.mkv": Shape(coder="ffv1", pixel_format="bgr0"),
}


def _unchanged(frame: Frame) -> Frame:
    return frame


def _brighter_middle(frame: Frame) -> Frame:
    image = frame.image.copy()
    height, width = image.shape[:2]
    part = image[height // 4 : height // 2, width // 4 : width // 2]
    part[:] = np.clip(part.astype(int) + 40, 0, 255)
    return frame.with_image(image)


def _drawn_anew(frame: Frame) -> Frame:
    return Frame(frame.index, frame.pts, frame.image)


def _convert(path: Path, change: Change = _unchanged, codec: Codec = Codec.H264, quality: int = 18) -> Path:
    """Send a video through three segments and back together."""
    info = read_video_info(path)
    cuts = sorted({0, info.frame_count // 3, info.frame_count // 3 + 1, info.frame_count})
    segments = []
    for start, stop in pairwise(cuts):
        segments.append(path.with_name(f"{start:06d}.segment"))
        frames: Iterator[Frame] = (change(frame) for frame in read_frames(path, start, stop))
        write_segment(segments[-1], info, frames, codec, quality)
    out = path.with_name(f"result{result_suffix(info)}")
    join_segments(segments, path, out)
    return out


def _error(before: Path, after: Path, change: Change = _unchanged) -> float:
    """Return the mean square difference between a result and what was asked for."""
    wanted = [change(frame).image.astype(float) for frame in read_frames(before)]
    pairs = zip(wanted, read_frames(after), strict=True)
    return float(np.mean([np.mean((image - frame.image) ** 2) for image, frame in pairs]))


def _shifted(times: tuple[Fraction, ...]) -> list[Fraction]:
    return [time - times[0] for time in times]


def _looks(info: VideoInfo) -> dict[str, object]:
    names = ("width", "height", "coded_width", "coded_height", "orientation", "pixel_aspect", "frame_count")
    looks = {name: getattr(info, name) for name in (*names, "is_vfr", "is_interlaced")}
    return looks | {"is_top_field_first": _is_top_field_first(info.path)}


def _is_top_field_first(path: Path) -> bool:
    with av.open(path) as container:
        # AVFieldOrder of ffmpeg: top first, coded in that order or the other way round.
        return container.streams.video[0].codec_context.field_order in (2, 5)


@pytest.mark.parametrize("change", [_unchanged, _brighter_middle, _drawn_anew])
@pytest.mark.parametrize("name", _SHAPES)
def test_size_times_turning_tags_and_pictures_survive(tmp_path: Path, name: str, change: Change) -> None:
    before = media.write_video(tmp_path / name, _SHAPES[name])
    after = _convert(before, change)
    was, now = read_video_info(before), read_video_info(after)
    assert _looks(now) == _looks(was)
    assert _shifted(frame_times(after)) == _shifted(frame_times(before))
    if "rgb" not in name:
        assert now.colour == was.colour
    assert now.bit_depth == was.bit_depth
    # 36 dB: small pictures with hard edges, and colours that change in the middle of a sample.
    assert _error(before, after, change) < 255**2 / 10**3.6
    assert now.duration_seconds == pytest.approx(was.duration_seconds, abs=0.002)


_ODD = Shape(coder="libvpx-vp9", size=(95, 63), frames=4, options={"deadline": "realtime", "cpu-used": "8"})


@pytest.mark.parametrize("change", [_unchanged, _brighter_middle, _drawn_anew])
@pytest.mark.parametrize(
    ("shape", "codec"),
    [
        (_ODD, Codec.H264),
        (_ODD, Codec.HEVC),
        (replace(_ODD, rotation=90), Codec.H264),
        (replace(_ODD, rotation=180), Codec.H264),
        (replace(_ODD, rotation=270, is_mirrored=True), Codec.H264),
    ],
)
def test_pictures_of_odd_size_become_even_ones_that_every_player_shows(
    tmp_path: Path, change: Change, shape: Shape, codec: Codec
) -> None:
    before = media.write_video(tmp_path / "odd.mp4", shape)
    after = _convert(before, change, codec)
    was, now = read_video_info(before), read_video_info(after)
    assert (was.coded_width, was.coded_height) == (95, 63)
    assert (now.coded_width, now.coded_height, now.pixel_format) == (96, 64, "yuv420p")
    assert (now.width, now.height) == result_size(was)
    part = original_window(was)
    for old, new in zip(read_frames(before), read_frames(after), strict=True):
        wanted = change(old).image.astype(float)
        assert new.image[part].shape == wanted.shape
        assert np.mean((new.image[part] - wanted) ** 2) < 255**2 / 10**3.2
    said = remarks_on(before, "target/odd.mp4")
    assert len(said) == 1
    assert f"{was.width} by {was.height} pixels" in said[0]


def test_pictures_of_odd_size_and_full_colour_stay_as_they_are_and_it_is_said_who_plays_them(tmp_path: Path) -> None:
    before = media.write_video(tmp_path / "odd.mp4", replace(_ODD, coder="libx264", pixel_format="yuv444p", options={}))
    (said,) = remarks_on(before, "target/odd.mp4")
    assert "many phones and browsers do not play it, editing programs do." in said
    assert read_video_info(_convert(before)).coded_width == 95


@pytest.mark.parametrize("codec", list(Codec))
def test_times_of_a_video_of_varying_rate_survive_to_the_tick(tmp_path: Path, codec: Codec) -> None:
    before = media.vfr(tmp_path / "vfr.mp4")
    after = _convert(before, _brighter_middle, codec)
    assert frame_times(after) == frame_times(before)
    assert read_video_info(after).codec == codec.value


def test_what_was_not_changed_is_not_converted(tmp_path: Path) -> None:
    """A nearly lossless coder shows it: fine stripes of colour would blur on the way to RGB and back."""
    stripes = np.random.default_rng(1).integers(0, 256, (64, 96, 3)).astype(np.uint8)
    before = media.write_video(tmp_path / "a.mp4", Shape(frames=3, options={"qp": "0"}), [stripes] * 3)
    after = _convert(before, _brighter_middle, quality=0)
    for old, new in zip(_native(before), _native(after), strict=True):
        assert np.array_equal(old[32:64], new[32:64])
        assert not np.array_equal(old[16:32, 24:48], new[16:32, 24:48])


def _native(path: Path) -> Iterator[np.ndarray]:
    with av.open(str(path)) as container:
        yield from (frame.to_ndarray() for frame in container.decode(video=0))


def test_the_fields_of_interlaced_pictures_stay_apart(tmp_path: Path) -> None:
    comb = np.zeros((64, 96, 3), np.uint8)
    comb[::2] = (200, 40, 40)
    comb[1::2] = (40, 40, 200)
    shape = Shape(frames=4, is_interlaced=True, options={"crf": "1"}, pixel_format="yuv420p")
    before = media.write_video(tmp_path / "a.mp4", shape, [comb] * 4)
    for change in (_unchanged, _brighter_middle):
        after = _convert(before, change, quality=4)
        for old, new in zip(_native(before), _native(after), strict=True):
            assert np.abs(old[32:64].astype(int) - new[32:64]).mean() < 3
        assert read_video_info(after).is_interlaced


def test_the_notes_on_an_hdr_videos_brightness_survive(tmp_path: Path) -> None:
    notes = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400"
    options = {"x265-params": f"log-level=none:pools=1:hdr10=1:{notes}"}
    shape = Shape(coder="libx265", pixel_format="yuv420p10le", colour=(9, 16, 9, 1), frames=6, options=options)
    before = media.write_video(tmp_path / "a.mp4", shape)
    was = read_video_info(before).hdr_metadata
    assert was.mastering == (34_000, 16_000, 13_250, 34_500, 7500, 3000, 15_635, 16_450, 50, 10_000_000)
    assert was.light == (1000, 400)
    assert read_video_info(_convert(before)).hdr_metadata == was


def test_every_sound_track_is_copied_with_its_times(tmp_path: Path) -> None:
    sound = (Tone(seconds=2.5), Tone(seconds=0.4, delay=0.3, hertz=880))
    before = media.write_video(tmp_path / "a.mp4", Shape(sound=sound))
    after = _convert(before)
    was, now = _packets(before), _packets(after)
    assert len(was) == 2
    for old, new in zip(was, now, strict=True):
        assert [data for _, data in new] == [data for _, data in old]
        assert max(abs(a - b) for (a, _), (b, _) in zip(old, new, strict=True)) < 1e-4


@pytest.mark.parametrize(("codec", "suffix"), [("mp3", ".mp4"), ("libopus", ".mp4"), ("pcm_s16le", ".mov")])
def test_the_container_is_one_that_holds_the_sound(tmp_path: Path, codec: str, suffix: str) -> None:
    before = media.write_video(tmp_path / "a.mkv", Shape(sound=(Tone(codec),)))
    after = _convert(before)
    assert after.suffix == suffix
    assert is_same_sound(before, after)


def test_sound_that_only_matroska_holds_makes_a_matroska_file(tmp_path: Path) -> None:
    before = media.write_video(tmp_path / "a.mkv", Shape(sound=(Tone("wavpack"), Tone("pcm_s16le"))))
    after = _convert(before)
    assert after.suffix == ".mkv"
    assert is_same_sound(before, after)
    assert _shifted(frame_times(after)) == _shifted(frame_times(before))


def test_sound_that_no_container_holds_beside_the_pictures_is_coded_anew_at_its_time(tmp_path: Path) -> None:
    sound = (Tone("wmav2", seconds=0.8, delay=0.2), Tone("mp3"))
    before = media.write_video(tmp_path / "a.asf", Shape(coder="mpeg4", b_frames=0, sound=sound))
    after = _convert(before)
    assert after.suffix == ".mp4"
    assert [track.codec for track in read_video_info(after).sound] == ["aac", "mp3"]
    was, now = _packets(before), _packets(after)
    assert len(now[1]) == len(was[1])
    assert now[0][0][0] - now[1][0][0] == pytest.approx(was[0][0][0] - was[1][0][0], abs=0.1)
    assert now[0][-1][0] == pytest.approx(was[0][-1][0], abs=0.15)


def test_sound_of_a_broadcast_stream_is_the_same_but_for_its_wrapping(tmp_path: Path) -> None:
    before = media.write_video(tmp_path / "a.ts", Shape(sound=(Tone(), Tone("mp2"))))
    after = _convert(before)
    assert is_same_sound(before, after)
    assert not is_same_sound(before, media.write_video(tmp_path / "b.mp4", Shape(sound=(Tone(hertz=450), Tone("mp2")))))
    assert not is_same_sound(before, media.write_video(tmp_path / "c.mp4"))


def test_all_frames_are_shown_where_the_clock_starts_again_within_the_first_minute(tmp_path: Path) -> None:
    end_of_clock = 1 << 33
    stamps = [end_of_clock - 45_000 + 3600 * index for index in range(25)]
    sound = (Tone(seconds=1, delay=stamps[0] / 90_000),)
    shape = Shape(time_base=Fraction(1, 90_000), stamps=stamps, sound=sound, muxer={"mpegts_copyts": "1"})
    before = media.write_video(tmp_path / "wrap.ts", shape)
    assert frame_times(before)[0] < 0 < frame_times(before)[-1]
    after = _convert(before)
    assert len(list(read_frames(after))) == 25
    assert _shifted(frame_times(after)) == _shifted(frame_times(before))
    assert frame_times(after)[0] < Fraction(1, 10)
    assert is_same_sound(before, after)


def _packets(path: Path) -> list[list[tuple[float, bytes]]]:
    with av.open(str(path)) as container:
        tracks: dict[int, list[tuple[float, bytes]]] = {track.index: [] for track in container.streams.audio}
        for packet in container.demux(audio=list(range(len(tracks)))):
            if packet.size:
                assert packet.pts is not None
                tracks[packet.stream_index].append((float(packet.pts * packet.time_base), bytes(packet)))
    return list(tracks.values())


def test_a_video_cut_off_at_its_end_keeps_what_can_be_read(tmp_path: Path) -> None:
    before = media.truncated(tmp_path / "cut.mp4")
    after = _convert(before)
    assert frame_times(after) == frame_times(before)


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    before = media.write_video(tmp_path / "a.mp4", Shape(sound=(Tone(),)))
    results = [_convert(before, _brighter_middle).read_bytes() for _ in range(2)]
    assert results[0] == results[1]


def test_pieces_without_a_readable_frame_are_passed_over(tmp_path: Path) -> None:
    before = media.write_video(tmp_path / "a.mp4")
    info = read_video_info(before)
    pieces = [tmp_path / "0", tmp_path / "1"]
    write_segment(pieces[0], info, [], Codec.H264, 18)
    with pytest.raises(MediaError, match=r"Not one frame of a\.mp4"):
        join_segments(pieces[:1], before, tmp_path / "out.mp4")
    write_segment(pieces[1], info, read_frames(before, 5, 9), Codec.H264, 18)
    join_segments(pieces, before, tmp_path / "out.mp4")
    assert frame_times(tmp_path / "out.mp4") == frame_times(before)[5:9]


def test_a_writer_that_is_stopped_leaves_nothing_behind(tmp_path: Path) -> None:
    before = media.write_video(tmp_path / "a.mp4")

    def stopped() -> Iterator[Frame]:
        yield from read_frames(before, 0, 3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_segment(tmp_path / "piece", read_video_info(before), stopped(), Codec.H264, 18)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_full_disk_is_said_to_be_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = media.write_video(tmp_path / "a.mp4", Shape(frames=60, size=(320, 240)))
    piece = tmp_path / "piece"
    # The device takes no byte; opening it by another name is the nearest thing to a full disk without being root.
    monkeypatch.setattr("engine.files.atomic.PARTIAL", ".partial-full-")
    name = f".piece.partial-full-{process_mark()}"
    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(OutOfDisk):
        write_segment(piece, read_video_info(before), read_frames(before), Codec.H264, 5)
    assert not piece.exists()
