"""`understudio` without a word, and `understudio web`: the wizard in the terminal and in a browser."""

from __future__ import annotations

from pathlib import Path

DEFAULT_WORKSPACE = Path("~/understudio")
"""Where projects are kept unless UNDERSTUDIO_WORKSPACE or an option says otherwise."""


def wizard(workspace: Path | None) -> None:
    """Open the wizard over a workspace, which is made with its first project."""
    from tui.app import make_wizard

    make_wizard((workspace or DEFAULT_WORKSPACE).expanduser().absolute()).run()


def web() -> None:
    """Show the wizard in a browser, through an ssh tunnel."""
