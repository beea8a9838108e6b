"""Sound that cannot be copied as it is is found by trying, and coded anew at its own times."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.media.frame_index import frame_table
from engine.media.frames import frame_times, read_frames
from engine.media.joining import CONTAINERS, result_suffix
from engine.media.probe import read_video_info
from engine.media.sound import is_same_sound
from engine.media.sound_plan import plan_sound
from engine.media.tracks import Carriage
from engine.stages.target import remarks_on
from tests import media
from tests.media import Shape, Tone, converted

RATE = 48_000
LOW, HIGH = 440, 1760


def carriages(path: Path) -> list[Carriage]:
    return [plan.carriage for plan in plan_sound(path, CONTAINERS[result_suffix(read_video_info(path))])]


def heard(path: Path, track: int = 0) -> tuple[float, NDArray[np.float32]]:
    """Return when a track begins, in seconds, and its first channel at 48 kHz."""
    resampler = av.AudioResampler("fltp", "mono", RATE)
    start, pieces = None, []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=track):
            if start is None and frame.pts is not None:
                start = float(frame.pts * (frame.time_base or 0))
            frame.pts = None
            pieces += [out.to_ndarray()[0] for out in resampler.resample(frame)]
        pieces += [out.to_ndarray()[0] for out in resampler.resample(None)]
    return start or 0.0, np.concatenate(pieces)


def pitch(sound: tuple[float, NDArray[np.float32]], at: float) -> float:
    """Return the frequency heard at a time, in hertz; 0 where it is silent."""
    start, samples = sound
    begin = round((at - start) * RATE)
    window = samples[begin : begin + 4096]
    if np.abs(window).max() < 0.02:
        return 0.0
    return float(np.argmax(np.abs(np.fft.rfft(window * np.hanning(len(window)))))) * RATE / len(window)


def two_recordings(tmp_path: Path, second_starts: int = 0) -> Path:
    """One second with a low tone, then one with a high tone, each on a clock of its own; ticks of 1/90000."""
    parts = []
    for number, (hertz, start) in enumerate(((LOW, 0), (HIGH, second_starts))):
        stamps = [start + 3600 * index for index in range(25)]
        shape = Shape(time_base=Fraction(1, 90_000), stamps=stamps, sound=(Tone(hertz=hertz, delay=start / 90_000),))
        parts.append(media.write_video(tmp_path / f"{number}.ts", shape))
    return media.put_together(tmp_path / "joined.ts", *parts)


@pytest.mark.parametrize("second_starts", [0, 45_000, 90_000 * 3600])
def test_recordings_put_one_behind_the_other_are_shown_and_heard_in_order(tmp_path: Path, second_starts: int) -> None:
    before = two_recordings(tmp_path, second_starts)
    times = frame_times(before)
    assert len(times) == 50
    assert float(times[-1] - times[0]) == pytest.approx(1.96, abs=0.05)
    assert carriages(before) == [Carriage.RECODED]
    after = converted(before)
    assert len(list(read_frames(after))) == 50
    assert [time - frame_times(after)[0] for time in frame_times(after)] == [time - times[0] for time in times]
    sound = heard(after)
    assert pitch(sound, 0.4) == pytest.approx(LOW, abs=20)
    assert pitch(sound, 1.5) == pytest.approx(HIGH, abs=20)
    assert len(sound[1]) / RATE == pytest.approx(2.0, abs=0.1)
    first, second = remarks_on(before, "target/a.ts")
    assert "put together of 2 recordings" in first
    assert second == ("The sound of target/a.ts (aac) is coded anew, as AAC, since its clock does not go on steadily.")


def test_an_edit_list_of_several_parts_cuts_the_sound_as_it_cuts_the_pictures(tmp_path: Path) -> None:
    tone = Tone(seconds=1, hertz=LOW, then=Tone(seconds=1, delay=1, hertz=HIGH))
    before = media.write_video(tmp_path / "a.mp4", Shape(frames=50, b_frames=0, sound=(tone,)))
    media.edit(before, (0.0, 0.6), (1.2, 2.0))
    assert read_video_info(before).frame_count == 35
    assert carriages(before) == [Carriage.RECODED]
    after = converted(before)
    assert len(list(read_frames(after))) == 35
    sound = heard(after)
    assert pitch(sound, 0.3) == pytest.approx(LOW, abs=20)
    assert pitch(sound, 0.8) == pytest.approx(HIGH, abs=20)
    assert sound[0] + len(sound[1]) / RATE == pytest.approx(1.4, abs=0.06)
    assert "parts of it are cut out" in remarks_on(before, "target/a.mp4")[0]


def test_an_edit_list_that_only_trims_both_ends_leaves_the_sound_as_it_is(tmp_path: Path) -> None:
    """As most MP4 files have it: the coder's first packets warm up, and the last one is not heard to its end."""
    before = media.write_video(tmp_path / "a.mp4", Shape(frames=50, b_frames=0, sound=(Tone(seconds=2, hertz=LOW),)))
    media.edit(before, (0.1, 1.8))
    assert carriages(before) == [Carriage.COPIED]
    assert remarks_on(before, "target/a.mp4") == ()


def test_ordinary_sound_is_copied_and_nothing_is_said(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv", "a.ts", "a.mov"):
        before = media.write_video(tmp_path / name, Shape(sound=(Tone(), Tone("mp2", hertz=880))))
        assert carriages(before) == [Carriage.COPIED, Carriage.COPIED]
        assert remarks_on(before, "target/a") == ()
        assert is_same_sound(before, converted(before))


def test_only_the_track_that_cannot_be_copied_is_coded_anew_and_named(tmp_path: Path) -> None:
    sound = (Tone("mp3"), Tone("wmav2", seconds=0.8, delay=0.2))
    before = media.write_video(tmp_path / "a.asf", Shape(coder="mpeg4", b_frames=0, sound=sound))
    assert carriages(before) == [Carriage.COPIED, Carriage.RECODED]
    assert remarks_on(before, "target/a.asf") == (
        "Sound track 2 of target/a.asf (wmav2) is coded anew, as AAC, since the result cannot hold it as it is.",
    )


def test_a_pause_in_sound_that_is_coded_anew_stays_a_pause(tmp_path: Path) -> None:
    tone = Tone("wmav2", seconds=0.5, hertz=LOW, then=Tone(seconds=0.5, delay=1.5, hertz=HIGH))
    shape = Shape(frames=50, coder="mpeg4", b_frames=0, sound=(tone,))
    sound = heard(converted(media.write_video(tmp_path / "a.asf", shape)))
    assert pitch(sound, 0.2) == pytest.approx(LOW, abs=20)
    assert pitch(sound, 1.0) == 0
    assert pitch(sound, 1.8) == pytest.approx(HIGH, abs=20)


def test_one_damaged_stamp_is_no_other_recording(tmp_path: Path) -> None:
    stamps = [3600 * index for index in range(25)]
    path = media.write_video(tmp_path / "a.ts", Shape(time_base=Fraction(1, 90_000), stamps=stamps, b_frames=0))
    first = int(frame_table(path).pts[0])
    media.damage_stamp(path, first + 20 * 3600, first + 5 * 3600)
    table = frame_table(path)
    assert len(table) == 25
    assert table.restarts == ()
    assert float((table.pts[-1] - table.pts[0]) * table.time_base) == pytest.approx(0.96, abs=0.05)
