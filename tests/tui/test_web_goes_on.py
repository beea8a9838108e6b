"""Files on their way in, in a real browser, with the server killed, the line cut, and the page left in the middle."""

from __future__ import annotations

import asyncio
import filecmp
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from engine.project.folder import ProjectFolder, create_folder
from tests.browser import CHROMIUM, Page, browser
from tests.tui.serving import free_port, serving
from tests.visiting import TOKEN

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="there is no Chromium on this machine (Debian: apt-get install chromium)"
    ),
]

PLACE = "[data-to$=source]"
SAYS = f"document.querySelector('{PLACE} .files')?.textContent ?? ''"
HEAD = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41"
MEGABYTES = 300


@pytest.fixture
def project(workspace: Path) -> ProjectFolder:
    return create_folder(workspace / "project")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A file that begins like a video, no two megabytes of which are alike."""
    path = tmp_path / "scene.mp4"
    with path.open("wb") as file:
        file.write(HEAD)
        for number in range(MEGABYTES):
            file.write(number.to_bytes(8, "big") * (1 << 17))
    return path


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with browser(tmp_path / "profile") as page:
        yield page


def here(project: ProjectFolder) -> int:
    """Return how many bytes lie in the project, in whatever place."""
    return sum(path.stat().st_size for path in project.source.rglob("*") if path.is_file())


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


async def begin(page: Page, port: int, project: ProjectFolder, video: Path) -> None:
    """Come in with the token, choose a video for the source, and have some of it arrive."""
    await page.open(f"http://localhost:{port}/?token={TOKEN}")
    await page.open(f"http://localhost:{port}/projects/project")
    await page.choose(f"{PLACE} input", [video])
    await until(lambda: here(project) > 50 << 20)


async def test_a_server_killed_in_the_middle_costs_nothing_once_it_runs_again_the_page_goes_on_by_itself(
    project: ProjectFolder, video: Path, page: Page, port: int
) -> None:
    with serving(project.path.parent, port) as server:
        await begin(page, port, project, video)
        server.kill()
    kept = here(project)
    assert 50 << 20 < kept < video.stat().st_size
    await page.until(f"({SAYS}).includes('Understudio does not answer. What came is kept')")
    with serving(project.path.parent, port):
        await until(lambda: here(project) > kept)
        await page.until(f"({SAYS}).includes('scene.mp4 is in.')")
    assert filecmp.cmp(project.source / "scene.mp4", video, shallow=False)
    assert [path.name for path in project.source.iterdir()] == ["scene.mp4"]


async def test_a_page_that_was_left_says_what_came_and_the_same_file_chosen_again_goes_on(
    project: ProjectFolder, video: Path, page: Page, port: int
) -> None:
    with serving(project.path.parent, port):
        await begin(page, port, project, video)
        await page.open(f"http://localhost:{port}/")
        kept = here(project)
        assert kept < video.stat().st_size
        await page.open(f"http://localhost:{port}/projects/project")
        assert "Of scene.mp4 only" in await page.ask(f"document.querySelector('{PLACE}').textContent")
        # Nothing but what is still missing, and one piece again, may be sent.
        await page.ask(
            "window.sent = 0; const sends = XMLHttpRequest.prototype.send;"
            "XMLHttpRequest.prototype.send = function (body) {"
            "  window.sent += body.byteLength; sends.call(this, body); }"
        )
        await page.choose(f"{PLACE} input", [video])
        await page.until(f"({SAYS}).includes('scene.mp4 is in.')")
        assert await page.ask("window.sent") < video.stat().st_size - kept + (9 << 20)
    assert filecmp.cmp(project.source / "scene.mp4", video, shallow=False)


async def test_who_comes_with_the_new_token_of_a_server_started_anew_has_the_waiting_page_go_on(
    project: ProjectFolder, video: Path, page: Page, port: int
) -> None:
    with serving(project.path.parent, port):
        await begin(page, port, project, video)
    with serving(project.path.parent, port, token="another-token-of-the-next-one"):
        await page.until(f"({SAYS}).includes('The page does not know you any more.')")
        assert await page.ask("fetch('/?token=another-token-of-the-next-one').then((answer) => answer.status)") == 200
        await page.until(f"({SAYS}).includes('scene.mp4 is in.')")
    assert filecmp.cmp(project.source / "scene.mp4", video, shallow=False)
