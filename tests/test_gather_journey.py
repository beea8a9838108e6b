"""From pictures that a service lists to a result that names who made them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.folder import ProjectFolder
from engine.gather.run import gather
from engine.gather.wish import GatherWish, Person
from engine.media.images import encode_jpeg
from engine.origin import ATTRIBUTION
from engine.stage import ExitCode
from tests.gather_server import Reply, Server, open_door, openverse_page
from tests.gathering import serve, silent_server
from tests.real_faces import WOMAN, frames_of, never
from tests.test_journey import cut, tell

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def server() -> Iterator[Server]:
    server = silent_server()
    yield server
    server.close()


def test_who_made_gathered_pictures_is_named_in_the_report_and_beside_the_result(
    server: Server, woman_clip: Path, man_clip: Path, tmp_path: Path
) -> None:
    pictures = [Reply(encode_jpeg(frame)) for frame in frames_of(WOMAN, range(160, 460, 90))]
    server.routes["/v1/images/"] = openverse_page(serve(server, *pictures, author="Cy & Sons"))
    wish = GatherWish(into=tmp_path / "pictures", person=Person.SOURCE, topic="Ada", count=3, smallest_face_px=40)
    here = wish.model_copy(update={"openverse_url": server.url, "commons_url": server.url})
    gathered = gather(here, lambda said: None, never, open_door())
    assert gathered.kept >= 1

    folder = ProjectFolder(tmp_path / "swap")
    sources = ["--source", gathered.folder, "--source", cut(woman_clip, 14, 2, tmp_path / "woman.mp4")]
    target = cut(man_clip, 8, 1, tmp_path / "man.mp4")
    agreed = ["--consent-basis", "test-actor", "--consent-note", "bundled clips", "--steps", "2"]
    made = tell("new", folder.path, *sources, "--target", target, *agreed, home=tmp_path)
    assert made.returncode == ExitCode.DONE, made.stderr
    ran = tell("run", folder.path, home=tmp_path)
    assert ran.returncode == ExitCode.DONE, ran.stdout + ran.stderr

    credits = json.loads(folder.report_json.read_text())["credits"]
    assert len(credits) == gathered.kept
    assert all("by Cy & Sons, CC BY-SA 2.0 (https://creativecommons.org/" in credit for credit in credits)
    assert "Cy &amp; Sons" in folder.report_html.read_text()
    beside = (folder.result / ATTRIBUTION).read_text()
    assert all(f"- {credit}" in beside for credit in credits)
