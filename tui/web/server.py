"""The page and the wizard in a browser, through textual-serve: on this machine only, unless a token guards it.

textual-serve has no notion of who asks, so a token in the address does: without it everything is refused. On loopback
one is made up at each start; to listen elsewhere, the person has to give one.
"""

from __future__ import annotations

import errno
import ipaddress
import logging
import sys
from pathlib import Path
from shlex import join

from aiohttp import web
from textual_serve.server import Server

from engine.errors import UnderstudioError
from engine.files.private_folder import make_private
from tui.services import Services
from tui.web.failures import say_failures
from tui.web.guard import TERMINAL_POLICY, add_headers, guard
from tui.web.pages import Pages
from tui.web.templating import page
from tui.web.uploads import Uploads

_LEAST_TOKEN = 16
_PATIENCE_SECONDS = 2.0
_ASSETS = Path(__file__).parent / "assets"


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


class GuardedServer(Server):
    """Serves page and wizard to whoever knows the token.

    Loopback is guarded as well: every web page that the person has open, and every account of this machine, could
    otherwise talk to it.
    """

    def __init__(self, services: Services, host: str, port: int, token: str) -> None:
        command = join([sys.executable, "-P", "-m", "tui.cli", "--workspace", str(services.workspace)])
        super().__init__(command, host=host, port=port, title="Understudio")
        self._pages = Pages(services)
        self._uploads = Uploads(services)
        self._log_file = services.drafts.log_file.with_name("web.log")
        self._token = token

    async def application(self) -> web.Application:
        """Return what answers requests."""
        app: web.Application = await super()._make_app()
        app.middlewares.extend([guard(self._token), say_failures])
        app.on_response_prepare.append(add_headers)
        app.add_routes([web.get("/wizard", self.show_terminal), web.static("/assets", _ASSETS)])
        app.add_routes([*self._pages.routes(), *self._uploads.routes()])
        return app

    def listen(self) -> None:
        """Answer requests until the person ends it.

        Raises:
            ServingRefused: Something else listens there.
        """
        self.initialize_logging()
        try:
            # By default the end of a terminal that is open, or of a file on its way, is waited for a minute.
            web.run_app(
                self.application(), host=self.host, port=self.port, print=None, shutdown_timeout=_PATIENCE_SECONDS
            )
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise ServingRefused(
                f"Port {self.port} is in use already.",
                "Perhaps `understudio web` runs in another window: its address works. Or take another with --port.",
            ) from error

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """Serve the list of projects in the place of textual-serve's own page, which loads a font from outside."""
        return await self._pages.show_list(request)

    async def show_terminal(self, request: web.Request) -> web.Response:
        """Serve the page of the terminal, which speaks to the address it was opened at.

        So it works through a tunnel with another port, and behind a proxy.
        """
        socket_url = f"{'wss' if request.secure else 'ws'}://{request.host}/ws"
        text = page("terminal.html", socket=socket_url)
        policy = {"Content-Security-Policy": TERMINAL_POLICY}
        return web.Response(text=text, content_type="text/html", headers=policy)

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the command has said where to look."""

    def initialize_logging(self) -> None:
        """Keep what goes wrong in a file: on the person's screen each request would be a line."""
        make_private(self._log_file.parent, parents=True)
        log = logging.getLogger("aiohttp")
        log.addHandler(logging.FileHandler(self._log_file, delay=True))
        log.setLevel(logging.WARNING)
        log.propagate = False
