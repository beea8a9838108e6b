"""From pictures that a service lists to a result that names who made them: the real command, killed on its way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.gather.store import key_of
from engine.media.images import encode_jpeg
from engine.project.attribution import ATTRIBUTION
from engine.project.folder import ProjectFolder
from engine.project.media_kinds import list_media
from engine.project.stage import ExitCode, Outcome
from engine.records.gather_request import GatherReport, GatherRequest, parse_gathered
from engine.role import Role
from engine.stages.convert import Convert
from engine.stages.extract import Extract
from engine.stages.report import Report
from tests.gather_server import Reply, Server, openverse_page, slowly
from tests.gathering import serve, silent_server
from tests.real_faces import MAN, WOMAN, at_once, frames_of, never
from tests.swaps import cut_clip, load_turned_hue
from tests.test_journey import tell, understudio

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def server() -> Iterator[Server]:
    server = silent_server()
    yield server
    server.close()


@pytest.fixture
def pictures(server: Server) -> list[str]:
    """The paths of four pictures of one woman that a service lists; each takes a while."""
    cuts = [frame[20 * at :, 55 * at :] for at, frame in enumerate(frames_of(WOMAN, range(160, 460, 90)))]
    listed = serve(server, *(Reply(encode_jpeg(each)) for each in cuts), author="Cy & Sons")
    server.routes["/v1/images/"] = openverse_page(listed)
    paths = [each.url.removeprefix(server.url) for each in listed]
    for path in paths:
        reply = server.routes[path]
        assert isinstance(reply, Reply)
        server.routes[path] = slowly(reply, 0.5)
    return paths


def asking(server: Server, into: Path) -> list[str | Path]:
    """Return the words of a command that gathers from the server."""
    where = ["--openverse-url", server.url, "--commons-url", server.url]
    return ["gather", "Ada", "--into", into, "--person", "source", "--smallest-face", "40", *where]


def test_killed_in_the_middle_it_goes_on_and_fetches_nothing_again(
    server: Server, pictures: list[str], tmp_path: Path
) -> None:
    words = asking(server, tmp_path / "pictures")
    items = tmp_path / "pictures/work/gather/source/items"
    running = subprocess.Popen(understudio(*words), start_new_session=True, stdout=subprocess.DEVNULL)
    while len(list(items.glob("[!.]*.json"))) < 2:
        assert running.poll() is None
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    had = {path.stem for path in items.glob("[!.]*.json")}
    fetched = [path for path in pictures if key_of(server.url + path) in had]
    assert len(fetched) < len(pictures)
    ended = tell(*words, home=tmp_path)
    assert ended.returncode == ExitCode.DONE, ended.stdout + ended.stderr
    assert [server.asked[path] for path in fetched] == [1] * len(fetched)
    photos = list_media(tmp_path / "pictures/source").photos
    assert len(photos) >= 3
    assert {path.name.split("-")[1].split(".")[0] for path in photos} >= had


def test_interrupted_from_the_terminal_while_frames_are_chosen_it_stops_and_goes_on_later(tmp_path: Path) -> None:
    request = GatherRequest(into=tmp_path / "pictures", person=Role.SOURCE, video=WOMAN, count=500)
    command = [sys.executable, "-m", "engine", "gather", request.model_dump_json()]
    running = subprocess.Popen(command, start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert running.stdout is not None
    assert "choosing frames" in running.stdout.readline().decode()
    # Ctrl-C reaches every process that the terminal knows.
    os.killpg(running.pid, signal.SIGINT)
    last = parse_gathered(running.communicate()[0].splitlines()[-1])
    assert isinstance(last, GatherReport)
    assert (running.returncode, last.outcome, last.kept) == (ExitCode.INTERRUPTED, Outcome.INTERRUPTED, 0)
    ended = tell(
        "gather", "--into", request.into, "--person", "source", "--from-video", WOMAN, "--count", "3", home=tmp_path
    )
    assert ended.returncode == ExitCode.DONE, ended.stdout + ended.stderr


def test_who_made_gathered_pictures_is_named_in_the_report_and_beside_the_result(
    server: Server, pictures: list[str], tmp_path: Path
) -> None:
    gathered = tell(*asking(server, tmp_path / "pictures"), home=tmp_path)
    assert gathered.returncode == ExitCode.DONE, gathered.stdout + gathered.stderr
    photos = list_media(tmp_path / "pictures/source").photos
    assert photos

    folder = ProjectFolder(tmp_path / "swap")
    sources: list[str | Path] = [
        "--source",
        tmp_path / "pictures/source",
        "--source",
        cut_clip(WOMAN, 48, tmp_path / "woman.mp4"),
    ]
    target = cut_clip(MAN, 24, tmp_path / "man.mp4")
    agreed = ["--consent-basis", "test-actor", "--consent-note", "bundled clips"]
    made = tell("new", folder.path, *sources, "--target", target, *agreed, home=tmp_path)
    assert made.returncode == ExitCode.DONE, made.stderr
    for stage in (Extract(at_once), Convert(at_once, load_turned_hue), Report()):
        assert stage.run(folder, folder.load(), lambda _: None, never) is Outcome.DONE

    credits = json.loads(folder.report_json.read_text())["credits"]
    assert len(credits) == len(photos)
    assert all("by Cy & Sons, CC BY-SA 2.0 (https://creativecommons.org/" in credit for credit in credits)
    assert "Cy &amp; Sons" in folder.report_html.read_text()
    beside = (folder.result / ATTRIBUTION).read_text()
    assert all(f"- {credit}" in beside for credit in credits)
