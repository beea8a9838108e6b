"""The pages: all projects, and each with its result, newest picture and report."""

from __future__ import annotations

import asyncio
from html import escape
from urllib.parse import quote

from aiohttp import web

from engine.records.report_text import sentences
from engine.records.verdict import verdict_on
from engine.role import Role
from tui.services import Services
from tui.web.files import Shown, gone, send
from tui.web.projects import Detail, cards, detail, listed, media_words, role_named
from tui.web.templating import page
from tui.web.words import ready_words, standing_still, state_words, title_of, what_adding_does


class Pages:
    """Shows what is there."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[web.RouteDef]:
        """Return what is asked for where; the first page is the server's."""
        return [
            web.get("/list", self.show_list_anew),
            web.get("/projects/{name}", self.show_project),
            web.get("/projects/{name}/state", self.show_state),
            web.get("/projects/{name}/media/{role}", self.show_media),
            web.get("/projects/{name}/files/{what}", self.send_file),
            web.post("/work", self.start_work),
        ]

    async def show_list(self, _request: web.Request) -> web.StreamResponse:
        """Show all projects."""
        return await self._list("projects.html")

    async def show_list_anew(self, _request: web.Request) -> web.StreamResponse:
        """Show the list alone, for a page that is open."""
        return await self._list("_list.html")

    async def _list(self, template: str) -> web.Response:
        found, is_watched = await asyncio.gather(asyncio.to_thread(cards, self._services), self._is_watched())
        still = standing_still([card.view for card in found], is_watched=is_watched)
        return _html(template, cards=found, standing_still=still)

    async def show_project(self, request: web.Request) -> web.StreamResponse:
        """Show a project."""
        found = await self._detail(request)
        report = found.report
        return _html(
            "project.html",
            **self._state(found),
            media={role: await asyncio.to_thread(media_words, found.folder, role) for role in Role},
            is_watched=await self._is_watched(),
            adding=what_adding_does(found.view),
            verdict=verdict_on(report) if report is not None else None,
            sentences=sentences(report) if report is not None else (),
        )

    async def show_state(self, request: web.Request) -> web.StreamResponse:
        """Show how a project stands, for a page that is open."""
        return _html("_state.html", **self._state(await self._detail(request)))

    async def show_media(self, request: web.Request) -> web.StreamResponse:
        """Show what a project has to learn from of one person, for a page that is open."""
        role = role_named(request.match_info["role"])
        folder = await asyncio.to_thread(listed, self._services.workspace, request.match_info["name"])
        words = await asyncio.to_thread(media_words, folder, role)
        return web.Response(text=escape(words), content_type="text/html")

    async def send_file(self, request: web.Request) -> web.StreamResponse:
        """Send a file of a project."""
        found, what = await self._detail(request), request.match_info["what"]
        if what not in list(Shown) or (file := found.files.get(Shown(what))) is None:
            raise gone("")
        return await send(request, found.folder, file)

    async def start_work(self, request: web.Request) -> web.StreamResponse:
        """Have projects carried on in the background, and show again what was in view."""
        project = str((await request.post()).get("project", ""))
        if not await self._is_watched():
            await asyncio.to_thread(self._services.daemon.start)
        raise web.HTTPSeeOther(f"/projects/{quote(project, safe='')}" if project else "/")

    async def _is_watched(self) -> bool:
        return await asyncio.to_thread(self._services.daemon.is_running)

    async def _detail(self, request: web.Request) -> Detail:
        return await asyncio.to_thread(detail, self._services, request.match_info["name"])

    def _state(self, found: Detail) -> dict[str, object]:
        view = found.view
        return {
            "found": found,
            "view": view,
            "address": found.folder.path.name,
            "title": title_of(view),
            "says": state_words(view),
            "look": view.look,
            "ready": ready_words(view, self._services.clock()),
        }


def _html(template: str, **shown: object) -> web.Response:
    return web.Response(text=page(template, **shown), content_type="text/html")
