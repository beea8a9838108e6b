"""`understudio` without a word, and `understudio web`: the wizard in the terminal and in a browser."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.host.home import expanded
from tui.commands.console import complain, say
from tui.terminal.ssh_lines import is_in_browser, line_to_web

DEFAULT_WORKSPACE = Path("~/understudio")
"""Where projects are kept unless UNDERSTUDIO_WORKSPACE or an option says otherwise."""

WorkspaceOption = Annotated[
    Path | None, typer.Option(envvar="UNDERSTUDIO_WORKSPACE", help="The folder of projects that the wizard shows.")
]


def wizard(workspace: Path | None, graphics: str = "half-cells") -> None:
    """Open the wizard over a workspace, which is made with its first project.

    Raises:
        typer.BadParameter: There is no such way to draw pictures.
    """
    if not _is_at_terminal():
        complain(
            "The wizard needs a terminal, and there is none here.",
            "Over ssh, `ssh -t HOST understudio` gives it one. Without a terminal, `understudio run` and "
            "`understudio status` do the work; `understudio --help` names all commands.",
        )
        raise typer.Exit(2)
    from tui.start import real_services, run_wizard
    from tui.widgets.picture import Graphics, load_graphics

    if graphics not in list(Graphics):
        raise typer.BadParameter(f"pictures can be drawn as {', '.join(Graphics)}")
    chosen = Graphics(graphics)
    if chosen is not Graphics.HALF_CELLS:
        load_graphics(chosen)
    run_wizard(real_services(_place(workspace), chosen))


def web(
    workspace: WorkspaceOption = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen at; others than localhost need a token.")] = "localhost",
    token: Annotated[
        str, typer.Option(envvar="UNDERSTUDIO_TOKEN", help="Must be in the address; made up where it is left out.")
    ] = "",
) -> None:
    """Show projects, results and the wizard in a browser: on this machine, or on yours through ssh.

    Results play and come home there, and photos and video are brought by dropping them onto the page.
    """
    from tui.start import real_services
    from tui.web.server import GuardedServer, check_guarded, is_loopback

    check_guarded(host, token)
    token = token or secrets.token_urlsafe(16)
    if is_loopback(host):
        say("On your own machine, run this and leave it open:")
        say(f"    {line_to_web(port)}")
        say("Then open this address in its browser:")
        say(f"    http://localhost:{port}/?token={token}")
    else:
        say(f"Anybody who has this address can see faces and start work: http://{host}:{port}/?token={token}")
        say("The connection is not encrypted; put it behind a proxy with TLS, or use ssh instead.")
    say("Ctrl-C ends it. Projects go on.")
    GuardedServer(real_services(_place(workspace)), host, port, token).listen()


def _is_at_terminal() -> bool:
    """Return whether a person can see and type, in a terminal or in a browser."""
    # Textual draws on standard error.
    return is_in_browser() or (sys.stdin.isatty() and sys.stderr.isatty())


def _place(workspace: Path | None) -> Path:
    return expanded(workspace or DEFAULT_WORKSPACE).absolute()
