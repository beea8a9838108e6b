"""`understudio verify`, `consent` and `forget`: prove what was made, see what was agreed to, and unmake it."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from engine.project.change_consent import withdraw_consent
from engine.project.folder import ProjectFolder
from engine.project.forget import TOMBSTONE, Doomed
from engine.project.forget import doomed as doomed_by
from engine.project.stage import ExitCode
from engine.records.events import FailedEvent, parse_event
from engine.records.verification import Verification, VerificationReport, worst
from engine.records.verification import in_words as verified_in_words
from engine.role import Role
from engine.text import printable
from tui.commands.console import complain, say
from tui.drafts.store import DraftStore
from tui.projects.consent_text import OUT_OF_REACH, consent_facts, consent_problem
from tui.projects.deleting import delete, in_words


def verify(
    files: Annotated[list[Path], typer.Argument(help="Videos or pictures, anybody's.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings for programs.")] = False,
    project: Annotated[
        Path | None, typer.Option(help="A project folder: was the file made under its consent record?")
    ] = None,
) -> None:
    """Was it made by Understudio, and is it unchanged?

    For scripts: 0 made by Understudio, unchanged, signed by this machine; 4 the same, by a signer unknown here;
    5 unchanged, but the consent record differs; 6 the signed mark was removed; 7 changed; 8 not made by Understudio;
    9 cannot be read. Of several files, the highest number counts.
    """
    consent = ProjectFolder(project.absolute()).load().consent.fingerprint() if project else None
    report = _verified(files, consent)
    if as_json:
        say(report.model_dump_json(indent=1))
    else:
        _show(report)
    raise typer.Exit(worst(report.files))


def forget(
    folder: Annotated[Path, typer.Argument(help="The project folder.", show_default=False)],
    media_too: Annotated[
        bool, typer.Option("--media-too", help="Also delete the photos, videos, evidence and settings you put in.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete faces, model, previews, results and caches of a project.

    A note is left that says when, without names. Copies that were made elsewhere, backups included, are out of reach.
    """
    place = ProjectFolder(folder.absolute())
    going = doomed_by(place, media_too=media_too)
    if not going:
        say("There is nothing to delete.")
        return
    if not yes:
        _list("This will be deleted for good:", going)
        typer.confirm("Delete it?", abort=True)
    gone = delete(place, DraftStore(place.path.parent), dt.datetime.now(dt.UTC), media_too=media_too)
    _list("Deleted:", gone)
    say(f"{TOMBSTONE} in {printable(str(place.path))} says so, and names nobody.")
    if not media_too:
        say("What you put in is still there, and the project is paused; --media-too deletes that as well.")


def consent(
    folder: Annotated[Path, typer.Argument(help="The project folder.", show_default=False)],
    withdraw: Annotated[
        Role | None, typer.Option(help="Record that this person takes their consent back: nothing runs any more.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Show what both people agreed to, and whether it holds; or record that one of them takes it back.

    For scripts: 0 both consents hold, 3 one does not.
    """
    place, today = ProjectFolder(folder.absolute()), dt.date.today()
    if withdraw is not None and withdraw not in place.load().consent.withdrawn:
        if not yes:
            say(f"Then {withdraw.person} no longer agrees, as of today, and nothing of this project runs any more.")
            typer.confirm("Withdraw it?", abort=True)
        withdraw_consent(place, withdraw, today)
    project = place.load()
    problems = {role: consent_problem(role, project, place, today) for role in Role}
    for role, problem in problems.items():
        say(f"{role.person.capitalize()}: {'holds' if problem is None else problem.title}")
        for label, value in consent_facts(project.consent.of(role)):
            say(f"  {label + ':':<20}{printable(value, longest=4000)}")
    if project.consent.withdrawn:
        _say_what_is_left(place, folder)
    raise typer.Exit(ExitCode.FAILED if any(problems.values()) else ExitCode.DONE)


def _say_what_is_left(place: ProjectFolder, folder: Path) -> None:
    """Say what there still is of a project to which somebody no longer agrees."""
    if left := doomed_by(place):
        _list("Nothing runs any more. Still there:", left)
        say(f"`understudio forget {folder}` deletes it; --media-too your own photos, videos and settings as well.")
        say(OUT_OF_REACH)


def _verified(files: Sequence[Path], consent: str | None) -> VerificationReport:
    """Have a process of its own look: strangers' files are not to be trusted."""
    command = [sys.executable, "-P", "-m", "engine.provenance", *(["--consent", consent] if consent else []), "--"]
    child = subprocess.run(
        [*command, *map(str, files)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if child.returncode == 0:
        return VerificationReport.model_validate_json(child.stdout)
    match parse_event(child.stdout):
        case FailedEvent(title=title, hint=hint):
            complain(title, hint)
        case _:
            complain("The look at these files ended unexpectedly.", "Try them one by one, to find the one that it is.")
    raise typer.Exit(child.returncode if child.returncode in list(ExitCode) else ExitCode.BUG)


def _show(report: VerificationReport) -> None:
    for found in report.files:
        _show_one(found, is_named=len(report.files) > 1)
    if report.meaning:
        say(report.meaning)


def _show_one(found: Verification, *, is_named: bool) -> None:
    first, *rest = map(printable_sentence, verified_in_words(found))
    say(f"{printable(found.file)}: {first}" if is_named else first)
    for line in rest:
        say(f"  {line}")


def printable_sentence(line: str) -> str:
    """Return a finding fit for the terminal: makers, signers and reasons are strangers' words."""
    return printable(line, longest=1200)


def _list(title: str, things: Sequence[Doomed]) -> None:
    say(title)
    for line in in_words(things):
        say(f"  {line}")
