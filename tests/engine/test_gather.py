"""Gathering from a server on loopback that answers as the real ones do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.gather.run import gather
from engine.gather.wish import GatherProgress, GatherWish, Person
from engine.media.images import encode_jpeg, read_image
from engine.media.kinds import list_media
from engine.origin import origins_in, read_origin
from engine.stage import Outcome
from tests.gather_server import Listed, Reply, Server, commons_page, open_door, openverse_page
from tests.real_faces import MAN, WOMAN, frames_of, never, wall


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(scope="module")
def women() -> list[bytes]:
    """Pictures of one woman, cut so that no two look alike as a whole."""
    return [encode_jpeg(frame[shift:, 2 * shift :]) for shift, frame in enumerate(frames_of(WOMAN, range(0, 460, 80)))]


@pytest.fixture(scope="module")
def men() -> list[bytes]:
    return [encode_jpeg(frame) for frame in frames_of(MAN, range(0, 1200, 600))]


def wish_for(server: Server, into: Path, **more: object) -> GatherWish:
    asked = {"into": into, "person": Person.SOURCE, "topic": "Ada", "openverse_url": server.url}
    return GatherWish.model_validate(asked | {"commons_url": server.url, "count": 4} | more)


def test_pictures_of_one_person_are_gathered_with_their_authors(
    server: Server, women: list[bytes], men: list[bytes], tmp_path: Path
) -> None:
    bodies = {f"/w{number}.jpg": body for number, body in enumerate(women[:4])} | {"/m.jpg": men[0]}
    bodies["/wall.jpg"] = encode_jpeg(wall())
    server.routes |= {path: Reply(body) for path, body in bodies.items()}
    server.routes["/v1/images/"] = openverse_page([Listed(server.url + path) for path in list(bodies)[:3]])
    server.routes["/w/api.php"] = commons_page([Listed(server.url + path, "Ben") for path in list(bodies)[3:]])
    said: list[GatherProgress] = []
    report = gather(wish_for(server, tmp_path / "new"), said.append, never, open_door())
    assert report.outcome is Outcome.DONE
    assert report.kept == 4, report
    photos = list_media(tmp_path / "new/source").photos
    assert [read_image(photo).shape[2] for photo in photos] == [3] * 4
    origin = read_origin(photos[0])
    assert origin is not None
    assert origin.licence == "CC BY-SA 2.0"
    assert {each.author for each in origins_in([tmp_path / "new/source"])} == {"Ada Ek", "Ben"}
