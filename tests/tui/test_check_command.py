"""`understudio check`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.project.folder import create_folder
from engine.project.settings import Project
from engine.project.stage import ExitCode
from tests.real_faces import WOMAN, frames_of, write_clip, write_photos
from tui.cli import built

pytestmark = pytest.mark.slow

LAUGHING, EYES_CLOSED = range(300, 396, 12), range(30, 126, 12)
CLOSED = "In the video the eyes are closed more than in any picture of the source"


def said(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    result = CliRunner().invoke(built(), ["check", *words])
    said = result.output + capfd.readouterr().out
    assert result.exit_code == ExitCode.DONE, said
    return said


def test_it_says_what_the_video_shows_and_the_photos_do_not(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_photos(tmp_path / "photos", frames_of(WOMAN, LAUGHING))
    video = write_clip(tmp_path / "scene.mp4", frames_of(WOMAN, EYES_CLOSED))
    words = said(capfd, str(tmp_path / "photos"), "--video", str(video))
    assert f"{CLOSED} (see frame" in words
    assert "of scene.mp4)" in words
    # Of the video there is nothing to be added.
    assert "look straight ahead" not in words.split("Target, ")[1]


def test_of_a_project_both_people_are_compared(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = create_folder(tmp_path / "project")
    folder.save(Project(name="project"))
    write_photos(folder.source, frames_of(WOMAN, EYES_CLOSED))
    write_clip(folder.target / "scene.mp4", frames_of(WOMAN, EYES_CLOSED))
    found = json.loads(said(capfd, str(folder.path), "--json"))
    assert found["lacking"] == []
    assert found["source"]["photos"] == 8
    assert found["target"]["videos"] == 1


def test_of_few_faces_nothing_is_said_to_be_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_photos(tmp_path / "photos", frames_of(WOMAN, range(300, 303)))
    video = write_clip(tmp_path / "scene.mp4", frames_of(WOMAN, EYES_CLOSED))
    words = said(capfd, str(tmp_path / "photos"), "--video", str(video))
    assert "Too few faces were seen to say what the source's pictures lack." in words
