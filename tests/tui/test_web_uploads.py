"""Photos and videos that come through the web page: whole or not at all, by a safe name, and only where they belong."""

from __future__ import annotations

import asyncio
import io
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
from tui.web.arrivals import mark_of
from tui.web.intake import MOST_BYTES, safe_name

PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
VIDEO = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(range(256)) * 40
LONG_VIDEO = VIDEO + bytes(range(256)) * 80_000
RAW_PHOTO = b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + b"\0" * 100


@pytest.fixture
def project(workspace: Path) -> ProjectFolder:
    return scenes.put_project(workspace, "anna-as-ben", "Anna as Ben", scenes.training(NOW))


PLACE = "/projects/anna-as-ben/media/source"


def about(name: str, content: bytes) -> dict[str, str]:
    return {"name": name, "size": str(len(content)), "modified": "1764500000000"}


async def ask(visitor: Visitor, address: str, asked: dict[str, str], body: bytes) -> ClientResponse:
    return await visitor.post(address, params=asked, data=io.BytesIO(body), headers=from_own_page(visitor))


async def look(visitor: Visitor, name: str, content: bytes, place: str = PLACE) -> dict[str, Any]:
    answer = await ask(visitor, f"{place}/look", about(name, content), content[:1000])
    said: dict[str, Any] = await answer.json()
    assert answer.status == (422 if "title" in said else 200)
    return said


async def piece(visitor: Visitor, name: str, content: bytes, at: int, end: int, place: str = PLACE) -> ClientResponse:
    """Bring a part of a file, whether it is wanted or not."""
    mark = mark_of(name, len(content), "1764500000000", content[:1000])
    asked = {**about(name, content), "mark": mark, "at": str(at)}
    return await ask(visitor, place, asked, content[at:end])


async def bring(visitor: Visitor, role: Role, name: str, content: bytes) -> ClientResponse:
    return await piece(visitor, name, content, 0, len(content), f"/projects/anna-as-ben/media/{role}")


async def words(answer: ClientResponse) -> str:
    said: str = (await answer.json())["words"]
    return said


def everything_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


async def test_a_photo_comes_in_whole_under_its_own_name(services: Services, project: ProjectFolder) -> None:
    async with visiting(services) as visitor:
        assert (await look(visitor, "am Strand.jpg", PHOTO))["here"] == 0
        assert await words(await bring(visitor, Role.SOURCE, "am Strand.jpg", PHOTO)) == "am Strand.jpg is in."
        assert await (await visitor.get("/projects/anna-as-ben/media/source")).text() == "1 photo so far"
    assert (project.source / "am Strand.jpg").read_bytes() == PHOTO
    assert everything_in(project.source) == ["am Strand.jpg"]


async def test_the_same_photo_twice_is_there_once_and_another_of_that_name_beside_it(
    services: Services, project: ProjectFolder
) -> None:
    async with visiting(services) as visitor:
        for content, said in (
            (PHOTO, "a.jpg is in."),
            (PHOTO, "a.jpg lay there already."),
            (PHOTO + b"other", "a-2.jpg is in."),
        ):
            await look(visitor, "a.jpg", content)
            assert await words(await bring(visitor, Role.SOURCE, "a.jpg", content)) == said
    assert everything_in(project.source) == ["a-2.jpg", "a.jpg"]


async def test_a_video_takes_the_place_of_the_one_to_change_which_is_kept(
    services: Services, project: ProjectFolder
) -> None:
    (project.target / "old.mp4").write_bytes(VIDEO + b"old")
    async with visiting(services) as visitor:
        said = await words(await bring(visitor, Role.TARGET, "new.mp4", VIDEO))
        assert said == "new.mp4 is the video to change now. old.mp4 is kept in taken-out/."
        assert await words(await bring(visitor, Role.TARGET, "ben.jpg", PHOTO)) == "ben.jpg is in."
    assert project.load().target.video == "target/new.mp4"
    assert everything_in(project.target) == ["ben.jpg", "new.mp4"]
    assert (project.taken_out / "target" / "old.mp4").is_file()


