"""Screening fetched pictures: real faces, and pictures that are none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import NoFacesFound
from engine.gather.screening_messages import (
    ChoosePerson,
    PersonChosen,
    PictureFindings,
    RestoreFindings,
    SampleVideo,
    ScreenPicture,
)
from engine.gather.screening_worker import ScreeningWorker
from engine.media.images import read_image, write_image
from engine.records.gather_request import Refusal
from tests.real_faces import MAN, WOMAN, frames_of, wall, write_photos

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Four different pictures of a woman, two of a man, and one of a wall."""
    women = [frame[20 * at :, 55 * at :] for at, frame in enumerate(frames_of(WOMAN, range(160, 460, 90)))]
    men = [frame[6 * at :, 24 * at :] for at, frame in enumerate(frames_of(MAN, range(0, 600, 500)))]
    folder = tmp_path_factory.mktemp("people")
    shown = {"w": women, "m": men, "x": [wall()]}
    paths = [path for name, pictures in shown.items() for path in write_photos(folder / name, pictures)]
    return {f"{path.parent.name}{int(path.stem[-3:])}": path for path in paths}


def screen(worker: ScreeningWorker, key: str, path: Path) -> PictureFindings:
    screened = worker.carry_out(ScreenPicture(key=key, path=path)).screened
    assert screened is not None
    assert screened.findings is not None
    return screened.findings


def choose(worker: ScreeningWorker, thumbnails: Path, person: int | None = None, *confirmed: str) -> PersonChosen:
    chosen = worker.carry_out(ChoosePerson(person=person, confirmed=confirmed, thumbnails=thumbnails)).chosen
    assert chosen is not None
    return chosen


@pytest.mark.slow
def test_persons_are_told_apart_and_one_is_kept(people: dict[str, Path], tmp_path: Path) -> None:
    worker = ScreeningWorker([], 64)
    found = {key: screen(worker, key, path) for key, path in people.items()}
    assert found["x0"].refusal is Refusal.NO_FACE
    assert [found[key].refusal for key in people if key != "x0"] == [None] * 6
    chosen = choose(worker, tmp_path)
    assert set(chosen.keys) == {"w0", "w1", "w2", "w3"}
    assert [(person.pictures, person.is_kept) for person in chosen.persons] == [(4, True), (2, False)]
    assert [read_image(person.thumbnail).shape for person in chosen.persons] == [(320, 320, 3)] * 2
    assert set(choose(worker, tmp_path, 2).keys) == {"m0", "m1"}
    assert set(choose(worker, tmp_path, None, "m0").keys) == {"m0", "m1"}
    assert choose(worker, tmp_path, 7).keys == ()


@pytest.mark.slow
def test_what_was_seen_before_need_not_be_looked_at_again(people: dict[str, Path], tmp_path: Path) -> None:
    first = ScreeningWorker([], 64)
    findings = tuple(screen(first, key, people[key]) for key in ("w0", "w1", "m0"))
    second = ScreeningWorker([], 64)
    known = second.carry_out(
        RestoreFindings(
            findings=tuple(PictureFindings.model_validate_json(each.model_dump_json()) for each in findings)
        )
    ).screened
    assert known is not None
    assert known.pictures_of_person == 2
    assert choose(second, tmp_path).keys == choose(first, tmp_path).keys


def test_shown_a_picture_it_keeps_that_person_however_seldom(people: dict[str, Path], tmp_path: Path) -> None:
    worker = ScreeningWorker([people["m0"]], 64)
    for key in ("w0", "w1", "w2", "m1"):
        screen(worker, key, people[key])
    chosen = choose(worker, tmp_path)
    assert chosen.keys == ("m1",)
    assert [person.is_kept for person in chosen.persons] == [False, True]


def test_a_picture_shown_without_a_face_is_refused_in_words(people: dict[str, Path]) -> None:
    with pytest.raises(NoFacesFound, match=r"photo-000.* was given as a picture of the person, but shows no face"):
        ScreeningWorker([people["x0"]], 64)


