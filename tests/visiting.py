"""Somebody who visits the web page, with the token and without."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tui.services import Services
from tui.web.server import GuardedServer

TOKEN = "a-token-that-nobody-guesses"

Visitor = TestClient[web.Request, web.Application]


@asynccontextmanager
async def visiting(services: Services, token: str = TOKEN) -> AsyncIterator[Visitor]:
    """Serve a workspace, and yield who knows the token."""
    app = await GuardedServer(services, "localhost", 8000, token).application()
    async with TestClient(TestServer(app)) as visitor:
        await visitor.get("/", params={"token": token})
        yield visitor


def from_own_page(visitor: Visitor) -> dict[str, str]:
    """Return the headers with which a script of the page itself asks."""
    return {"Origin": str(visitor.make_url("/").origin()), "Accept": "application/json"}
