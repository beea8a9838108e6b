"""`understudio explain`: the method step by step, on the user's own picture."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from engine.project.stage import ExitCode
from engine.records.events import FailedEvent, parse_event
from engine.records.explanation import PAGE, Explanation
from tui.commands.console import complain, say


def explain(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="A picture with a face in it.", show_default=False)],
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="A new folder for the pictures and the page.", show_default=False)
    ],
    project: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="A project with a trained model: show what it does with the photo, too."),
    ] = None,
) -> None:
    """Show how it works, step by step, on a photo of yours: pictures, and one page to open in a browser.

    With --project the photo must show the person who is replaced in it. Pictures with a swapped face are
    labelled and signed like every result.
    """
    explanation = _explained(photo, out, project)
    for number, step in enumerate(explanation.steps, start=1):
        say(f"{number:3}  {step.title}")
    if project is not None and not any(step.is_synthetic for step in explanation.steps):
        say("The project has no trained model yet, so its own steps are left out.")
    say(f"Open {out / PAGE} in a browser.")


def _explained(photo: Path, out: Path, project: Path | None) -> Explanation:
    """Have the engine explain, in a process of its own: strangers' files are not to be trusted."""
    is_new = not out.exists()
    command = [sys.executable, "-P", "-m", "engine", "explain", "--out", str(out)]
    if project is not None:
        command += ["--project", str(project)]
    ran = subprocess.run(
        [*command, "--", str(photo)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    last = ran.stdout.splitlines()[-1] if ran.stdout else ""
    if ran.returncode == 0:
        try:
            return Explanation.model_validate_json(last)
        except ValidationError:
            pass
    if is_new:
        # Only an empty one goes: nothing was written.
        with contextlib.suppress(OSError):
            out.rmdir()
    match parse_event(last):
        case FailedEvent(title=title, hint=hint):
            complain(title, hint)
        case _:
            complain("The explanation ended unexpectedly.", "Try another photo. Nothing is lost.")
    raise typer.Exit(ran.returncode if ran.returncode in list(ExitCode) and ran.returncode else ExitCode.BUG)
