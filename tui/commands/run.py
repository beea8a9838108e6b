"""`understudio run`: one project, in the foreground, to its result."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from daemon.commands import Change, change_project
from daemon.foreground import run_project
from engine.project.folder import ProjectFolder
from engine.project.markers import remarks
from engine.project.stage import ExitCode, Progress, StageName
from engine.records.grades import graded_figures
from engine.records.report import read_report
from engine.records.report_text import SAVE_ANEW, lacking_frames, sentences, summary
from tui.commands.console import RewrittenLine, complain, progress_line, say


def run(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The project folder.", show_default=False)],
    take_what_is_there: Annotated[
        bool,
        typer.Option("--take-what-is-there", help="Go on with a video that was not copied whole, as far as it goes."),
    ] = False,
) -> None:
    """Carry a project to its result, here and now. Started again, it goes on where it was."""
    project = ProjectFolder(folder.absolute())
    if take_what_is_there:
        say(change_project(project, Change.TAKE_WHAT_IS_THERE))
    run_to_the_end(project)


def run_to_the_end(folder: ProjectFolder) -> None:
    """Run what is left of a project, showing a line for each stage, and leave with its exit code."""
    stop = threading.Event()
    previous = [(number, signal.signal(number, lambda *_: stop.set())) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        with RewrittenLine() as line:
            result = run_project(folder, _StageLines(line, folder).show, stop.is_set)
    finally:
        for number, handler in previous:
            signal.signal(number, handler)
    match result.exit_code:
        case ExitCode.DONE:
            raise typer.Exit(show_result(folder))
        case ExitCode.INTERRUPTED:
            say(f"Stopped. Nothing is lost: `understudio run {folder.path}` goes on from here.")
        case _:
            complain(result.title, result.hint)
            say(f"The log is at {folder.log_file}.")
    raise typer.Exit(result.exit_code)


class _StageLines:
    """Turns progress into one line a stage; before training, it is said what the result cannot have of its video."""

    def __init__(self, line: RewrittenLine, folder: ProjectFolder) -> None:
        self._line = line
        self._folder = folder
        self._stage: StageName | None = None

    def show(self, progress: Progress) -> None:
        if progress.stage is StageName.TRAIN is not self._stage and (said := remarks(self._folder, StageName.EXTRACT)):
            self._line.end()
            say(said)
        self._line.write(progress_line(progress), is_new=self._stage is not progress.stage)
        self._stage = progress.stage


def show_result(folder: ProjectFolder) -> ExitCode:
    """Print where the result lies and how good it is; return DONE, or FAILED where it lacks frames of the original."""
    report = read_report(folder.report_json)
    lacking = lacking_frames(report) if report is not None else ""
    say("")
    if lacking:
        complain(lacking, SAVE_ANEW)
    if report is not None:
        say(summary(report))
        for figure in graded_figures(report):
            say(f"{figure.title}: {figure.value}, {figure.grade}. {figure.meaning}")
        for sentence in sentences(report):
            if sentence != lacking:
                say(sentence)
        say("")
        done = "" if lacking else "Done. "
        say(f"{f'{done}The finished video:':<25}  {folder.result / report.result}")
        say(f"Before and after, moving:  {folder.compare_video}")
        say(f"Before and after, still:   {folder.result / report.preview}")
    say(f"Report with pictures:      {folder.report_html}")
    return ExitCode.FAILED if lacking else ExitCode.DONE
