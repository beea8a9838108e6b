"""`understudio check`: what is in these pictures and videos, and would they do?"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from engine.project.folder import ProjectFolder
from engine.project.stage import ExitCode
from engine.records.check import CheckReport, ValueRange, advise_on_video
from engine.records.coverage import FEWEST_COMPARED, Lack, lacking, of_person
from engine.records.events import FailedEvent, parse_event
from engine.role import Role
from engine.text import counted, printable
from tui.commands.console import RewrittenLine, complain, say


def check(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Pictures, videos, or folders of them.", show_default=False)
    ],
    video: Annotated[
        Path | None,
        typer.Option(
            metavar="VIDEO", help="The video to change: say what it shows a face doing and the pictures do not."
        ),
    ] = None,
    thumbnails: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where to put a picture of each person seen, and one of all; a temporary folder otherwise.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings for programs.")] = False,
) -> None:
    """Look through pictures and videos: faces, persons, and what would make a better swap.

    Of a project folder, both people's media are looked at, and compared.
    """
    folder = thumbnails or Path(tempfile.mkdtemp(prefix="understudio-check-"))
    compared = _both_of(paths, video)
    if compared is None:
        report = _look(paths, folder, quiet=as_json)
        _say_all([report.model_dump_json(indent=1)] if as_json else _in_words(report, report.advice))
        return
    reports = {role: _look(compared.paths[role], folder / role, quiet=as_json) for role in Role}
    seen = {role: of_person(report.faces_seen, compared.numbers[role]) for role, report in reports.items()}
    lacks = lacking(seen[Role.SOURCE], seen[Role.TARGET])
    if as_json:
        found = {role.value: report.model_dump(mode="json") for role, report in reports.items()}
        say(json.dumps({**found, "lacking": [lack.words for lack in lacks]}, indent=1))
        return
    for role, report in reports.items():
        say(f"{role.value.capitalize()}, {role.person}:")
        _say_all(_in_words(report, report.advice if role is Role.SOURCE else advise_on_video(report)))
    _say_all(_compared_words(lacks, min(map(len, seen.values()))))


@dataclass(frozen=True)
class _Compared:
    """Media of both people."""

    paths: dict[Role, list[Path]]
    numbers: dict[Role, int]
    """Which of the persons seen is meant."""


def _both_of(paths: list[Path], video: Path | None) -> _Compared | None:
    """Return both people's media; None where there is nothing to compare."""
    if video is not None:
        return _Compared({Role.SOURCE: paths, Role.TARGET: [video]}, dict.fromkeys(Role, 1))
    folder = ProjectFolder(paths[0].absolute())
    if len(paths) > 1 or not folder.project_file.is_file():
        return None
    project = folder.load()
    numbers = {role: project.person_of(role) or 1 for role in Role}
    return _Compared({Role.SOURCE: [folder.source], Role.TARGET: [folder.target]}, numbers)


def _compared_words(lacks: list[Lack], faces: int) -> Iterator[str]:
    """Yield what the source's pictures lack, given how many faces were seen of the one of whom there are fewer."""
    if faces < FEWEST_COMPARED:
        yield "Too few faces were seen to say what the source's pictures lack."
    elif lacks:
        yield "What the source's pictures lack, of those looked at; where the video shows it, the swap will do less:"
        yield from (f"  {lack.words}" for lack in lacks)
        yield "Add pictures or a video of the source that show it."
    else:
        yield "What the face does in the video, the source's pictures show as well, as far as they were looked at."


def _say_all(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def _look(paths: list[Path], thumbnails: Path, *, quiet: bool) -> CheckReport:
    """Have the engine look, in a process of its own: dlib is heavy and strangers' files are not to be trusted."""
    command = [sys.executable, "-P", "-m", "engine", "check", "--thumbnails", str(thumbnails), "--", *map(str, paths)]
    last = ""
    with (
        RewrittenLine() as line,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child,
    ):
        assert child.stdout is not None
        for text in child.stdout:
            last = text
            if not quiet and text.startswith('{"event": "checked"'):
                seen = json.loads(text)
                line.write(f"Looking: {seen['done']} of {seen['total']}")
    if child.returncode == 0:
        return CheckReport.model_validate_json(last)
    match parse_event(last):
        case FailedEvent(title=title, hint=hint):
            complain(title, hint)
        case _:
            complain("The look through the media ended unexpectedly.", "Try fewer files, to find the one that it is.")
    raise typer.Exit(child.returncode if child.returncode in list(ExitCode) else ExitCode.BUG)


def _in_words(report: CheckReport, advice: Sequence[str]) -> Iterator[str]:
    yield (
        f"Looked at {report.photos_seen} of {report.photos} photos and {report.frames_seen} of {report.frames} frames "
        f"in {counted(report.videos, 'video')}; found {report.faces} faces."
    )
    for person in report.persons:
        still = ", never moves, as a photograph does not" if person.is_still else ""
        shares = f"{person.share:.0%} of the faces, {person.weight:.0%} by their area{still}"
        yield f"  person {person.number}: {shares}; picture: {person.thumbnail}"
    if report.numbered is not None:
        yield f"  who is who, in whole frames: {report.numbered}"
    yield from _spread("turned left to right", report.yaw, "°")
    if report.pitch is not None:
        looks = f"{report.pitch.lowest:.0f} to {report.pitch.highest:.0f}° from how the head is mostly held"
        yield f"  {'looking up to down:':<23}{looks}"
    yield from _spread("width of the face", report.width_px, " px")
    yield from _spread("sharpness", report.sharpness, "")
    yield from _spread("brightness", report.brightness, " of 255")
    for file in report.skipped:
        yield f"  left out: {printable(str(file.path))}: {file.reason}"
    yield from advice


def _spread(name: str, spread: ValueRange | None, unit: str) -> Iterator[str]:
    if spread is not None:
        numbers = f"{spread.lowest:.0f} to {spread.highest:.0f}{unit}, half below {spread.median:.0f}{unit}"
        yield f"  {name + ':':<23}{numbers}"
