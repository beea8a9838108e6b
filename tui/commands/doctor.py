"""`understudio doctor`: what can this machine do?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from daemon.settings import load_settings
from engine.doctor import Finding, Level
from engine.errors import ProjectError
from tui.commands.console import complain, say
from tui.terminal.facts import more_than_this, terminal_words


def doctor(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where projects will lie; what its disk can do is tried out.")
    ] = Path(),
) -> None:
    """Say what this machine can do, and what would be slow or is missing."""
    command = [sys.executable, "-P", "-m", "engine", "doctor", str(folder)]
    is_fatal, told = False, {}
    try:
        told = dict(load_settings(folder).for_stages())
    except ProjectError as error:
        _say_row(Level.FATAL.sign, "Settings", f"{error.title} {error.hint}")
        is_fatal = True
    # The engine looks in a process of its own: it has to load Keras to see the graphics card.
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **told}
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            finding = Finding.model_validate_json(line)
            is_fatal = is_fatal or finding.level is Level.FATAL
            _say_row(finding.level.sign, finding.about, finding.words)
    if child.returncode != 0:
        complain("The engine could not be started to look further.", "Run the installation again: make install.")
        is_fatal = True
    _say_terminal()
    if is_fatal:
        raise typer.Exit(3)


def _say_terminal() -> None:
    """Say what the wizard would look like here; a pipe behind the command changes nothing of that."""
    console = Console(force_terminal=True)
    _say_row(Level.FINE.sign, "Terminal", terminal_words(console))
    if better := more_than_this(console):
        _say_row("", "", better)


def _say_row(sign: str, about: str, words: str) -> None:
    say(f"{sign:<7}{about:<28}{words}")
