"""The web page: what it says of projects, to whom, and what a browser may do with it."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from daemon.status import State, Status
from engine.project.folder import ProjectFolder, create_folder
from engine.project.markers import Marker, write_marker
from engine.project.stage import StageName
from tests.tui import scenes
from tests.tui.conftest import NOW, FakeDaemon
from tests.visiting import TOKEN, from_own_page, visiting
from tui.services import Services
from tui.web.server import GuardedServer

ADDRESSES = (
    *("/", "/list", "/wizard", "/assets/page.js", "/static/js/textual.js", "/projects/anna-as-ben"),
    *("/projects/anna-as-ben/state", "/projects/anna-as-ben/media/source", "/projects/anna-as-ben/files/video"),
)


async def test_without_the_token_nothing_is_shown(services: Services, workspace: Path) -> None:
    scenes.finished(workspace, NOW)
    app = await GuardedServer(services, "localhost", 8000, TOKEN).application()
    async with TestClient(TestServer(app)) as stranger:
        assert {(await stranger.get(address)).status for address in (*ADDRESSES, "/ws", "/nothing")} == {403}
        assert (await stranger.post("/projects", headers=from_own_page(stranger))).status == 403
    async with visiting(services) as visitor:
        assert {(await visitor.get(address)).status for address in ADDRESSES} == {200}


async def test_two_servers_on_one_machine_do_not_shut_each_other_out(services: Services, workspace: Path) -> None:
    workspace.mkdir()
    token = "another-token-for-another-one"
    async with visiting(services) as first, visiting(services, token) as second:
        # In one browser, which keeps the cookies of both.
        assert (await first.session.get(second.make_url("/").with_query(token=token))).status == 200
        assert (await first.get("/")).status == 200


async def test_all_projects_are_listed_with_how_far_they_are_and_when_they_will_be_ready(
    services: Services, workspace: Path, daemon: FakeDaemon
) -> None:
    daemon.running = True
    scenes.full_workspace(workspace, NOW)
    frames = Marker(StageName.EXTRACT, "", {"target_frames_seen": 900})
    write_marker(ProjectFolder(workspace / "anna-as-ben"), frames)
    _draft_and_loose_folder(services)
    async with visiting(services) as visitor:
        text = await (await visitor.get("/")).text()
    words = " ".join(re.sub(r"<[^>]+>", " ", text).split())
    assert "Anna as Ben ▶ training · ready 21:56 UTC 33 %" in words
    assert "映画の吹き替え、田中さん · number 2 in the queue" in words
    assert "! failed Only 7 usable faces of the person who will appear were found" in words
    assert "Add photos or a video in which the face is larger and sharper." in words
    assert "A film of us … questions open" in words
    assert "holiday ? pictures only" in words
    assert "dropped ? waits for you" in words


def _draft_and_loose_folder(services: Services) -> None:
    services.drafts.save(services.drafts.new(NOW).model_copy(update={"name": "A film of us"}))
    loose = services.workspace / "holiday"
    loose.mkdir()
    (loose / "beach.jpg").write_bytes(b"\xff\xd8\xff\xe0")


async def test_names_with_markup_are_shown_as_they_are_written(services: Services, workspace: Path) -> None:
    name = "<script>alert(1)</script>&'\""
    folder = scenes.put_project(workspace, "<img src=x onerror=alert(2)>", name, scenes.training(NOW))
    scenes.picture(folder.previews / "step-000002400.jpg", 3, 480, 96)
    async with visiting(services) as visitor:
        first = await (await visitor.get("/")).text()
        address = re.search(r'href="(/projects/[^"]+)"', first)
        assert address is not None
        own = await visitor.get(address[1])
        assert own.status == 200
        for text in (first, await own.text()):
            assert "<script>alert" not in text
            assert "<img src=x" not in text
            assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;&#34;" in text


async def test_a_finished_project_says_first_what_a_stranger_would_say_and_that_it_is_synthetic(
    services: Services, workspace: Path
) -> None:
    folder = scenes.finished(workspace, NOW)
    folder.compare_video.write_bytes(b"compare")
    folder.report_html.write_text("<html>")
    async with visiting(services) as visitor:
        text = await (await visitor.get("/projects/anna-as-ben")).text()
    assert "A stranger would say: that is the person who appears." in text
    assert text.index("A stranger would say") < text.index("<video")
    assert text.count("<video controls") == 2
    assert "Every result is synthetic" in text
    assert re.findall(r'download="([^"]+)"', text) == [
        "Anna-as-Ben.mp4",
        "Anna-as-Ben-before-and-after.mp4",
        "Anna-as-Ben-report.html",
    ]


async def test_a_project_at_work_shows_its_newest_picture_and_how_far_it_is(
    services: Services, workspace: Path, daemon: FakeDaemon
) -> None:
    daemon.running = True
    folder = scenes.put_project(workspace, "anna-as-ben", "Anna as Ben", scenes.training(NOW))
    picture = scenes.picture(folder.previews / "step-000002400.jpg", 3, 480, 96)
    async with visiting(services) as visitor:
        text = await (await visitor.get("/projects/anna-as-ben/state")).text()
        assert "5 min of 12 min, step 2,417" in text
        shown = re.search(r'src="(/projects/[^"]+)"', text)
        assert shown is not None
        sent = await visitor.get(shown[1])
        assert (sent.content_type, await sent.read()) == ("image/jpeg", picture.read_bytes())


async def test_a_result_without_a_daemon_is_shown_too(services: Services, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    folder.status_file.unlink()
    async with visiting(services) as visitor:
        assert "<video" in await (await visitor.get("/projects/anna-as-ben")).text()


async def test_a_result_that_is_gone_is_said_to_be(services: Services, workspace: Path) -> None:
    folder = scenes.finished(workspace, NOW)
    (folder.result / "Anna-as-Ben.mp4").unlink()
    async with visiting(services) as visitor:
        text = await (await visitor.get("/projects/anna-as-ben")).text()
        assert "The video is not there any more." in text
        sent = await visitor.get("/projects/anna-as-ben/files/video")
        assert (sent.status, "not there any more" in await sent.text()) == (404, True)


async def test_work_that_stands_still_is_started_from_the_page(
    services: Services, workspace: Path, daemon: FakeDaemon
) -> None:
    scenes.put_project(workspace, "film", "Film", scenes.simple(State.QUEUED, NOW, "Ready.", 1))
    async with visiting(services) as visitor:
        assert "Nobody is at work: 1 project stands still." in await (await visitor.get("/")).text()
        answer = await visitor.post("/work", headers=from_own_page(visitor))
        assert daemon.running
        assert "Nobody is at work" not in await answer.text()


async def test_a_projects_page_says_that_what_is_brought_waits_for_somebody_at_work(
    services: Services, workspace: Path, daemon: FakeDaemon
) -> None:
    scenes.finished(workspace, NOW)
    async with visiting(services) as visitor:
        waits = "Nobody is at work: what you bring is kept, and waits."
        assert waits in await (await visitor.get("/projects/anna-as-ben")).text()
        answer = await visitor.post("/work", data={"project": "anna-as-ben"}, headers=from_own_page(visitor))
        assert (answer.url.path, daemon.running) == ("/projects/anna-as-ben", True)
        assert waits not in await answer.text()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (scenes.simple(State.WAITING, NOW, "Consent is missing."), "Consent is missing. Answer it in the wizard."),
        (
            scenes.simple(State.PAUSED, NOW, "Paused."),
            "Paused. In the wizard, p on its screen goes on from here; nothing is lost.",
        ),
        (scenes.simple(State.QUEUED, NOW, "Ready.", 2), "It waits for its turn: number 2 in the queue."),
        (
            scenes.training(NOW - dt.timedelta(minutes=5)),
            "It stands still, since nobody is at work. It goes on from here, and nothing is lost.",
        ),
    ],
)
async def test_how_a_project_stands_is_said_in_a_sentence(
    services: Services, workspace: Path, status: Status, words: str
) -> None:
    scenes.put_project(workspace, "film", "Film", status)
    async with visiting(services) as visitor:
        text = await (await visitor.get("/projects/film/state")).text()
    said = re.search(r'<p class="says"><span[^>]*>.*?</span>(.*?)</p>', text, re.DOTALL)
    assert said is not None
    assert " ".join(said[1].split()) == words


async def test_a_project_without_room_says_which_disk_is_full(services: Services, workspace: Path) -> None:
    scenes.put_project(workspace, "film", "Film", scenes.simple(State.NO_ROOM, NOW, "The disk is full."))
    async with visiting(services) as visitor:
        text = await (await visitor.get("/projects/film/state")).text()
    assert "The disk is full. What is full is the disk at " in " ".join(text.split())


async def test_a_damaged_project_is_said_to_be_and_the_others_are_shown(services: Services, workspace: Path) -> None:
    scenes.finished(workspace, NOW)
    create_folder(workspace / "torn").project_file.write_text("name = ")
    async with visiting(services) as visitor:
        assert "Anna as Ben" in await (await visitor.get("/")).text()
        torn = await visitor.get("/projects/torn")
        assert (torn.status, "project.toml" in await torn.text()) == (200, True)


async def test_every_page_loads_nothing_from_elsewhere_and_runs_no_script_of_anybody_elses(
    services: Services, workspace: Path
) -> None:
    scenes.finished(workspace, NOW)
    async with visiting(services) as visitor:
        own = str(visitor.make_url("/").origin()).replace("http", "ws")
        for address in ("/", "/projects/anna-as-ben", "/wizard", "/projects/nothing"):
            answer = await visitor.get(address)
            text = (await answer.text()).replace(own, "")
            assert not re.search(r"(?:https?:)?//(?!www\.w3\.org)\w", text), address
            assert not re.search(r"<script>|\son\w+=|javascript:", text), address
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; ")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("origin", [None, "null", "http://localhost:3000", "https://example.org"])
async def test_what_another_page_asks_for_is_refused(
    services: Services, workspace: Path, daemon: FakeDaemon, origin: str | None
) -> None:
    """A page on another port of the same machine counts as the same site to a cookie."""
    workspace.mkdir()
    headers = {} if origin is None else {"Origin": origin}
    async with visiting(services) as visitor:
        assert (await visitor.post("/work", headers=headers)).status == 403
        assert (await visitor.post("/projects", data={"name": "theirs"}, headers=headers)).status == 403
        assert (await visitor.get("/ws", headers={**headers, "Upgrade": "websocket"})).status == 403
    assert not daemon.running
    assert not any(workspace.iterdir())
