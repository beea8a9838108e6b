"""`understudio daemon`, and the words that steer it: status, pause, resume, finish, retry."""

from __future__ import annotations

import datetime as dt
import logging
import os
import shlex
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from daemon.claims import Claims, Company
from daemon.commands import Change, change_project
from daemon.overview import Overview, read_overview
from daemon.presence import Pulses
from daemon.service import Service, ServiceOptions
from daemon.settings import load_settings
from daemon.status import Ear
from daemon.systemd import install_unit
from daemon.wake import StopFlag, Wake, stop_signals
from daemon.watch import watched
from daemon.workspace_lock import hold_workspace, is_looked_after
from engine.host.home import config_folder, expanded
from engine.host.machine import this_host
from engine.project.folder import ProjectFolder
from engine.project.stage import ExitCode, StageName
from engine.text import printable
from tui.commands.console import progress_line, say
from tui.commands.wizard import DEFAULT_WORKSPACE

WorkspaceArgument = Annotated[
    Path, typer.Argument(envvar="UNDERSTUDIO_WORKSPACE", help="The folder that holds your project folders.")
]
FolderArgument = Annotated[Path, typer.Argument(help="The project folder.", show_default=False)]
EngineOption = Annotated[str, typer.Option(envvar="UNDERSTUDIO_ENGINE", hidden=True, help="Another engine, for tests.")]

_WATCH_SECONDS = 1.0
_LONGEST_LINE = 10_000


def daemon(
    workspace: WorkspaceArgument = DEFAULT_WORKSPACE,
    once: Annotated[bool, typer.Option("--once", help="Leave when nothing is left to do; for cron.")] = False,
    install: Annotated[bool, typer.Option("--install", help="Write a systemd user unit instead of starting.")] = False,
    polling: Annotated[
        bool, typer.Option("--polling", help="Do without file events; for network file systems, which have none.")
    ] = False,
    engine: EngineOption = "",
) -> None:
    """Watch a folder: every project dropped into it is carried to its result, whatever happens in between."""
    workspace = expanded(workspace).absolute()
    if install:
        _install(workspace, polling=polling)
        return
    _log_to_stdout()
    options = ServiceOptions(once=once, command=_command(engine)) if engine else ServiceOptions(once=once)
    wake = Wake()
    shared = load_settings(workspace).shared
    with (
        stop_signals(wake) as stop,
        hold_workspace(workspace, dt.datetime.now(dt.UTC), polling=polling, shared=shared) as hold,
    ):
        claims = Claims(hold.own if hold.is_shared else None, hold.is_cut_off)
        company = Company(claims=claims, is_cut_off=hold.is_cut_off)
        service = Service(workspace, wake, stop, replace(options, company=company))
        try:
            with nullcontext() if polling or once else watched(workspace, service.hint):
                code = service.run()
        except OSError:
            if not hold.is_shared or _is_reached(workspace):
                raise
            logging.getLogger("daemon").warning("the disk is out of reach: it is begun anew when it is back")
            _begin_anew(workspace, wake, stop)
        if hold.is_cut_off():
            _begin_anew(workspace, wake, stop)
    raise typer.Exit(code)


def _is_reached(workspace: Path) -> bool:
    return os.access(workspace, os.R_OK | os.X_OK)


def _begin_anew(workspace: Path, wake: Wake, stop: StopFlag) -> NoReturn:
    """Become a new process when the disk is back: what this one holds there is lost, and cannot even be given back.

    The stages of this one end by themselves, since their standard input closes.
    """
    while not _is_reached(workspace):
        wake.sleep(_WATCH_SECONDS)
        if stop.is_set:
            os._exit(ExitCode.INTERRUPTED)
    os.execv(sys.executable, sys.orig_argv)


