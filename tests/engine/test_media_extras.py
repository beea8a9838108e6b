"""Names, languages, subtitles, chapters and the time of recording go into the result; the place does not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.stream import Disposition

from engine.stages.target import remarks_on
from tests import media
from tests.media import Shape, Tone, converted

SPOKEN = "1\n00:00:00,200 --> 00:00:00,900\nHello there\n\n2\n00:00:01,000 --> 00:00:01,500\nGood-bye\n"
SOUND = (("eng", "Original", False), ("deu", "Kommentar", True))
CHAPTERS = [("One", 0, 1000), ("Two", 1000, 2000)]


def with_extras(path: Path, *, subtitles: bool = True, attachment: str = "") -> Path:
    """Write a film with two sound tracks, subtitles, chapters, a title, and when and where it was taken."""
    plain = media.write_video(
        path.with_name("plain.mkv"), Shape(frames=50, sound=(Tone(seconds=2), Tone(seconds=2, hertz=880)))
    )
    text = path.with_name("spoken.srt")
    text.write_text(SPOKEN)
    with av.open(str(plain)) as film, av.open(str(text)) as spoken, av.open(str(path), "w") as result:
        copies = {stream.index: result.add_stream_from_template(stream) for stream in film.streams}
        for track, (language, title, is_default) in zip(film.streams.audio, SOUND, strict=True):
            copy = copies[track.index]
            copy.metadata.update({"language": language, "title": title})
            copy.disposition = Disposition.default if is_default else Disposition(0)
        written = result.add_stream_from_template(spoken.streams[0]) if subtitles else None
        if written is not None:
            written.metadata["language"] = "eng"
        if attachment:
            kind = "application/x-truetype-font" if attachment.endswith(".ttf") else "text/x-shellscript"
            result.add_attachment(attachment, kind, b"some bytes")
        result.metadata.update(
            {"title": "Home film", "creation_time": "2024-05-01T10:11:12.000000Z", "location": "+47.3000+008.5000/"}
        )
        result.set_chapters(
            [
                {"id": at, "start": begin, "end": end, "time_base": Fraction(1, 1000), "metadata": {"title": name}}
                for at, (name, begin, end) in enumerate(CHAPTERS)
            ]
        )
        for packet in spoken.demux():
            if packet.size and written is not None:
                packet.stream = written
                result.mux(packet)
        for packet in film.demux():
            if packet.size:
                packet.stream = copies[packet.stream.index]
                result.mux(packet)
    return path


def sound_of(path: Path) -> list[tuple[str | None, str | None, bool]]:
    with av.open(str(path)) as container:
        return [
            (
                track.language,
                track.metadata.get("title") or track.metadata.get("name"),
                bool(track.disposition & Disposition.default),
            )
            for track in container.streams.audio
        ]


def chapters_of(path: Path) -> list[tuple[str, float, float]]:
    with av.open(str(path)) as container:
        found = [(each, 1000 * (each["time_base"] or Fraction(1))) for each in container.chapters()]
    return [(each["metadata"]["title"], float(each["start"] * tick), float(each["end"] * tick)) for each, tick in found]


def spoken_in(path: Path) -> list[tuple[float, str]]:
    with av.open(str(path)) as container:
        (track,) = container.streams.subtitles
        packets = [packet for packet in container.demux(track) if packet.size]
        return [(float((each.pts or 0) * each.time_base), bytes(each).decode()) for each in packets]


def test_a_matroska_film_keeps_all_that_it_has(tmp_path: Path) -> None:
    before = with_extras(tmp_path / "film.mkv", attachment="a.ttf")
    after = converted(before)
    assert after.suffix == ".mkv"
    assert sound_of(after) == list(SOUND)
    assert chapters_of(after) == CHAPTERS
    assert spoken_in(after) == [(0.2, "Hello there"), (1.0, "Good-bye")]
    with av.open(str(after)) as result:
        assert result.metadata["title"] == "Home film"
        assert result.metadata["creation_time"].startswith("2024-05-01T10:11:12")
        assert [stream.metadata["filename"] for stream in result.streams if stream.type == "attachment"] == ["a.ttf"]


def test_without_subtitles_an_mp4_file_keeps_names_chapters_and_the_default_track(tmp_path: Path) -> None:
    after = converted(with_extras(tmp_path / "film.mkv", subtitles=False))
    assert after.suffix == ".mp4"
    assert sound_of(after) == list(SOUND)
    assert chapters_of(after) == CHAPTERS
    again = converted(after.rename(tmp_path / "film.mp4"))
    assert sound_of(again) == list(SOUND)
    assert chapters_of(again) == CHAPTERS


@pytest.mark.parametrize("name", ["film.mkv", "film.mp4"])
def test_the_place_is_dropped_and_that_is_said(tmp_path: Path, name: str) -> None:
    before = with_extras(tmp_path / name, subtitles=False)
    assert remarks_on(before, f"target/{name}") == (f"target/{name} says where it was taken; the result does not.",)
    with av.open(str(converted(before))) as result:
        assert not any("location" in tag for tag in result.metadata)


def test_what_the_result_cannot_hold_is_named(tmp_path: Path) -> None:
    before = with_extras(tmp_path / "film.mkv", subtitles=False, attachment="a.ttf")
    (said, _) = remarks_on(before, "target/film.mkv")
    assert said == "The result (.mp4) goes without what target/film.mkv has beside it: the attachment a.ttf."
    assert converted(before).suffix == ".mp4"


def test_subtitles_and_chapters_follow_a_clock_that_does_not_begin_at_nought(tmp_path: Path) -> None:
    plain = with_extras(tmp_path / "film.mkv")
    late = tmp_path / "late.mkv"
    with av.open(str(plain)) as film, av.open(str(late), "w") as result:
        copies = {each.index: result.add_stream_from_template(each) for each in film.streams if each.codec_context}
        chapters = film.chapters()
        for each in chapters:
            each["start"], each["end"] = each["start"] + 10**10, each["end"] + 10**10
        result.set_chapters(chapters)
        for packet in film.demux():
            if packet.size and packet.stream.index in copies and packet.pts is not None and packet.dts is not None:
                packet.pts, packet.dts = packet.pts + 10_000, packet.dts + 10_000
                packet.stream = copies[packet.stream.index]
                result.mux(packet)
    after = converted(late)
    assert chapters_of(after) == CHAPTERS
    assert spoken_in(after) == [(0.2, "Hello there"), (1.0, "Good-bye")]


@pytest.mark.parametrize("name", ["run.sh", "../a.ttf"])
def test_what_is_attached_and_is_no_font_is_not_carried_on(tmp_path: Path, name: str) -> None:
    before = with_extras(tmp_path / "film.mkv", attachment=name)
    assert f"has beside it: the attachment {name}." in remarks_on(before, "target/film.mkv")[0]
    with av.open(str(converted(before))) as result:
        assert {stream.type for stream in result.streams} == {"video", "audio", "subtitle"}
