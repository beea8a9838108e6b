"""Photos and videos that are brought through the browser, straight to the disk: none is ever whole in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from engine.errors import MediaError, ProjectError
from engine.files.atomic import translated_disk_errors
from engine.files.private_folder import make_private
from engine.project.folder import ProjectFolder, create_folder
from engine.role import Role
from tui.drafts.validation import folder_name
from tui.services import Services
from tui.web.intake import Intake
from tui.web.projects import listed, role_named


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
        """Say by a file's first bytes whether it can be used: nobody wants to hear that after an hour."""
        folder, role = await self._where(request)
        head = await request.read()
        size = request.query.get("size", "")
        if not size.isdecimal():
            raise MediaError("The file's size is not known.", "Choose the file once more.")
        await asyncio.to_thread(self._intake.look, folder, role, _name(request), head, int(size))
        return web.json_response({})

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Take a file in, once all of it is there."""
        folder, role = await self._where(request)
        async with self._place(folder, role, _name(request)) as file:
            try:
                await _write(request, file)
            except ConnectionResetError as error:
                # Nobody is there any more to hear of it.
                raise web.HTTPBadRequest from error
            words = await asyncio.to_thread(self._intake.take_in, folder, role, file)
        return web.json_response({"words": words})

    @asynccontextmanager
    async def _place(self, folder: ProjectFolder, role: Role, name: str) -> AsyncIterator[Path]:
        with_place = ExitStack()
        file = await asyncio.to_thread(with_place.enter_context, self._intake.place(folder, role, name))
        try:
            yield file
        finally:
            await asyncio.to_thread(with_place.close)

    async def _where(self, request: web.Request) -> tuple[ProjectFolder, Role]:
        role = role_named(request.match_info["role"])
        return await asyncio.to_thread(listed, self._workspace, request.match_info["name"]), role


def _name(request: web.Request) -> str:
    return request.query.get("name", "")


def _make(workspace: Path, name: str) -> None:
    make_private(workspace, parents=True)
    create_folder(workspace / name)


async def _write(request: web.Request, file: Path) -> None:
    """Write what comes to a file.

    Raises:
        OutOfDisk: The disk is full.
        ConnectionResetError: The line broke.
    """
    with translated_disk_errors(file), file.open("xb") as writer:
        async for part in request.content.iter_any():
            await asyncio.to_thread(writer.write, part)