def test_copies_are_told_from_other_pictures_of_the_same_person(people: dict[str, Path], tmp_path: Path) -> None:
    original = read_image(people["w0"])
    small = np.asarray(cv2.resize(original, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    bright = np.clip(original.astype(np.int64) + 25, 0, 255).astype(np.uint8)
    write_image(tmp_path / "small.jpg", small)
    write_image(tmp_path / "bright.png", bright)
    write_image(tmp_path / "poor.jpg", original, quality=30)
    worker = ScreeningWorker([], 64)
    screen(worker, "w0", people["w0"])
    for path in sorted(tmp_path.iterdir()):
        assert screen(worker, path.stem, path).refusal is Refusal.ALIKE
    assert screen(worker, "w1", people["w1"]).refusal is None


def test_small_faces_damage_and_bombs_are_told_apart(people: dict[str, Path], tmp_path: Path) -> None:
    tiny = cv2.resize(read_image(people["w0"]), None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    canvas = wall()
    canvas[: tiny.shape[0], : tiny.shape[1]] = tiny
    write_image(tmp_path / "small.png", canvas)
    (tmp_path / "cut.jpg").write_bytes(people["w0"].read_bytes()[:3000])
    (tmp_path / "bomb.bmp").write_bytes(bomb(30_000, 30_000))
    worker = ScreeningWorker([], 64)
    assert screen(worker, "s", tmp_path / "small.png").refusal is Refusal.SMALL_FACE
    assert screen(worker, "c", tmp_path / "cut.jpg").refusal is Refusal.DAMAGED
    assert screen(worker, "b", tmp_path / "bomb.bmp").refusal is Refusal.TOO_MANY_PIXELS


def bomb(width: int, height: int) -> bytes:
    """Return the head of a picture that would fill all memory."""
    info = (40).to_bytes(4, "little") + width.to_bytes(4, "little") + height.to_bytes(4, "little")
    info += (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24)
    return b"BM" + (54).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + info


@pytest.mark.slow
def test_frames_of_a_video_are_taken_such_that_they_differ(tmp_path: Path) -> None:
    sampled = ScreeningWorker([], 64).carry_out(SampleVideo(video=WOMAN, folder=tmp_path, count=6)).sampled
    assert sampled is not None
    seconds = [frame.seconds for frame in sampled.frames]
    assert len(seconds) == 6
    assert seconds == sorted(seconds)
    assert seconds[-1] - seconds[0] > 5
    assert all(read_image(frame.path).shape == (360, 640, 3) for frame in sampled.frames)


@pytest.mark.slow
def test_frames_in_which_a_hand_or_a_smile_changes_the_face_are_still_of_the_person_in_the_video(
    tmp_path: Path,
) -> None:
    worker = ScreeningWorker([], 40)
    sampled = worker.carry_out(SampleVideo(video=WOMAN, folder=tmp_path, count=12)).sampled
    assert sampled is not None
    for frame in sampled.frames:
        worker.carry_out(ScreenPicture(key=frame.path.stem, path=frame.path, is_frame=True))
    (thumbnails := tmp_path / "persons").mkdir()
    chosen = choose(worker, thumbnails)
    assert [person.pictures for person in chosen.persons] == [12]
    like = ScreeningWorker([sampled.frames[-1].path], 40)
    for frame in sampled.frames:
        like.carry_out(ScreenPicture(key=frame.path.stem, path=frame.path, is_frame=True))
    assert len(choose(like, thumbnails).keys) == 12


@pytest.mark.slow
def test_the_process_that_decodes_has_no_network(tmp_path: Path) -> None:
    script = (
        "import socket, sys; import engine.gather.screening_worker as worker; sys.argv = sys.argv[:1] + sys.argv[2:]\n"
        "worker.ScreeningWorker = lambda *a: print('reached', file=sys.stderr) or socket.socket()\n"
        "worker.main()"
    )
    arguments = ["x", "--smallest-face-px", "64", "--writable", str(tmp_path)]
    child = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False, cwd=ROOT, input=""
    )
    assert "reached" in child.stderr
    assert "Address family not supported" in child.stderr


@pytest.mark.slow
def test_the_process_that_decodes_ends_at_once_with_whoever_gave_it_work(tmp_path: Path) -> None:
    arguments = ["--smallest-face-px", "64", "--writable", str(tmp_path), "--readable", str(WOMAN)]
    command = [sys.executable, "-m", "engine.gather.screening_worker", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for order in (RestoreFindings(findings=()), SampleVideo(video=WOMAN, folder=tmp_path, count=500)):
            child.stdin.write(order.model_dump_json().encode() + b"\n")
        child.stdin.flush()
        assert b"screened" in child.stdout.readline()
        child.stdin.close()
        assert child.stdout.read() == b""
    assert list(tmp_path.iterdir()) == []
