"""`understudio run`: one project, in the foreground, to its result."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from daemon.commands import Change, change_project
from daemon.foreground import RunResult, run_project
from engine.errors import PersonUnclear
from engine.project.checkpoints import checkpoint_folders
from engine.project.folder import ProjectFolder
from engine.project.markers import give_up_lost_result, remarks
from engine.project.persons import choose_person, persons_words, read_persons
from engine.project.stage import ExitCode, Progress, StageName
from engine.records.foretaste import FORETASTE_WORDS, foretaste_picture
from engine.records.grades import graded_figures
from engine.records.report import read_report
from engine.records.report_text import SAVE_ANEW, lacking_frames, sentences, summary
from engine.role import Role
from tui.commands.console import RewrittenLine, complain, progress_line, say

TargetPersonOption = Annotated[
    int | None,
    typer.Option(min=1, metavar="NUMBER", help="Which of the persons seen in the video is replaced."),
]
SourcePersonOption = Annotated[
    int | None,
    typer.Option(min=1, metavar="NUMBER", help="Which of the persons seen in the source's pictures will appear."),
]


def run(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The project folder.", show_default=False)],
    take_what_is_there: Annotated[
        bool,
        typer.Option("--take-what-is-there", help="Go on with a video that was not copied whole, as far as it goes."),
    ] = False,
    target_person: TargetPersonOption = None,
    source_person: SourcePersonOption = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Where several persons come close, take the one whose faces are largest.")
    ] = False,
) -> None:
    """Carry a project to its result, here and now. Started again, it goes on where it was."""
    project = ProjectFolder(folder.absolute())
    if take_what_is_there:
        say(change_project(project, Change.TAKE_WHAT_IS_THERE))
    for role, number in ((Role.TARGET, target_person), (Role.SOURCE, source_person)):
        if number is not None:
            choose_person(project, role, number)
    if give_up_lost_result(project):
        say("The finished video is no longer in result/: it is made again, without training.")
    run_to_the_end(project, takes_heaviest=yes)


def run_to_the_end(folder: ProjectFolder, *, takes_heaviest: bool = False) -> None:
    """Run what is left of a project, showing a line for each stage, and leave with its exit code.

    Args:
        folder: The project.
        takes_heaviest: Where it is not clear who is meant, take whoever weighs most instead of ending there.
    """
    stop = threading.Event()
    previous = [(number, signal.signal(number, lambda *_: stop.set())) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        with RewrittenLine() as line:
            lines = StageLines(line, folder)
            result = run_project(folder, lines.show, stop.is_set)
            while takes_heaviest and (role := _unclear_role(result)) is not None:
                choose_person(folder, role, read_persons(folder, role).heaviest.number)
                result = run_project(folder, lines.show, stop.is_set)
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


def _unclear_role(result: RunResult) -> Role | None:
    """Return of whom it has to be said who they are; None where that is not why a run has ended."""
    failure = result.failure
    return failure.role if failure is not None and failure.is_a(PersonUnclear) else None


class StageLines:
    """Turns progress into one line a stage; tells before training what the result cannot have, and who is taken."""

    def __init__(self, line: RewrittenLine, folder: ProjectFolder) -> None:
        self._line = line
        self._folder = folder
        self._stage: StageName | None = None
        self._remark = ""
        self._has_foretold = False

    def show(self, progress: Progress) -> None:
        """Show how far a stage is."""
        if progress.stage is StageName.TRAIN is not self._stage:
            persons = persons_words(self._folder, self._folder.load())
            for words in (remarks(self._folder, StageName.EXTRACT), *persons):
                if words:
                    self._line.say(words)
        if progress.remark and progress.remark != self._remark:
            self._line.say(progress.remark)
            self._remark = progress.remark
        if progress.stage is StageName.TRAIN:
            self._foretell()
        self._line.write(progress_line(progress), is_new=self._stage is not progress.stage)
        self._stage = progress.stage

    def _foretell(self) -> None:
        """Say once where the frame lies that was drawn before training; of a model there is more to say."""
        if self._has_foretold or checkpoint_folders(self._folder.checkpoints):
            return
        if (picture := foretaste_picture(self._folder)) is not None:
            self._has_foretold = True
            self._line.say(f"{FORETASTE_WORDS} It is at {picture}")


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