async def test_an_upload_that_breaks_off_is_never_taken_for_a_file_and_goes_on_with_the_next_server(
    services: Services, project: ProjectFolder
) -> None:
    half = len(LONG_VIDEO) // 2
    async with visiting(services) as visitor:
        assert (await look(visitor, "scene.mp4", LONG_VIDEO))["here"] == 0
        for at, end in ((0, MOST_BYTES), (MOST_BYTES, half)):
            told = await (await piece(visitor, "scene.mp4", LONG_VIDEO, at, end)).json()
            assert told == {"here": end, "words": ""}
        await break_off(visitor, LONG_VIDEO, half)
    assert not any((media := list_media(project.source)).videos + media.photos + media.others)
    seen = snapshot_of(project.path)
    assert seen is not None
    assert (seen.is_growing, seen.has_source) == (True, False)
    async with visiting(services) as visitor:
        assert await (await visitor.get(PLACE)).text() == (
            "Nothing yet. Of scene.mp4 only 10 MB of 20 MB came: choose it once more, and it goes on"
        )
        # What was written last may be torn by a power cut: it comes once more.
        here = (await look(visitor, "scene.mp4", LONG_VIDEO))["here"]
        assert here == half - MOST_BYTES
        while here < len(LONG_VIDEO):
            answer = await piece(visitor, "scene.mp4", LONG_VIDEO, here, min(len(LONG_VIDEO), here + MOST_BYTES))
            here = (await answer.json())["here"]
        assert await words(answer) == "scene.mp4 is in."
    assert (project.source / "scene.mp4").read_bytes() == LONG_VIDEO
    assert everything_in(project.source) == ["scene.mp4"]


async def break_off(visitor: Visitor, content: bytes, at: int) -> None:
    """Begin to bring a piece, and have the line break in its middle."""
    origin = visitor.make_url("/").origin()
    asked = {**about("scene.mp4", content), "mark": mark_of("scene.mp4", len(content), "1764500000000", content[:1000])}
    address = visitor.make_url(PLACE).with_query({**asked, "at": str(at)})
    cookie = "; ".join(f"{each.key}={each.value}" for each in visitor.session.cookie_jar)
    head = (
        f"POST {address.raw_path_qs} HTTP/1.1",
        *(f"Host: {origin.authority}", f"Origin: {origin}", f"Cookie: {cookie}", "Content-Length: 1000000"),
    )
    reader, writer = await asyncio.open_connection(origin.host, origin.port)
    writer.write("\r\n".join((*head, "", "")).encode() + content[at : at + 500_000])
    await writer.drain()
    writer.close()
    reader.feed_eof()


async def test_a_piece_that_does_not_fit_to_what_is_here_is_answered_by_where_it_goes_on(
    services: Services, project: ProjectFolder
) -> None:
    async with visiting(services) as visitor:
        assert (await (await piece(visitor, "a.mp4", VIDEO, 5000, 6000)).json())["here"] == 0
        await piece(visitor, "a.mp4", VIDEO, 0, 4000)
        assert (await (await piece(visitor, "a.mp4", VIDEO, 5000, 6000)).json())["here"] == 4000
        # The answer to a piece was lost, so it comes again.
        assert (await (await piece(visitor, "a.mp4", VIDEO, 2000, 5000)).json())["here"] == 5000
        for _ in range(2):
            last = await piece(visitor, "a.mp4", VIDEO, 5000, len(VIDEO))
            assert await last.json() == {"here": len(VIDEO), "words": "a.mp4 is in."}
    assert (project.source / "a.mp4").read_bytes() == VIDEO


async def test_another_file_of_that_name_is_not_mixed_with_what_is_here(
    services: Services, project: ProjectFolder
) -> None:
    other = VIDEO[:100] + b"other" + VIDEO[105:]
    async with visiting(services) as visitor:
        await piece(visitor, "a.mp4", VIDEO, 0, 4000)
        assert (await look(visitor, "a.mp4", other))["here"] == 0
        assert await words(await bring(visitor, Role.SOURCE, "a.mp4", other)) == "a.mp4 is in."
        assert await words(await piece(visitor, "a.mp4", VIDEO, 4000, len(VIDEO))) == "a-2.mp4 is in."
    assert [(project.source / name).read_bytes() for name in ("a.mp4", "a-2.mp4")] == [other, VIDEO]


async def test_a_file_that_a_killed_server_had_put_in_its_place_already_is_not_written_to(
    services: Services, project: ProjectFolder
) -> None:
    async with visiting(services) as visitor:
        await piece(visitor, "a.mp4", VIDEO, 0, len(VIDEO) - 10)
        (left,) = (path for path in project.source.rglob("*") if path.is_file())
        left.write_bytes(VIDEO)
        (project.source / "a.mp4").hardlink_to(left)
        before = (project.source / "a.mp4").stat().st_mtime_ns
        assert (await look(visitor, "a.mp4", VIDEO))["here"] == 0
        assert await words(await bring(visitor, Role.SOURCE, "a.mp4", VIDEO)) == "a.mp4 lay there already."
    assert (project.source / "a.mp4").stat().st_mtime_ns == before
    assert everything_in(project.source) == ["a.mp4"]


