"""A file at a glance, by a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.media.images import read_image
from engine.project.stage import ExitCode
from engine.records.events import FailedEvent, parse_event
from engine.records.glance import Glance
from tests.real_faces import wall, write_photos


def glance(file: Path, folder: Path) -> tuple[int, str]:
    words = [sys.executable, "-P", "-m", "engine.media.glance", str(file), str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    return done.returncode, done.stdout


def test_a_photo_is_shown_small_with_its_size(tmp_path: Path) -> None:
    (photo,) = write_photos(tmp_path, [wall()])
    code, said = glance(photo, tmp_path / "seen")
    assert code == ExitCode.DONE
    found = Glance.model_validate_json(said)
    assert (found.height, found.width) == read_image(photo).shape[:2]
    assert max(read_image(found.picture).shape) <= 160


def test_a_video_is_shown_by_the_frame_in_its_middle(tmp_path: Path, man_clip: Path) -> None:
    code, said = glance(man_clip, tmp_path / "seen")
    assert code == ExitCode.DONE
    found = Glance.model_validate_json(said)
    assert found.seconds is not None
    assert read_image(found.picture).any()


@pytest.mark.parametrize("name", ["notes.txt", "broken.jpg"])
def test_what_cannot_be_shown_is_said_in_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xff\xd8\xff\xe0" if name.endswith("jpg") else b"hello")
    code, said = glance(tmp_path / name, tmp_path / "seen")
    assert code == ExitCode.FAILED
    event = parse_event(said)
    assert isinstance(event, FailedEvent)
    assert name in event.title
