"""Photos and videos that are brought through the browser, piece by piece: none is ever whole in memory."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from engine.errors import MediaError, ProjectError
from engine.files.private_folder import make_private
from engine.project.folder import ProjectFolder, create_folder
from engine.role import Role
from tui.drafts.validation import folder_name
from tui.services import Services
from tui.web.arrivals import Arrival, is_mark
from tui.web.intake import MOST_BYTES, Intake, safe_name
from tui.web.projects import listed, role_named

_MOST_DIGITS = 18


class Uploads:
    """Takes files into projects, and makes the folders of new ones."""

    def __init__(self, services: Services) -> None:
        self._workspace = services.workspace
        self._intake = Intake()

    def routes(self) -> list[web.RouteDef]:
        """Return what is sent where."""
        return [
            web.post("/projects", self.begin),
            web.post("/projects/{name}/media/{role}/look", self.look),
            web.post("/projects/{name}/media/{role}", self.receive),
        ]

    async def begin(self, request: web.Request) -> web.StreamResponse:
        """Make the folder of a new project: with media in it, the wizard asks the rest."""
        given = str((await request.post()).get("name", ""))
        name = folder_name(given)
        if not name:
            raise ProjectError("A project needs a name with letters or digits in it.", "Go back, and give it one.")
        await asyncio.to_thread(_make, self._workspace, name)
        raise web.HTTPSeeOther(f"/projects/{quote(name)}")

    async def look(self, request: web.Request) -> web.StreamResponse:
        """Say by a file's first bytes whether it can be used, and how much of it is here already.

        Nobody wants to hear after an hour that it cannot.
        """
        folder, role = await self._where(request)
        head = await request.read()
        size, modified = _number(request, "size"), request.query.get("modified", "")
        mark, here = await asyncio.to_thread(
            self._intake.look, folder, role, request.query.get("name", ""), head, size, modified
        )
        return web.json_response({"mark": mark, "here": here})

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Keep a piece of a file; the last one takes it in."""
        folder, role = await self._where(request)
        try:
            piece = await _piece(request)
        except ConnectionResetError as error:
            # Nobody is there any more to hear of it.
            raise web.HTTPBadRequest from error
        told = await asyncio.to_thread(self._intake.put, folder, role, _arrival(request), _number(request, "at"), piece)
        return web.json_response({"here": told.here, "words": told.words})

    async def _where(self, request: web.Request) -> tuple[ProjectFolder, Role]:
        role = role_named(request.match_info["role"])
        return await asyncio.to_thread(listed, self._workspace, request.match_info["name"]), role


def _arrival(request: web.Request) -> Arrival:
    mark = request.query.get("mark", "")
    if not is_mark(mark):
        raise MediaError("It is not known which file this is a part of.", "Choose the file once more.")
    return Arrival(safe_name(request.query.get("name", "")), _number(request, "size"), mark)


def _number(request: web.Request, word: str) -> int:
    text = request.query.get(word, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise MediaError("The file's size is not known.", "Choose the file once more.")
    return int(text)


def _make(workspace: Path, name: str) -> None:
    make_private(workspace, parents=True)
    create_folder(workspace / name)


async def _piece(request: web.Request) -> bytes:
    """Return the piece that comes, once all of it is there.

    Raises:
        ConnectionResetError: The line broke.
        HTTPRequestEntityTooLarge: It is larger than a piece may be.
    """
    piece = bytearray()
    async for part in request.content.iter_any():
        piece += part
        if len(piece) > MOST_BYTES:
            raise web.HTTPRequestEntityTooLarge(MOST_BYTES, len(piece))
    return bytes(piece)
