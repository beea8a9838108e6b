"""Gathering from the tests' server, with a stand-in for the process that decodes, and pictures made up for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self

from engine.gather.gathering import gather
from engine.gather.screening_messages import ChoosePerson, PersonChosen, PictureFindings, SampledFrame, ScreenedFace
from engine.gather.store import Store
from engine.records.gather_request import GatherReport, GatherRequest, PersonFound, Refusal
from tests.gather_server import Listed, Reply, Server, commons_page, local_client, openverse_page
from tests.real_faces import never

FACE = ScreenedFace(number=0, width_px=200.0, descriptor=(0.0,) * 128, worth=1.0)


class FakeScreener:
    """Finds who is in a picture by what is written in it: the first word after the magic bytes."""

    def __init__(self, request: GatherRequest, store: Store) -> None:
        self._findings = {each.key: each for each in store.findings()}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass

    @property
    def pictures_of_person(self) -> int:
        return max((len(keys) for keys in self._groups().values()), default=0)

    async def screen(self, key: str, path: Path, *, is_frame: bool = False) -> PictureFindings:
        word = self._word(path)
        refusal = {"nobody": Refusal.NO_FACE, "broken": Refusal.DAMAGED}.get(word)
        findings = PictureFindings(key=key, path=path, refusal=refusal, faces=() if refusal else (FACE,))
        if refusal is None:
            self._findings[key] = findings
        return findings

    async def sample(self, video: Path, folder: Path, count: int) -> tuple[SampledFrame, ...]:
        frames = [SampledFrame(path=folder / f"frame-{number}.jpg", seconds=float(number)) for number in range(count)]
        for number, frame in enumerate(frames):
            frame.path.write_bytes(picture_of("ada", number).body)
        return tuple(frames)

    async def choose(self, order: ChoosePerson) -> PersonChosen:
        groups = sorted(self._groups().items(), key=lambda each: (-len(each[1]), each[0]))
        of = order.person or 1
        if order.person is None and order.confirmed:
            of = 1 + max(range(len(groups)), key=lambda at: len(groups[at][1] & set(order.confirmed)))
        persons = tuple(
            PersonFound(number=number, pictures=len(keys), thumbnail=order.thumbnails / "x.jpg", is_kept=number == of)
            for number, (_, keys) in enumerate(groups, start=1)
        )
        return PersonChosen(persons=persons, keys=tuple(sorted(groups[of - 1][1])) if groups else ())

    def _groups(self) -> dict[str, set[str]]:
        groups: dict[str, set[str]] = {}
        for findings in self._findings.values():
            groups.setdefault(self._word(findings.path), set()).add(findings.key)
        return groups

    def _word(self, path: Path) -> str:
        return path.read_bytes()[3:].split()[0].decode()


def silent_server() -> Server:
    """Return a server whose services know of no picture."""
    server = Server()
    server.routes["/w/api.php"] = commons_page([])
    server.routes["/v1/images/"] = openverse_page([])
    return server


def picture_of(whom: str, number: int) -> Reply:
    """Return a picture of somebody, told from others of theirs by a number."""
    return Reply(b"\xff\xd8\xff" + f"{whom} {number}".encode())


def serve(server: Server, *replies: Reply, **more: str) -> list[Listed]:
    """Have the server serve these, and return them as a service lists them."""
    paths = [f"/{len(server.routes) + at}.jpg" for at in range(len(replies))]
    server.routes |= dict(zip(paths, replies, strict=True))
    return [Listed(server.url + path, **more) for path in paths]


def gathered(server: Server, into: Path, *, stop: Callable[[], bool] = never, **more: object) -> GatherReport:
    """Gather from the server what it lists."""
    asked = {"into": into, "person": "source", "openverse_url": server.url, "commons_url": server.url, "topic": "Ada"}
    request = GatherRequest.model_validate(asked | {"count": 4} | more)
    return gather(request, lambda said: None, stop, local_client(), FakeScreener)