@pytest.mark.parametrize(
    "asked",
    [
        {"mark": "../../../outside", "at": "0"},
        {"mark": "", "at": "0"},
        {"mark": "0" * 32, "at": "-1"},
        {"mark": "0" * 32, "at": "٣"},
        {"mark": "0" * 32, "at": "9" * 5000},
    ],
)
async def test_what_no_page_of_ours_would_ask_is_refused(
    services: Services, project: ProjectFolder, asked: dict[str, str]
) -> None:
    async with visiting(services) as visitor:
        answer = await ask(visitor, PLACE, {**about("a.jpg", PHOTO), **asked}, PHOTO)
        assert (answer.status, (await answer.json())["hint"]) == (422, "Choose the file once more.")
    assert everything_in(project.source) == []


async def test_a_piece_larger_than_one_may_be_is_refused(services: Services, project: ProjectFolder) -> None:
    async with visiting(services) as visitor:
        assert (await piece(visitor, "a.mp4", LONG_VIDEO, 0, MOST_BYTES + 1)).status == 413
    assert everything_in(project.source) == []


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("notes.jpg", b"not a picture at all", "notes.jpg is neither a picture nor a video."),
        ("empty.jpg", b"", "empty.jpg is neither a picture nor a video."),
        ("page.mp4", b"<html><script>", "page.mp4 is neither a picture nor a video."),
        ("list.mp4", b"#EXTM3U\nfile:///etc/passwd", "list.mp4 is neither a picture nor a video."),
        ("IMG_1.CR3", RAW_PHOTO, "IMG_1.CR3 is a raw photo (Canon CR3), which Understudio does not read."),
    ],
)
async def test_what_is_no_picture_or_video_is_refused_before_all_of_it_comes_and_after(
    services: Services, project: ProjectFolder, name: str, content: bytes, title: str
) -> None:
    async with visiting(services) as visitor:
        assert (await look(visitor, name, content))["title"] == title
        answer = await bring(visitor, Role.SOURCE, name, content)
        assert (answer.status, (await answer.json())["title"]) == (422, title)
    assert everything_in(project.source) == []


async def test_a_file_for_which_there_is_no_room_is_refused_before_it_comes(
    services: Services, project: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(100 << 30, 98 << 30, 2_000_000_000))
    async with visiting(services) as visitor:
        asked = {**about("scene.mp4", VIDEO), "size": "5000000000"}
        said = await (await ask(visitor, f"{PLACE}/look", asked, VIDEO[:1000])).json()
    assert said["title"] == "There is no room for scene.mp4: it has 5.0 GB, and 2.0 GB are free."
    assert "Free some space" in said["hint"]


async def test_a_disk_that_becomes_full_on_the_way_is_said_to_be(
    services: Services, project: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = os.open

    def onto_a_full_disk(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        # The kernel's own full disk.
        return opens("/dev/full" if Path(path).name == "scene.mp4" else path, flags, *rest, **more)

    async with visiting(services) as visitor:
        await piece(visitor, "scene.mp4", VIDEO, 0, 4000)
        monkeypatch.setattr(os, "open", onto_a_full_disk)
        answer = await piece(visitor, "scene.mp4", VIDEO, 4000, len(VIDEO))
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
        assert await words(answer) == "evil.jpg is in."
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
        for address in (PLACE, f"{PLACE}/look"):
            assert (await visitor.post(address, params={"name": "a.jpg"}, data=PHOTO, headers=headers)).status == 403
    assert everything_in(project.source) == []


async def test_a_new_project_takes_photos_and_video_and_the_wizard_asks_the_rest(
    services: Services, workspace: Path
) -> None:
    async with visiting(services) as visitor:
        answer = await visitor.post("/projects", data={"name": "Anna as Ben"}, headers=from_own_page(visitor))
        assert (answer.status, answer.url.path) == (200, "/projects/Anna-as-Ben")
        for role, name, content in ((Role.SOURCE, "a.jpg", PHOTO), (Role.TARGET, "b.mp4", VIDEO)):
            place = f"/projects/Anna-as-Ben/media/{role}"
            assert await words(await piece(visitor, name, content, 0, len(content), place)) == f"{name} is in."
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


async def test_what_nobody_went_on_with_is_cleared_away_by_the_next_file(
    services: Services, project: ProjectFolder
) -> None:
    async with visiting(services) as visitor:
        for name in ("old.mp4", "new.mp4"):
            await piece(visitor, name, VIDEO, 0, 4000)
        aside = project.source / ".~tmp~"
        (theirs := aside / "of-rsync").mkdir()
        (looked_at := aside / "look-abc").mkdir()
        old = next(aside.glob("*/old.mp4"))
        for path in (old, old.parent, theirs, looked_at):
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 4 * 86400))
        await look(visitor, "a.jpg", PHOTO)
    assert sorted(path.name for path in aside.rglob("*") if not path.name.startswith("upload-")) == [
        "new.mp4",
        "of-rsync",
    ]
