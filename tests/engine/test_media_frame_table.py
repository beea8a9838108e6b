"""A video's frames are listed once for all processes of a project, and what is kept is trusted with nothing."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.errors import MediaError
from engine.media.extras import plan_extras
from engine.media.frame_index import frame_table
from engine.media.frame_table import FrameTable, keep_table, kept_table
from engine.media.sound_plan import plan_sound
from engine.process.workers import worker_pool
from engine.project.folder import FRAME_TABLES_VARIABLE, ProjectFolder, create_folder
from tests.media import Shape, write_video


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectFolder:
    folder = create_folder(tmp_path / "p")
    monkeypatch.setenv(FRAME_TABLES_VARIABLE, str(folder.frame_tables))
    return folder


def as_values(table: FrameTable | None) -> dict[str, object]:
    assert table is not None
    facts: dict[str, object] = vars(table) | {"waypoints": vars(table.waypoints) if table.waypoints else None}
    return {name: str(value) for name, value in facts.items()}


def frame_count(path: Path) -> int:
    return len(frame_table(path))


@pytest.mark.parametrize("name", ["a.mp4", "b.avi", "c.ts", "d.mkv"])
def test_what_is_kept_is_what_was_listed(folder: ProjectFolder, name: str) -> None:
    video = write_video(folder.target / name, Shape(frames=30))
    table = frame_table(video)
    assert as_values(kept_table(video, video.stat())) == as_values(table)


def test_a_video_whose_stamps_do_not_tell_its_frames_apart_is_kept_with_its_waypoints(folder: ProjectFolder) -> None:
    pieces = [write_video(folder.path / f"{at}.ts", Shape(frames=30)).read_bytes() for at in range(2)]
    video = folder.target / "twice.ts"
    video.write_bytes(b"".join(pieces))
    table = frame_table(video)
    assert table.waypoints is not None
    assert table.restarts
    assert as_values(kept_table(video, video.stat())) == as_values(table)


def test_a_worker_takes_the_list_and_reads_nothing_of_the_video(folder: ProjectFolder) -> None:
    video = write_video(folder.target / "a.mp4", Shape(frames=30))
    facts = video.stat()
    assert len(frame_table(video)) == 30
    video.write_bytes(bytes(facts.st_size))
    os.utime(video, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    with worker_pool(1) as executor:
        assert executor.submit(frame_count, video).result() == 30


def test_another_video_in_its_place_is_listed_anew(folder: ProjectFolder) -> None:
    video = write_video(folder.target / "a.mp4", Shape(frames=30))
    assert len(frame_table(video)) == 30
    write_video(video, Shape(frames=20))
    assert kept_table(video, video.stat()) is None
    assert len(frame_table(video)) == 20


def test_a_project_that_was_moved_keeps_its_lists(
    folder: ProjectFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame_table(write_video(folder.target / "a.mp4", Shape(frames=30)))
    moved = ProjectFolder(folder.path.rename(tmp_path / "moved"))
    monkeypatch.setenv(FRAME_TABLES_VARIABLE, str(moved.frame_tables))
    video = moved.target / "a.mp4"
    assert kept_table(video, video.stat()) is not None


@pytest.mark.parametrize("damage", ["cut", "head", "order", "keys", "clock", "size"])
def test_a_list_that_is_not_as_it_must_be_is_not_used(folder: ProjectFolder, damage: str) -> None:
    video = write_video(folder.target / "a.mp4", Shape(frames=30))
    frame_table(video)
    (place,) = folder.frame_tables.iterdir()
    head, _, body = place.read_bytes().partition(b"\n")
    numbers = np.frombuffer(body, "<i8").copy()
    match damage:
        case "cut":
            numbers = numbers[:-1]
        case "head":
            head = b"{}"
        case "order":
            numbers[:30] = numbers[:30][::-1]
        case "keys":
            numbers[-1] = 30
        case "clock":
            head = head.replace(b'"time_base":[1,', b'"time_base":[0,')
        case _:
            head = head.replace(b'"sizes":[[', b'"sizes":[[-')
    place.write_bytes(head + b"\n" + numbers.tobytes())
    assert kept_table(video, video.stat()) is None


@pytest.mark.parametrize(
    "ask", [frame_table, lambda path: plan_sound(path, "mp4"), lambda path: plan_extras(path, "mp4")]
)
def test_a_video_that_was_taken_away_is_missed_in_a_sentence(tmp_path: Path, ask: Callable[[Path], object]) -> None:
    with pytest.raises(MediaError, match=r"a\.mp4 is not there any more"):
        ask(tmp_path / "a.mp4")


def test_where_nothing_is_to_be_kept_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FRAME_TABLES_VARIABLE, raising=False)
    video = write_video(tmp_path / "a.mp4", Shape(frames=10))
    keep_table(video, video.stat(), frame_table(video))
    assert kept_table(video, video.stat()) is None
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
