"""`understudio results`: the results of a project, those included that gave way to newer ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.errors import ProjectError
from engine.project.folder import ProjectFolder
from engine.records.kept_results import KeptResult, delete_kept, kept_results, rename_kept
from engine.text import printable
from tui.commands.console import say
from tui.format import megabytes
from tui.projects.results import results_of


def results(
    folder: Annotated[Path, typer.Argument(help="The project folder.", show_default=False)],
    rename: Annotated[
        tuple[str, str] | None, typer.Option(metavar="NAME NEW-NAME", help="Give an earlier result another name.")
    ] = None,
    delete: Annotated[str | None, typer.Option(metavar="NAME", help="Delete an earlier result for good.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """List the results of a project: the present one, and those that gave way to it, each with its video and settings.

    They lie in result/earlier/, a folder each, and are copied and fetched as any file.
    """
    place = ProjectFolder(folder.absolute())
    place.load()
    if rename is not None:
        rename_kept(_kept(place, rename[0]), rename[1])
    if delete is not None:
        going = _kept(place, delete)
        if not yes:
            say(f"“{printable(going.name)}” goes for good, video and report: {megabytes(going.size_bytes)}.")
            typer.confirm("Delete it?", abort=True)
        delete_kept(going)
    found = results_of(place)
    for view in found:
        say(f"{printable(view.name)}  ({view.made_at:%Y-%m-%d %H:%M}, {megabytes(view.size_bytes)})")
        say(f"  {view.headline} {view.words}")
        say(f"  {view.video}")
    if not found:
        say("There is no result yet.")


def _kept(folder: ProjectFolder, name: str) -> KeptResult:
    """Return an earlier result by its name.

    Raises:
        ProjectError: There is none.
    """
    found = {kept.name: kept for kept in kept_results(folder)}
    if name not in found:
        names = ", ".join(f"“{printable(each)}”" for each in found) or "there are none"
        raise ProjectError(
            f"There is no earlier result called “{printable(name)}”.",
            f"Those that there are: {names}. Nothing was changed.",
        )
    return found[name]
