"""`understudio gather`: pictures of a person from outside."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import MediaError
from engine.project.stage import ExitCode, Outcome
from engine.records.events import FailedEvent, parse_event
from engine.records.gather_request import (
    COMMONS_URL,
    DEFAULT_LICENCES,
    MOST_WANTED,
    OPEN_PROVIDERS,
    OPENVERSE_URL,
    USUAL_FACE_PX,
    USUALLY_WANTED,
    GatherProgress,
    GatherReport,
    GatherRequest,
    Licence,
    ProviderName,
    parse_gathered,
    read_links,
)
from engine.records.gather_text import CONSENT, refusal_words, report_lines
from engine.role import Role
from tui.commands.console import RewrittenLine, complain, duration, say
from tui.processes.gather_process import COMMAND

_REASONS_SHOWN = 3


def gather(
    topic: Annotated[
        str, typer.Argument(metavar="NAME-OR-TOPIC", help="Whom or what to look for, or the link of a picture.")
    ] = "",
    *,
    into: Annotated[Path, typer.Option(metavar="FOLDER", help="A project folder, or a new one.", show_default=False)],
    person: Annotated[
        Role, typer.Option(help="Whose pictures: who will appear, or who is replaced.", show_default=False)
    ],
    count: Annotated[
        int, typer.Option(min=1, max=MOST_WANTED, metavar="NUMBER", help="Pictures wanted.")
    ] = USUALLY_WANTED,
    provider: Annotated[
        list[ProviderName] | None,
        typer.Option(
            help="Whom to ask; may be repeated. Openverse and Commons name licences; DuckDuckGo and Bing do not, and "
            "need the library ddgs. Google lets no program search for pictures."
        ),
    ] = None,
    licence: Annotated[
        list[Licence] | None, typer.Option(help="Licences to take; may be repeated. Those that forbid changes are not.")
    ] = None,
    from_urls: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A text file with the link of a picture on each line.")
    ] = None,
    from_video: Annotated[
        Path | None, typer.Option(metavar="VIDEO", help="Take frames that differ from a video on this machine.")
    ] = None,
    like: Annotated[
        list[Path] | None, typer.Option(metavar="PICTURE", help="A picture of the person; others are left out.")
    ] = None,
    person_seen: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", help="Keep this one of the persons seen; fetches nothing.")
    ] = None,
    smallest_face: Annotated[
        int, typer.Option(min=16, max=1000, metavar="PIXELS", help="Least width of a face.")
    ] = USUAL_FACE_PX,
    contact: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Told to servers, as Wikimedia asks: your mail or web address.")
    ] = "",
    openverse_url: Annotated[str, typer.Option(metavar="URL", help="Where Openverse is.")] = OPENVERSE_URL,
    commons_url: Annotated[str, typer.Option(metavar="URL", help="Where Commons is.")] = COMMONS_URL,
) -> None:
    """Get pictures of a person from openly licensed collections, links, or a video."""
    if not (topic or from_urls or from_video or person_seen):
        raise typer.BadParameter("say whom or what to look for, or give --from-urls or --from-video")
    request = GatherRequest(
        into=into.absolute(),
        person=person,
        topic=topic.strip(),
        count=count,
        providers=tuple(provider or OPEN_PROVIDERS),
        licences=tuple(licence or DEFAULT_LICENCES),
        links=read_links(from_urls) if from_urls else (),
        video=_there(from_video) if from_video else None,
        like=tuple(_there(picture) for picture in like or ()),
        person_seen=person_seen,
        smallest_face_px=smallest_face,
        contact=contact,
        openverse_url=openverse_url,
        commons_url=commons_url,
    )
    report = _gathered(request)
    for line in report_lines(report):
        say(line)
    if not report.is_confirmed and len(report.persons) > 1:
        say("Another one? Add `--person-seen 2` (or 3 ...) to the same command; nothing is fetched again.")
    if report.outcome is Outcome.INTERRUPTED:
        say("Stopped. Nothing is lost: the same command goes on from here.")
        raise typer.Exit(ExitCode.INTERRUPTED)
    say(CONSENT)
    raise typer.Exit(ExitCode.DONE if report.kept else ExitCode.FAILED)


def _gathered(request: GatherRequest) -> GatherReport:
    """Have the engine gather, in a process of its own."""
    command = [*COMMAND, request.model_dump_json()]
    last = ""
    with (
        RewrittenLine() as line,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as child,
    ):
        assert child.stdout is not None
        while True:
            try:
                for text in child.stdout:
                    last = text
                    if isinstance(said := parse_gathered(text), GatherProgress):
                        line.write(progress_words(said))
                break
            except KeyboardInterrupt:
                # The child got it too, and tells what it has on its way out.
                continue
    said = parse_gathered(last)
    if isinstance(said, GatherReport):
        return said
    match parse_event(last):
        case FailedEvent(title=title, hint=hint):
            complain(title, hint)
        case _:
            complain("The gathering ended unexpectedly.", "Nothing is lost: the same command goes on from here.")
    raise typer.Exit(child.returncode if child.returncode in list(ExitCode) else ExitCode.BUG)


def progress_words(progress: GatherProgress) -> str:
    """Return how far it is, as one line."""
    parts = [f"Gathering  {progress.kept}/{progress.wanted} kept  {progress.looked_at} looked at"]
    if progress.rate:
        parts.append(f"{60 * progress.rate:.0f}/min")
    if progress.eta_seconds:
        parts.append(f"{duration(progress.eta_seconds)} left")
    if progress.refused:
        parts.append(f"left out: {refusal_words(progress.refused, _REASONS_SHOWN)}")
    return "  ".join([*parts, progress.message]).rstrip()


def _there(path: Path) -> Path:
    if not path.is_file():
        raise MediaError(f"{path} is not there.", "Check the name. Nothing was changed.")
    return path.absolute()
