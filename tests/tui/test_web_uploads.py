"""Photos and videos that come through the web page: whole or not at all, by a safe name, and only where they belong."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from hypothesis import given
from hypothesis import strategies as st

from daemon.workspace import snapshot_of
from engine.project.attribution import SIDECAR
from engine.project.folder import ProjectFolder, create_folder
from engine.project.media_kinds import is_unfinished, list_media
from engine.role import Role
from tests.tui import scenes
from tests.tui.conftest import NOW, Usage
from tests.visiting import Visitor, from_own_page, visiting
from tui.drafts.answers import Step
from tui.drafts.creation import answers_from_folder
from tui.services import Services
from tui.web.intake import Intake, safe_name

PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
VIDEO = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(range(256)) * 40
RAW_PHOTO = b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + b"\0" * 100


@pytest.fixture
def project(workspace: Path) -> ProjectFolder:
    return scenes.put_project(workspace, "anna-as-ben", "Anna as Ben", scenes.training(NOW))


async def bring(visitor: Visitor, role: Role, name: str, content: bytes) -> ClientResponse:
    address = f"/projects/anna-as-ben/media/{role}"
    return await visitor.post(address, params={"name": name}, data=content, headers=from_own_page(visitor))


async def look(visitor: Visitor, name: str, head: bytes, size: int) -> dict[str, Any]:
    asked = {"name": name, "size": str(size)}
    headers = from_own_page(visitor)
    answer = await visitor.post("/projects/anna-as-ben/media/source/look", params=asked, data=head, headers=headers)
    said: dict[str, Any] = await answer.json()
    assert answer.status == (422 if said else 200)
    return said


def everything_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


async def test_a_photo_comes_in_whole_under_its_own_name(services: Services, project: ProjectFolder) -> None:
    async with visiting(services) as visitor:
        assert await look(visitor, "am Strand.jpg", PHOTO[:1000], len(PHOTO)) == {}
        answer = await bring(visitor, Role.SOURCE, "am Strand.jpg", PHOTO)
        assert await answer.json() == {"words": "am Strand.jpg is in."}
        assert await (await visitor.get("/projects/anna-as-ben/media/source")).text() == "1 photo so far"
    assert (project.source / "am Strand.jpg").read_bytes() == PHOTO
    assert everything_in(project.source) == ["am Strand.jpg"]


async def test_the_same_photo_twice_is_there_once_and_another_of_that_name_beside_it(
    services: Services, project: ProjectFolder
) -> None:
    async with visiting(services) as visitor:
        for content, words in (
            (PHOTO, "a.jpg is in."),
            (PHOTO, "a.jpg lay there already."),
            (PHOTO + b"other", "a-2.jpg is in."),
        ):
            assert await (await bring(visitor, Role.SOURCE, "a.jpg", content)).json() == {"words": words}
    assert everything_in(project.source) == ["a-2.jpg", "a.jpg"]


async def test_a_video_takes_the_place_of_the_one_to_change_which_is_kept(
    services: Services, project: ProjectFolder
) -> None:
    (project.target / "old.mp4").write_bytes(VIDEO + b"old")
    async with visiting(services) as visitor:
        said = await (await bring(visitor, Role.TARGET, "new.mp4", VIDEO)).json()
        assert said == {"words": "new.mp4 is the video to change now. old.mp4 is kept in taken-out/."}
        said = await (await bring(visitor, Role.TARGET, "ben.jpg", PHOTO)).json()
        assert said == {"words": "ben.jpg is in."}
    assert project.load().target.video == "target/new.mp4"
    assert everything_in(project.target) == ["ben.jpg", "new.mp4"]
    assert (project.taken_out / "target" / "old.mp4").is_file()


async def test_an_upload_that_breaks_off_leaves_nothing_and_is_never_taken_for_a_file(
    services: Services, project: ProjectFolder
) -> None:
    async with visiting(services) as visitor:
        origin = visitor.make_url("/").origin()
        reader, writer = await asyncio.open_connection(origin.host, origin.port)
        cookie = "; ".join(f"{each.key}={each.value}" for each in visitor.session.cookie_jar)
        head = (
            "POST /projects/anna-as-ben/media/source?name=scene.mp4 HTTP/1.1",
            *(f"Host: {origin.authority}", f"Origin: {origin}", f"Cookie: {cookie}", f"Content-Length: {len(VIDEO)}"),
        )
        writer.write("\r\n".join((*head, "", "")).encode() + VIDEO[: len(VIDEO) // 2])
        await writer.drain()
        await until(lambda: any(path.is_file() for path in project.source.rglob("*")))
        assert not any((media := list_media(project.source)).videos + media.photos + media.others)
        seen = snapshot_of(project.path)
        assert seen is not None
        assert (seen.is_growing, seen.has_source) == (True, False)
        writer.close()
        await until(lambda: not any(project.source.iterdir()))
        reader.feed_eof()
        # Whole, it is taken afterwards.
        assert (await bring(visitor, Role.SOURCE, "scene.mp4", VIDEO)).status == 200
    assert everything_in(project.source) == ["scene.mp4"]


async def until(holds: Any) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("notes.jpg", b"not a picture at all", "notes.jpg is neither a picture nor a video."),
        ("empty.jpg", b"", "empty.jpg is neither a picture nor a video."),
        ("page.mp4", b"<html><script>", "page.mp4 is neither a picture nor a video."),
        ("list.mp4", b"#EXTM3U\nfile:///etc/passwd", "list.mp4 is neither a picture nor a video."),
        ("IMG_1.CR3", RAW_PHOTO, "IMG_1.CR3 is a raw photo (Canon CR3), which Understudio does not read."),
    ],
)
async def test_what_is_no_picture_or_video_is_refused_before_all_of_it_comes_and_after(
    services: Services, project: ProjectFolder, name: str, content: bytes, words: str
) -> None:
    async with visiting(services) as visitor:
        assert (await look(visitor, name, content[:1000], len(content)))["title"] == words
        answer = await bring(visitor, Role.SOURCE, name, content)
        assert (answer.status, (await answer.json())["title"]) == (422, words)
    assert everything_in(project.source) == []


async def test_a_file_for_which_there_is_no_room_is_refused_before_it_comes(
    services: Services, project: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(100 << 30, 98 << 30, 2_000_000_000))
    async with visiting(services) as visitor:
        said = await look(visitor, "scene.mp4", VIDEO[:1000], 5_000_000_000)
    assert said["title"] == "There is no room for scene.mp4: it has 5.0 GB, and 2.0 GB are free."
    assert "Free some space" in said["hint"]


async def test_a_disk_that_becomes_full_on_the_way_is_said_to_be(
    services: Services, project: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = Path.open

    def onto_a_full_disk(path: Path, mode: str = "r", *rest: Any) -> Any:
        # The kernel's own full disk.
        return opens(Path("/dev/full"), "wb") if mode == "xb" else opens(path, mode, *rest)

    async with visiting(services) as visitor:
        monkeypatch.setattr(Path, "open", onto_a_full_disk)
        answer = await bring(visitor, Role.SOURCE, "scene.mp4", VIDEO)
        said = await answer.json()
    assert (answer.status, said["title"]) == (422, "The disk is full: there was no room to write scene.mp4.")
    assert everything_in(project.source) == []


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../outside.jpg", "outside.jpg"),
        ("/etc/passwd", "passwd"),
        ("C:\\photos\\anna.jpg", "anna.jpg"),
        (".hidden.jpg", "hidden.jpg"),
        ("..", "file"),
        ("", "file"),
        ("scene.mp4.part", "scene.mp4"),
        ("scene.mp4~", "scene.mp4"),
        (f"a.jpg{SIDECAR}", "a.jpg.origin"),
        ("line\nbreak\x1b[2J.jpg", "line_break_[2J.jpg"),
        ("<img src=x>.jpg", "<img src=x>.jpg"),
        ("田中さん é.jpg", "田中さん é.jpg"),
    ],
)
def test_a_files_name_is_made_safe(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


@given(st.text(st.characters()))
def test_no_name_leads_anywhere_hides_a_file_or_is_too_long(name: str) -> None:
    safe = safe_name(name)
    assert safe == Path(safe).name != ""
    assert safe.isprintable()
    assert not is_unfinished(safe)
    assert not safe.endswith(SIDECAR)
    assert len(safe.encode()) <= 255


async def test_a_file_with_a_hostile_name_lands_in_its_place(
    services: Services, project: ProjectFolder, tmp_path: Path
) -> None:
    async with visiting(services) as visitor:
        answer = await bring(visitor, Role.SOURCE, "../../<b>x</b>\r\nSet-Cookie: a=b/../evil.jpg", PHOTO)
        assert await answer.json() == {"words": "evil.jpg is in."}
        assert "Set-Cookie" not in answer.headers
    assert list(tmp_path.rglob("*evil*")) == [project.source / "evil.jpg"]


@pytest.mark.parametrize("place", ["source", "source/.~tmp~"])
async def test_nothing_is_written_through_a_link_that_leads_out(
    services: Services, project: ProjectFolder, tmp_path: Path, place: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    if (project.path / place).exists():
        (project.path / place).rmdir()
    (project.path / place).symlink_to(outside)
    async with visiting(services) as visitor:
        answer = await bring(visitor, Role.SOURCE, "a.jpg", PHOTO)
        assert (answer.status, "leads out of the project folder" in (await answer.json())["title"]) == (422, True)
    assert everything_in(outside) == []


@pytest.mark.parametrize("origin", [None, "http://localhost:3000", "https://example.org"])
async def test_another_page_brings_nothing(services: Services, project: ProjectFolder, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    async with visiting(services) as visitor:
        for address in ("/projects/anna-as-ben/media/source", "/projects/anna-as-ben/media/source/look"):
            assert (await visitor.post(address, params={"name": "a.jpg"}, data=PHOTO, headers=headers)).status == 403
    assert everything_in(project.source) == []


async def test_a_new_project_takes_photos_and_video_and_the_wizard_asks_the_rest(
    services: Services, workspace: Path
) -> None:
    async with visiting(services) as visitor:
        answer = await visitor.post("/projects", data={"name": "Anna as Ben"}, headers=from_own_page(visitor))
        assert (answer.status, answer.url.path) == (200, "/projects/Anna-as-Ben")
        for role, name, content in ((Role.SOURCE, "a.jpg", PHOTO), (Role.TARGET, "b.mp4", VIDEO)):
            address = f"/projects/Anna-as-Ben/media/{role}"
            headers = from_own_page(visitor)
            sent = await visitor.post(address, params={"name": name}, data=content, headers=headers)
            assert await sent.json() == {"words": f"{name} is in."}
        assert "Go on in the wizard" in await (await visitor.get("/projects/Anna-as-Ben")).text()
        again = await visitor.post("/projects", data={"name": "Anna as Ben"}, headers=from_own_page(visitor))
        assert (again.status, "exists already" in (await again.json())["title"]) == (422, True)
    folder = workspace / "Anna-as-Ben"
    assert folder.stat().st_mode & 0o077 == 0
    answers = answers_from_folder(folder, services.drafts.new(NOW), NOW)
    assert (answers.target, answers.step) == (folder / "target" / "b.mp4", Step.CONSENT_SOURCE)


async def test_of_a_project_with_a_video_alone_the_wizard_asks_who_will_appear(
    services: Services, workspace: Path
) -> None:
    folder = create_folder(workspace / "film")
    (folder.target / "b.mp4").write_bytes(VIDEO)
    answers = answers_from_folder(folder.path, services.drafts.new(NOW), NOW)
    assert (answers.sources, answers.target, answers.step) == ((), folder.target / "b.mp4", Step.SOURCE)


@pytest.mark.parametrize("name", ["", "   ", "../..", "///", "..."])
async def test_a_project_gets_no_name_that_leads_elsewhere(services: Services, workspace: Path, name: str) -> None:
    async with visiting(services) as visitor:
        answer = await visitor.post("/projects", data={"name": name}, headers=from_own_page(visitor))
        assert (answer.status, (await answer.json())["hint"]) == (422, "Go back, and give it one.")
    assert not workspace.exists()


def test_what_a_killed_server_left_behind_is_cleared_away_by_the_next_file(tmp_path: Path) -> None:
    folder = create_folder(tmp_path / "project")
    aside = folder.source / ".~tmp~"
    for name, age in (("upload-dead", 7200), ("upload-alive", 60), ("theirs-of-rsync", 7200)):
        (aside / name).mkdir(parents=True)
        (aside / name / "scene.mp4").write_bytes(VIDEO)
        for path in (aside / name / "scene.mp4", aside / name):
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    with Intake().place(folder, Role.SOURCE, "a.jpg"):
        assert {path.name for path in aside.iterdir()} > {"upload-alive", "theirs-of-rsync"}
        assert not (aside / "upload-dead").exists()
