from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from engine.check.check import check
from engine.check.samples import Burst, evenly, find_media, plan_bursts, spread_first
from engine.errors import MediaError
from engine.media.images import read_image
from engine.project.folder import create_folder
from engine.project.settings import Project
from tests.media import Shape, truncated, write_video
from tests.real_faces import MAN, WOMAN, both_people, frames_of, wall, write_clip, write_photos


@pytest.fixture
def a_dozen_faces_are_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes a tenth of a second, and two people are told apart by fewer."""
    monkeypatch.setattr("engine.check.check.DESCRIBED", 12)


def ignore(done: int, total: int) -> None:
    """Nobody is told."""


def test_it_sees_who_is_in_the_media_and_shows_a_picture_of_each(tmp_path: Path) -> None:
    said: list[tuple[int, int]] = []
    photos = tmp_path / "photos"
    write_photos(photos, [*frames_of(WOMAN, range(300, 306, 2)), *frames_of(MAN, range(0, 4, 2)), wall()])
    (photos / "broken.jpg").write_bytes((photos / "photo-000.jpg").read_bytes()[:500])
    report = check([photos], tmp_path / "thumbnails", lambda *numbers: said.append(numbers), budget_seconds=120)
    assert (report.photos, report.photos_seen, report.faces, report.without_face) == (7, 6, 5, 1)
    assert [(person.number, person.faces) for person in report.persons] == [(1, 3), (2, 2)]
    assert [read_image(person.thumbnail).shape for person in report.persons] == [(320, 320, 3)] * 2
    assert [each.path.name for each in report.skipped] == ["broken.jpg"]
    assert [len(person.descriptor) for person in report.persons] == [128, 128]
    assert report.numbered is not None
    # Nobody is in a photo with the other: each has a whole one.
    assert read_image(report.numbered).shape == (540 + 720, 960, 3)
    assert report.sharpness is not None
    assert report.sharpness.lowest < report.sharpness.median < report.sharpness.highest
    assert said[-1] == (7, 7)
    assert any("2 persons were seen" in sentence for sentence in report.advice)


@pytest.mark.usefixtures("a_dozen_faces_are_described")
@pytest.mark.slow
@pytest.mark.parametrize("budget_seconds", [0.0, 3.0, 60.0])
def test_two_people_who_are_in_every_frame_are_seen_as_often_as_each_other(
    tmp_path: Path, budget_seconds: float
) -> None:
    frames = [np.asarray(cv2.resize(frame, (560, 180)), np.uint8) for frame in both_people(40)]
    report = check([write_clip(tmp_path / "two.mp4", frames)], tmp_path / "thumbnails", ignore, budget_seconds)
    assert [person.share for person in report.persons] == pytest.approx([0.5, 0.5], abs=0.05)
    assert any("2 persons were seen" in sentence for sentence in report.advice)


@pytest.mark.usefixtures("a_dozen_faces_are_described")
@pytest.mark.slow
def test_it_looks_at_few_frames_of_a_long_video_and_estimates_the_rest(tmp_path: Path) -> None:
    report = check([MAN], tmp_path, ignore, budget_seconds=0.5)
    assert report.frames == 1337
    assert 1 <= report.frames_seen < 100
    assert report.faces_expected == 1337
    assert len(report.persons) == 1


@pytest.mark.usefixtures("a_dozen_faces_are_described")
@pytest.mark.slow
def test_without_time_it_still_looks_at_a_few(tmp_path: Path) -> None:
    report = check([WOMAN], tmp_path, ignore, budget_seconds=0.0)
    assert 5 <= report.frames_seen == report.faces < 20
    assert report.persons[0].thumbnail.is_file()


@pytest.mark.usefixtures("a_dozen_faces_are_described")
@pytest.mark.slow
def test_a_short_clip_is_looked_at_nearly_whole_however_slow_the_machine(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "short.mp4", frames_of(WOMAN, range(300, 396, 12)))
    report = check([clip], tmp_path / "thumbnails", ignore, budget_seconds=0.0)
    assert report.frames_seen == report.faces == 8


@pytest.mark.usefixtures("a_dozen_faces_are_described")
@pytest.mark.slow
def test_without_time_a_clip_with_one_key_frame_is_looked_at_from_end_to_end(tmp_path: Path) -> None:
    both = [np.asarray(cv2.resize(frame, (560, 180)), np.uint8) for frame in both_people(60)]
    clip = write_clip(tmp_path / "one-key.mp4", both, key_every=250)
    report = check([clip], tmp_path / "thumbnails", ignore, budget_seconds=0.0)
    assert 12 <= report.frames_seen <= 20
    assert max(face.frame_index for face in report.faces_seen) >= 50
    assert [person.is_still for person in report.persons] == [False, False]


def test_media_without_faces_get_advice_instead_of_an_error(tmp_path: Path) -> None:
    write_photos(tmp_path / "photos", [wall()])
    report = check([tmp_path / "photos"], tmp_path / "thumbnails", ignore)
    assert report.persons == []
    assert report.yaw is None
    assert report.advice[0].startswith("No face was found in 1 picture.")


def test_of_a_project_folder_only_the_media_are_looked_at(tmp_path: Path) -> None:
    folder = create_folder(tmp_path / "job")
    folder.save(Project(name="x"))
    write_photos(folder.source, [wall()])
    write_photos(folder.source_faces / "pictures", [wall()])
    assert find_media([folder.path]).photos == (folder.source / "photo-000.jpg",)


def test_a_file_given_twice_is_looked_at_once(tmp_path: Path) -> None:
    (photo,) = write_photos(tmp_path, [wall()])
    assert find_media([photo, tmp_path]).photos == (photo,)


def test_paths_that_are_not_there_or_hold_no_media_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"nowhere is not there"):
        check([tmp_path / "nowhere"], tmp_path, ignore)
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(MediaError, match=r"no picture or video to look at .*notes.txt"):
        check([tmp_path], tmp_path, ignore)


def test_frames_are_taken_at_key_frames_where_there_are_enough(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", Shape(frames=160, key_every=2))
    frames = sorted(index for burst in plan_bursts(find_media([video])) for index in frames_in(burst))
    assert len(frames) == 60
    assert all(index % 2 == 0 for index in frames)
    assert frames[-1] >= 150


def test_where_key_frames_are_few_frames_are_taken_evenly_between_them(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", Shape(frames=160, key_every=80))
    frames = sorted(index for burst in plan_bursts(find_media([video])) for index in frames_in(burst))
    assert frames[0] == 0
    assert frames[-1] >= 150
    assert len(frames) <= 62


def frames_in(burst: Burst) -> range:
    assert burst.frames is not None
    return burst.frames


def test_items_are_taken_evenly_and_in_an_order_that_is_spread_from_the_start() -> None:
    assert evenly(range(10), 3) == [0, 3, 6]
    assert evenly(range(3), 10) == [0, 1, 2]
    assert spread_first(range(8)) == [0, 4, 2, 6, 1, 5, 3, 7]
    assert sorted(spread_first(range(11))) == list(range(11))
    assert spread_first([]) == []


def test_what_a_network_drive_keeps_beside_the_photos_is_named_once(tmp_path: Path) -> None:
    write_photos(tmp_path / "photos", frames_of(MAN, range(0, 4, 2)))
    thumbnails = tmp_path / "photos" / "@eaDir"
    thumbnails.mkdir()
    for number in range(5):
        (thumbnails / f"{number}.jpg").write_bytes((tmp_path / "photos" / "photo-000.jpg").read_bytes())
    report = check([tmp_path / "photos"], tmp_path / "thumbnails", ignore)
    assert report.photos == 2
    assert [(each.path.name, "5 files" in each.reason) for each in report.skipped] == [("@eaDir", True)]


@pytest.mark.slow
def test_a_portrait_behind_somebody_who_speaks_weighs_little_though_it_is_seen_as_often(tmp_path: Path) -> None:
    portrait = cv2.resize(frames_of(MAN, range(0, 1))[0], (160, 120))
    frames = [np.asarray(cv2.resize(frame, (480, 270)), np.uint8) for frame in frames_of(WOMAN, range(0, 120, 2))]
    for frame in frames:
        frame[8:128, 8:168] = portrait
    report = check([write_clip(tmp_path / "talk.mp4", frames)], tmp_path / "thumbnails", ignore, budget_seconds=60)
    assert [person.share for person in report.persons] == pytest.approx([0.5, 0.5], abs=0.05)
    assert [person.is_still for person in report.persons] == [False, True]
    assert report.persons[0].weight > 0.95
    assert report.numbered is not None
    assert read_image(report.numbered).shape == (540, 960, 3)


@pytest.mark.usefixtures("a_dozen_faces_are_described")
@pytest.mark.slow
def test_people_who_look_straight_ahead_are_not_said_to_look_down(tmp_path: Path) -> None:
    # The mesh has the woman look down by some 13 degrees throughout, and the man by none.
    write_photos(tmp_path / "woman", frames_of(WOMAN, range(0, 24, 2)))
    write_photos(tmp_path / "man", frames_of(MAN, range(0, 24, 2)))
    for places in ([tmp_path / "woman"], [tmp_path / "woman", tmp_path / "man"]):
        report = check(places, tmp_path / "thumbnails", ignore, budget_seconds=60)
        assert report.pitch is not None
        assert -5 < report.pitch.lowest < report.pitch.highest < 5


def test_a_video_that_was_not_copied_whole_is_looked_at_and_said_to_be_so(tmp_path: Path) -> None:
    truncated(tmp_path / "cut.mp4")
    write_video(tmp_path / "whole.mp4", Shape(frames=30))
    found = find_media([tmp_path])
    assert [path.name for path in found.videos] == ["cut.mp4", "whole.mp4"]
    assert found.cut_short == ("cut.mp4 ends after 1 of 2 s: it seems not to be copied whole. Copy it again.",)


@pytest.mark.slow
def test_the_pictures_of_an_animation_are_counted(tmp_path: Path) -> None:
    pictures = [Image.fromarray(image) for image in frames_of(WOMAN, range(60, 300, 20))]
    pictures[0].save(tmp_path / "woman.gif", save_all=True, append_images=pictures[1:], duration=200)
    report = check([tmp_path], tmp_path / "thumbnails", ignore, budget_seconds=60)
    assert (report.photos, report.photos_seen, report.faces) == (1, 1, 4)
    assert report.faces_expected == 12
