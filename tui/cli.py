"""The `understudio` command: every word it knows; what one does lies in `tui.commands`, loaded when it is asked for."""

from __future__ import annotations

import importlib
import platform
import sys
import tempfile
import traceback
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import UnderstudioError
from engine.files import atomic
from engine.files.refusal import refusal_of
from engine.host.home import log_folder
from engine.project.stage import ExitCode
from tui.commands import wizard
from tui.commands.console import complain, open_missing_streams, say

_COMMANDS = {
    **{"new": "project", "again": "again", "add": "project", "run": "run", "check": "check", "explain": "explain"},
    **{"gather": "gather", "demo": "project", "doctor": "doctor"},
    **dict.fromkeys(("daemon", "status", "pause", "resume", "finish", "retry"), "daemon"),
    **{"results": "results", "verify": "trust", "consent": "trust", "forget": "trust", "web": "wizard"},
}
"""Each command, and the module of `tui.commands` where it lies, in the order in which the help shows them."""

_OF_THE_WIZARD = ("workspace", "graphics")
_WITH_VALUE = tuple(f"--{name}" for name in _OF_THE_WIZARD)


def built(names: Iterable[str] = tuple(_COMMANDS)) -> typer.Typer:
    """Return the command line with these commands; what they need is loaded."""
    app = typer.Typer(
        help=(
            "Replace one person's face in a video with another's, who agreed to it.\n\n"
            "Without a command, the wizard opens and asks for everything. "
            "Results are always labelled and signed as synthetic."
        ),
        no_args_is_help=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name in names:
        app.command()(getattr(importlib.import_module(f"tui.commands.{_COMMANDS[name]}"), name))
    app.callback(invoke_without_command=True)(_start)
    return app


def needed(words: Sequence[str]) -> tuple[str, ...]:
    """Return the commands that a command line asks for: none opens the wizard, and only help needs them all."""
    rest = iter(words)
    for word in rest:
        if word in _COMMANDS:
            return (word,)
        if word in _WITH_VALUE:
            next(rest, None)
        elif not word.startswith(tuple(f"{option}=" for option in _WITH_VALUE)):
            return tuple(_COMMANDS)
    return ()


def _start(
    context: typer.Context,
    workspace: Annotated[
        Path | None,
        typer.Option(
            envvar="UNDERSTUDIO_WORKSPACE", metavar="FOLDER", help="The folder of projects that the wizard shows."
        ),
    ] = None,
    graphics: Annotated[
        str, typer.Option(metavar="WORD", help="How pictures are drawn: half-cells works everywhere.")
    ] = "half-cells",
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """Open the wizard where no command is given."""
    if show_version:
        say(f"understudio {version('understudio')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        wizard.wizard(workspace, graphics)
        return
    for name in _OF_THE_WIZARD:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(f"--{name} goes behind the command: understudio {context.invoked_subcommand} …")


def main() -> None:
    """Run the command line; a failure is told in a sentence, and a traceback goes to a file."""
    open_missing_streams()
    try:
        built(needed(sys.argv[1:]))()
    except UnderstudioError as error:
        complain(error.title, error.hint)
        sys.exit(ExitCode.FAILED)
    except BrokenPipeError:
        sys.exit(ExitCode.DONE)
    except Exception as error:
        if isinstance(error, OSError) and (refusal := refusal_of(error)) is not None:
            complain(refusal.title, refusal.hint)
            sys.exit(ExitCode.FAILED)
        complain(
            f"Something went wrong inside Understudio ({type(error).__name__}: {error}).",
            f"Nothing is lost. The details are in {_keep_traceback(error)}.",
        )
        sys.exit(ExitCode.BUG)


def _keep_traceback(error: Exception) -> Path:
    """Write what a developer needs to a file and return where it lies."""
    text = f"understudio {version('understudio')}, Python {platform.python_version()}, {platform.platform()}\n"
    text += "".join(traceback.format_exception(error))
    try:
        path = log_folder() / "crash.txt"
        atomic.write_text(path, text)
    except (OSError, UnderstudioError):
        with tempfile.NamedTemporaryFile("w", prefix="understudio-crash-", suffix=".txt", delete=False) as file:
            file.write(text)
        path = Path(file.name)
    return path


if __name__ == "__main__":
    main()
