"""The wizard in a browser, through textual-serve: on this machine only, unless a token guards it.

textual-serve has no notion of who asks, so a token in the address does: without it everything is refused. On loopback
one is made up at each start; to listen elsewhere, the person has to give one.
"""

from __future__ import annotations

import getpass
import hmac
import ipaddress
import socket
import sys
from html import escape
from pathlib import Path
from shlex import join

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from textual_serve.server import Server

from engine.errors import UnderstudioError

_COOKIE = "understudio"
_LEAST_TOKEN = 16
_PAGE = Path(__file__).parent / "web.html"


class ServingRefused(UnderstudioError):
    """The wizard would be open to strangers."""


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_guarded(host: str, token: str) -> None:
    """Refuse an address that others can reach without a token.

    Raises:
        ServingRefused: The token is absent or too short.
    """
    if is_loopback(host) or len(token) >= _LEAST_TOKEN:
        return
    title = f"{host} can be reached by others, and the wizard shows faces and starts work."
    if token:
        raise ServingRefused(title, f"Give a longer --token: at least {_LEAST_TOKEN} letters that nobody guesses.")
    raise ServingRefused(title, "Leave --host out and use the ssh line, or give a --token. Nothing was started.")


def ssh_line(port: int) -> str:
    """Return what to paste on one's own machine to reach a loopback port of this one."""
    return f"ssh -N -L {port}:localhost:{port} {getpass.getuser()}@{socket.gethostname()}"


class GuardedServer(Server):  # type: ignore[misc]  # textual-serve has no types
    """Serves the wizard to whoever knows the token.

    Loopback is guarded as well: every web page that the person has open, and every account of this machine, could
    otherwise talk to it.
    """

    def __init__(self, workspace: Path, host: str, port: int, token: str) -> None:
        command = join([sys.executable, "-P", "-m", "tui.cli", "--workspace", str(workspace)])
        super().__init__(command, host=host, port=port, title="Understudio")
        self._token = token

    async def _make_app(self) -> web.Application:
        app: web.Application = await super()._make_app()
        app.middlewares.append(guard(self._token))
        return app

    async def handle_index(self, request: web.Request) -> web.Response:
        """Serve a page that loads nothing from outside and speaks to the address it was opened at.

        So it works through a tunnel with another port, and behind a proxy.
        """
        text = _PAGE.read_text().replace("{socket}", escape(f"{'wss' if request.secure else 'ws'}://{request.host}/ws"))
        return web.Response(text=text, content_type="text/html")

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the command has said where to look."""

    def initialize_logging(self) -> None:
        """Log nothing: each request would be a line on the person's screen."""


def guard(token: str) -> Middleware:
    """Return what lets requests pass that carry the token: in the address at first, in a cookie from then on."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.query.get("token") or request.cookies.get(_COOKIE, "")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise web.HTTPForbidden(text="Open the address with its token, as `understudio web` printed it.")
        if "token" in request.query:
            # The token leaves the address bar, so that it is not copied along by accident. "Strict" keeps other pages
            # from opening the socket with it.
            response = web.Response(status=302, headers={"Location": request.path})
            response.set_cookie(_COOKIE, token, httponly=True, samesite="Strict")
            return response
        return await handler(request)

    return middleware
