"""Projects that were started, at the size of a plain SSH terminal and at a larger one."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import pytest
from textual.pilot import Pilot

from daemon.status import write_status
from engine.project.folder import ProjectFolder, create_folder
from engine.records.blended_frame import BlendedFrame
from engine.role import Role
from tests.tui import scenes
from tests.tui.conftest import NOW, FakeDaemon, FakeEngine, Scene, Shot, Usage, paste, settle
from tui import messages
from tui.projects.media_edits import ProjectMedia


def opened(path: Path, *keys: str) -> Scene:
    """Return how a project is opened, and keys are pressed there."""

    async def scene(pilot: Pilot[None]) -> None:
        pilot.app.post_message(messages.OpenProject(path))
        if keys:
            await settle(pilot)
            await pilot.press(*keys)

    return scene


def test_training(shoot: Shot, workspace: Path, daemon: FakeDaemon) -> None:
    daemon.running = True
    scenes.full_workspace(workspace, NOW)
    assert shoot(opened(workspace / "anna-as-ben"))


def test_failed_project(shoot: Shot, workspace: Path) -> None:
    scenes.full_workspace(workspace, NOW)
    assert shoot(opened(workspace / "party"))


def test_result(shoot: Shot, workspace: Path, daemon: FakeDaemon) -> None:
    daemon.running = True
    folder = scenes.finished(workspace, NOW)
    assert shoot(opened(folder.path))


def test_deleting_faces_asks_first(shoot: Shot, workspace: Path, daemon: FakeDaemon) -> None:
    daemon.running = True
    folder = scenes.finished(workspace, NOW)
    assert shoot(opened(folder.path, "x"))


def test_faces(shoot: Shot, workspace: Path) -> None:
    folder = create_folder(workspace / "anna-as-ben")
    for number in range(30):
        scenes.picture(folder.source_faces / "pictures" / f"photo-{number:03}.jpg", number)

    async def scene(pilot: Pilot[None]) -> None:
        pilot.app.post_message(messages.OpenFaces(folder.path))
        await settle(pilot)
        await pilot.press("right", "x", "right")

    assert shoot(scene)


def test_faces_marked_of_one_person_among_several(shoot: Shot, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "talk", "Talk", None)
    scenes.put_faces(folder.source_faces, [1, 2] * 9)

    async def scene(pilot: Pilot[None]) -> None:
        pilot.app.post_message(messages.OpenFaces(folder.path))
        await settle(pilot)
        await pilot.press("x", "m", "m", "left")

    assert shoot(scene)


def test_who_is_meant_of_three(shoot: Shot, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "talk", "Talk", None)
    scenes.put_persons(folder, Role.TARGET, 0.5, 0.48, 0.02, still=(3,))

    async def scene(pilot: Pilot[None]) -> None:
        pilot.app.post_message(messages.ChoosePerson(folder.path))
        await settle(pilot)
        await pilot.press("right")

    assert shoot(scene)


def test_project_that_waits_for_a_word_on_who_is_meant(shoot: Shot, workspace: Path) -> None:
    folder = scenes.put_project(workspace, "talk", "Talk", None)
    scenes.put_persons(folder, Role.TARGET, 0.5, 0.48, 0.02, still=(3,))
    status = scenes.waiting_for_a_word(folder, NOW)
    write_status(folder, status.model_copy(update={"hint": status.hint.replace(str(folder.path), "/films/talk")}))
    assert shoot(opened(folder.path))


def test_faces_before_any_were_found(shoot: Shot, workspace: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        pilot.app.post_message(messages.OpenFaces(create_folder(workspace / "new").path))

    assert shoot(scene)


def pictured(workspace: Path, video: Path) -> ProjectFolder:
    """Make a project that failed, with twelve photos, a video to change and a photo of the person in it."""
    folder = scenes.put_project(workspace, "party", "Birthday party, uncle Ole as the king", scenes.failed(NOW))
    for number in range(12):
        (folder.source / f"写真 {number + 1}.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes([number]) * 200)
    (folder.target / "ben.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    video.rename(folder.target / "scene.mp4")
    return folder


def test_pictures_of_a_project(
    shoot: Shot, workspace: Path, engine: FakeEngine, photos: Path, video: Path, tmp_path: Path
) -> None:
    engine.reports["source"] = scenes.check_report(tmp_path / "checked", 2)
    folder = pictured(workspace, video)

    async def scene(pilot: Pilot[None]) -> None:
        pilot.app.post_message(messages.OpenPictures(ProjectMedia(folder)))
        await settle(pilot)
        await paste(pilot, str(photos))
        await pilot.press("enter")

    assert shoot(scene)


@pytest.mark.parametrize("is_other", [False, True], ids=["as it is", "another offered"])
def test_video_of_a_project(
    shoot: Shot, workspace: Path, engine: FakeEngine, video: Path, tmp_path: Path, is_other: bool
) -> None:
    engine.video = scenes.glance(tmp_path / "glance")
    engine.reports["target"] = scenes.check_report(tmp_path / "checked", 1)
    other = tmp_path / "the same scene once more, from nearer.mp4"
    other.write_bytes(video.read_bytes() + b"more")
    folder = pictured(workspace, video)

    async def scene(pilot: Pilot[None]) -> None:
        pilot.app.post_message(messages.OpenPictures(ProjectMedia(folder), Role.TARGET))
        await settle(pilot)
        if is_other:
            await paste(pilot, str(other))
            await pilot.press("enter")

    assert shoot(scene)


def test_pictures_that_find_no_room(
    shoot: Shot, workspace: Path, photos: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: -1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(4 << 20, 3 << 20, 1))
    folder = pictured(workspace, video)

    async def scene(pilot: Pilot[None]) -> None:
        pilot.app.post_message(messages.OpenPictures(ProjectMedia(folder)))
        await settle(pilot)
        await paste(pilot, str(photos))
        await pilot.press("enter")

    assert shoot(scene)


def test_failure_that_left_a_log(shoot: Shot) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        title, hint = "Something went wrong in the wizard itself (ValueError).", "Try it again."
        pilot.app.post_message(
            messages.ShowFailure(title, hint, Path("/home/anna/understudio/.understudio/wizard.log"))
        )

    assert shoot(scene)


def test_log(shoot: Shot, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("\n".join(f"2026-11-24 21:{minute:02} train step {minute * 100}" for minute in range(60)))

    async def scene(pilot: Pilot[None]) -> None:
        pilot.app.post_message(messages.ShowLog(log))

    assert shoot(scene)


def test_what_is_happening_in_training(shoot: Shot, workspace: Path, daemon: FakeDaemon) -> None:
    daemon.running = True
    scenes.full_workspace(workspace, NOW)
    assert shoot(opened(workspace / "anna-as-ben", "w"))


def test_project_whose_daemon_has_ended(shoot: Shot, workspace: Path) -> None:
    long_ago = NOW - dt.timedelta(hours=3)
    folder = scenes.put_project(workspace, "film", "映画の吹き替え、田中さん", scenes.training(long_ago))
    assert shoot(opened(folder.path))


def test_dropped_folder_that_waits_for_answers(shoot: Shot, workspace: Path, daemon: FakeDaemon) -> None:
    daemon.running = True
    scenes.full_workspace(workspace, NOW)
    assert shoot(opened(workspace / "dropped"))


@pytest.mark.slow
def test_settings_of_a_project(shoot: Shot, workspace: Path) -> None:
    scenes.full_workspace(workspace, NOW)
    assert shoot(opened(workspace / "anna-as-ben", "e"))


def test_preview_over_the_whole_screen(shoot: Shot, workspace: Path) -> None:
    scenes.full_workspace(workspace, NOW)
    assert shoot(opened(workspace / "anna-as-ben", "z"))


def test_result_whose_video_is_gone(shoot: Shot, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    (folder.result / "Anna-as-Ben.mp4").unlink()
    assert shoot(opened(folder.path))


@pytest.mark.slow
@pytest.mark.parametrize("key", ["b", "t"], ids=["blending", "training on"])
def test_what_can_be_made_again(shoot: Shot, workspace: Path, key: str) -> None:
    folder = scenes.finished(workspace, NOW)
    assert shoot(opened(folder.path, key))


@pytest.mark.parametrize("keys", ["k", "k,x"], ids=["seen", "withdrawing"])
def test_consent_of_a_project(shoot: Shot, workspace: Path, keys: str) -> None:
    folder = scenes.finished(workspace, NOW)
    assert shoot(opened(folder.path, *keys.split(",")))


def test_consent_of_a_project_mended(shoot: Shot, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    assert shoot(opened(folder.path, "k", "enter"))


def test_blending_with_a_look_at_one_frame(shoot: Shot, workspace: Path, engine: FakeEngine, tmp_path: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    folder.checkpoints.mkdir(parents=True)
    frame = scenes.picture(tmp_path / "frame.jpg", 1, 320, 160)
    engine.blended = BlendedFrame(picture=frame, frame_index=41)
    assert shoot(opened(folder.path, "b", "down", "right"))


def test_several_results(shoot: Shot, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    scenes.put_earlier_result(folder, "sharper")
    assert shoot(opened(folder.path, "e"))


def test_another_video_is_begun_with_what_is_there(shoot: Shot, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    assert shoot(opened(folder.path, "n"))