def status(
    workspace: WorkspaceArgument = DEFAULT_WORKSPACE,
    watch: Annotated[bool, typer.Option("--watch", help="Keep showing it, until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show how every project of a workspace stands."""
    workspace = expanded(workspace).absolute()
    pulses, ear = Pulses(workspace), Ear()
    try:
        while True:
            overview = read_overview(workspace, dt.datetime.now(dt.UTC), pulses, ear)
            _show(overview, as_json=as_json, is_live=watch)
            if not watch:
                return
            time.sleep(_WATCH_SECONDS)
    except KeyboardInterrupt:
        return


def pause(folder: FolderArgument) -> None:
    """Have a project stop at its next safe point and wait."""
    _steer(folder, Change.PAUSE)


def resume(folder: FolderArgument) -> None:
    """Have a paused project go on where it was."""
    _steer(folder, Change.RESUME)


def finish(folder: FolderArgument) -> None:
    """End training now with what was learnt so far, and convert."""
    _steer(folder, Change.FINISH)


def retry(folder: FolderArgument) -> None:
    """Give a failed project another try."""
    _steer(folder, Change.RETRY)


def _steer(path: Path, change: Change) -> None:
    folder = ProjectFolder(expanded(path).absolute())
    say(change_project(folder, change))
    if not is_looked_after(folder.path.parent, Pulses(folder.path.parent)):
        say(f"No daemon is at work there: `understudio daemon {shlex.quote(str(folder.path.parent))}` starts one.")


def _show(overview: Overview, *, as_json: bool, is_live: bool) -> None:
    if as_json:
        say(overview.model_dump_json(indent=None if is_live else 1))
        return
    if is_live and sys.stdout.isatty():
        typer.echo("\x1b[2J\x1b[H", nl=False)
    for line in _table(overview):
        say(line)


def _table(overview: Overview) -> list[str]:
    """Return the overview as lines of text, what is wrong beneath its project."""
    if not overview.projects:
        lines = [f"There is no project in {overview.workspace} yet."]
    else:
        width = max(12, *(len(printable(row.folder)) for row in overview.projects))
        lines = [f"{'PROJECT':<{width}}  STATE     WHAT"]
    for row in overview.projects:
        state = f"#{row.queue_position}" if row.queue_position else ""
        what = progress_line(row.progress) if row.progress and row.is_at_work else row.message
        if row.is_at_work and (len(overview.machines) > 1 or row.host not in ("", this_host().name)):
            what = f"on {row.host}: {what}"
        # Line by line, or a name with a line break in it would forge one.
        line = f"{printable(row.folder):<{width}}  {row.state:<9} {what} {state}".rstrip()
        lines.append(printable(line, _LONGEST_LINE))
        words = (printable(each, _LONGEST_LINE) for each in (row.hint, row.note, *row.persons, row.log) if each)
        lines += [f"{'':<{width}}            {each}" for each in words]
    lines += [printable(words, _LONGEST_LINE) for words in overview.closed]
    lines.append(_who_works(overview))
    return lines


def _who_works(overview: Overview) -> str:
    """Return who is at work where that is not plain: nobody, or several machines."""
    if not overview.is_daemon_at_work:
        return "No daemon is at work here: nothing goes on until one is started."
    names = [printable(name) for name in overview.machines]
    return f"At work here: {', '.join(names)}." if len(names) > 1 else ""


def _install(workspace: Path, *, polling: bool) -> None:
    # Without -P, a folder called `tui` in the user's home would be taken for ours.
    words = [sys.executable, "-P", "-m", "tui.cli", "daemon", *(["--polling"] if polling else []), str(workspace)]
    unit = install_unit(workspace, words, config_folder().parent)
    say(f"Wrote {unit}.")
    say("These two commands start it now and at every start of the machine, logged in or not:")
    say(f"  systemctl --user enable --now {unit.name}")
    say("  loginctl enable-linger")


def _command(engine: str) -> _OtherEngine:
    return _OtherEngine(tuple(shlex.split(engine)))


class _OtherEngine:
    """The command line of an engine that is not ours."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words

    def __call__(self, stage: StageName, folder: ProjectFolder) -> Sequence[str]:
        return [*self._words, stage.value, str(folder.path)]


class _OneLine(logging.Formatter):
    """Keeps what strangers named from forging a second line."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the message with nothing in it but letters."""
        return printable(super().formatMessage(record), longest=2000)


def _log_to_stdout() -> None:
    """Print one line an event; the journal of systemd adds the time itself, all others read it in UTC."""
    form = "%(message)s" if "JOURNAL_STREAM" in os.environ else "%(asctime)s %(message)s"
    handler = logging.StreamHandler(sys.stdout)
    lines = _OneLine(form, "%Y-%m-%d %H:%M:%SZ")
    lines.converter = time.gmtime
    handler.setFormatter(lines)
    log = logging.getLogger("daemon")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
