"""The web page in a real browser: results play and come home, files go in, and the terminal opens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from daemon.status import write_status
from engine.demo import SOURCE_CLIP
from engine.project.folder import ProjectFolder
from tests.browser import CHROMIUM, Page, browser
from tests.media import Shape, write_video
from tests.tui import scenes
from tests.tui.conftest import NOW, FakeDaemon
from tests.visiting import TOKEN, Visitor, visiting
from tui.services import Services

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="there is no Chromium on this machine (Debian: apt-get install chromium)"
    ),
]


@pytest.fixture
def project(workspace: Path) -> ProjectFolder:
    folder = scenes.finished(workspace, NOW)
    write_video(folder.result / "Anna-as-Ben.mp4", Shape(frames=75))
    write_video(folder.compare_video, Shape(frames=75, size=(192, 64)))
    folder.report_html.write_text("<!doctype html><title>Report</title><style>p { color: red }</style><p>All is well.")
    return folder


@pytest.fixture
async def visitor(services: Services) -> AsyncIterator[Visitor]:
    async with visiting(services) as visitor:
        yield visitor


@pytest.fixture
async def page(visitor: Visitor, tmp_path: Path) -> AsyncIterator[Page]:
    """The first page, opened at the address that the command prints; in the end nothing was refused or went wrong."""
    async with browser(tmp_path / "profile") as page:
        await page.open(str(visitor.make_url("/").with_query(token=TOKEN)))
        assert await page.ask("location.search") == ""
        yield page
        assert page.complaints == []


async def test_a_result_is_found_by_keyboard_plays_is_sought_in_and_comes_home(
    project: ProjectFolder, page: Page, tmp_path: Path
) -> None:
    await page.ask("document.querySelector('.project a').focus()")
    await page.press("Enter")
    await page.until("document.querySelectorAll('video').length === 2")
    for at in (0, 1):
        await page.until(f"document.querySelectorAll('video')[{at}].readyState > 0")
        sought = f"""new Promise((done) => {{
            const video = document.querySelectorAll('video')[{at}];
            video.onseeked = () => done([video.currentTime, video.duration]);
            video.currentTime = 2;
        }})"""
        assert await page.ask(sought) == [2, pytest.approx(3, abs=0.1)]
        await page.ask(f"document.querySelectorAll('video')[{at}].play()")
        await page.until(f"document.querySelectorAll('video')[{at}].currentTime > 2.2")
    assert await page.ask("document.querySelectorAll('.failure:not([hidden])').length") == 0
    home = tmp_path / "at-home"
    await page.download_into(home)
    await page.ask("document.querySelector('.downloads a').click()")
    await until((home / "Anna-as-Ben.mp4").exists)
    assert (home / "Anna-as-Ben.mp4").read_bytes() == (project.result / "Anna-as-Ben.mp4").read_bytes()
    await page.open(await page.ask("document.querySelector('a[href$=\"/report\"]').href"))
    assert await page.ask("getComputedStyle(document.querySelector('p')).color") == "rgb(255, 0, 0)"


async def test_photos_and_a_video_are_chosen_come_in_and_what_is_neither_is_refused_in_a_sentence(
    project: ProjectFolder, visitor: Visitor, page: Page, tmp_path: Path
) -> None:
    photo = scenes.picture(tmp_path / "am Strand é.jpg", 4)
    (tmp_path / "notes.jpg").write_text("no picture")
    await page.open(str(visitor.make_url("/projects/anna-as-ben")))
    await page.choose("[data-to$=source] input", [photo, SOURCE_CLIP, tmp_path / "notes.jpg"])
    await page.until("document.querySelectorAll('.files .done').length === 2")
    await page.until("document.querySelectorAll('.files .failure').length === 1")
    assert await page.ask("document.querySelector('.files .failure').textContent") == (
        "notes.jpg is neither a picture nor a video. Leave it out, or convert it first."
    )
    await page.until("document.querySelector('[data-live$=source]').textContent === '1 photo and 1 video so far'")
    assert (project.source / photo.name).read_bytes() == photo.read_bytes()
    assert (project.source / SOURCE_CLIP.name).read_bytes() == SOURCE_CLIP.read_bytes()
    # The page asked for it, so the browser complains of the answer.
    assert all("422" in complaint for complaint in page.complaints)
    page.complaints.clear()


async def test_a_dropped_folder_comes_in_and_what_is_dropped_beside_the_place_does_no_harm(
    project: ProjectFolder, visitor: Visitor, page: Page, tmp_path: Path
) -> None:
    folder = tmp_path / "holiday"
    photos = [scenes.picture(folder / "beach.jpg", 1), scenes.picture(folder / "hills" / "top.jpg", 2)]
    (folder / ".DS_Store").write_bytes(b"hidden")
    await page.open(address := str(visitor.make_url("/projects/anna-as-ben")))
    await page.drop("h1", photos)
    await page.drop("[data-to$=source]", [folder])
    await page.until("document.querySelectorAll('.files .done').length === 2")
    assert await page.ask("location.href") == address
    assert await page.ask("document.querySelectorAll('.files li').length") == 2
    assert sorted(path.name for path in project.source.iterdir()) == ["beach.jpg", "top.jpg"]


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_nothing_is_wider_than_the_window(
    project: ProjectFolder, services: Services, visitor: Visitor, page: Page, width: int
) -> None:
    scenes.put_project(services.workspace, "long", "x" * 120, scenes.failed(NOW))
    await page.be(width, 800)
    for address in ("/", "/projects/anna-as-ben", "/projects/long"):
        await page.open(str(visitor.make_url(address)))
        assert await page.ask("document.documentElement.scrollWidth") <= width, address


async def test_an_open_page_shows_by_itself_what_became_of_a_project_and_that_nobody_answers(
    workspace: Path, visitor: Visitor, page: Page, daemon: FakeDaemon
) -> None:
    daemon.running = True
    folder = scenes.put_project(workspace, "film", "Film", scenes.training(NOW))
    await page.open(str(visitor.make_url("/projects/film")))
    assert "step 2,417" in await page.ask("document.querySelector('.state').textContent")
    write_status(folder, scenes.failed(NOW))
    await page.until("document.querySelector('.state').textContent.includes('Only 7 usable faces')")
    await visitor.close()
    await page.until("document.querySelector('#above').textContent.startsWith('Understudio does not answer')")
    assert await page.ask("document.querySelector('#above').hidden") is False
    page.complaints.clear()


async def test_the_wizard_opens_beside_the_projects(project: ProjectFolder, visitor: Visitor, page: Page) -> None:
    children = psutil.Process().children()
    await page.ask("document.querySelector('a[href=\"/wizard\"]').click()")
    # The first byte that the terminal was sent.
    await page.until("location.pathname === '/wizard' && document.body?.classList.contains('-first-byte')")
    # Keys go to the wizard, and nobody has to point at it first.
    assert await page.ask("document.activeElement.tagName") == "TEXTAREA"
    await page.ask("document.querySelector('nav a').click()")
    await page.until("location.pathname === '/' && !!document.querySelector('.project')")
    await until(lambda: psutil.Process().children() == children)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.05)
