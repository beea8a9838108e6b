"""Run one stage on one project folder: `python -m engine extract|train|convert|report FOLDER`.

Standard output carries one JSON object a line (`engine.records.events`), the last one telling how it ended; everything
that libraries print goes to standard error. When standard input closes, the process that started this one is gone, and
the stage stops at its next safe point. Further subcommands serve the screens (`engine.subcommands`).
"""

from __future__ import annotations

import argparse
import datetime as dt
import errno
import os
import platform
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TextIO

from engine import subcommands
from engine.cluster.executor import Cluster, told_cluster
from engine.errors import OutOfDisk, OutOfMemory, UnderstudioError
from engine.files.atomic import remove_what_the_dead_left
from engine.files.private_folder import make_private
from engine.files.refusal import refusal_of
from engine.host.machine import this_machine
from engine.process.child import (
    GRACE_SECONDS,
    claim_stderr,
    claim_stdout,
    confine_process,
    stop_event,
    write_line,
)
from engine.process.libraries import programs_kept
from engine.process.sandbox import bounds_for
from engine.process.workers import Pool, worker_pool
from engine.project.consent import require_consent, require_evidence
from engine.project.disk_trial import require_disk
from engine.project.fence import fenced
from engine.project.folder import FRAME_TABLES_VARIABLE, ProjectFolder
from engine.project.limits import forget_other_machines
from engine.project.lock import alone_on
from engine.project.markers import is_done, read_marker
from engine.project.own_parts import entries
from engine.project.settings import Project
from engine.project.stage import ExitCode, OnProgress, Outcome, Progress, ShouldStop, Stage, StageName
from engine.records.events import EndedEvent, FailedEvent, ProgressEvent
from engine.text import duration, log_line

_NUMBERS = re.compile(r"[0-9.,]+")
_MOST_LOGGED = 40
"""Of what a stage says that it does: it may name each of thousands of photographs."""

Work = Callable[[ProjectFolder, Project, StageName, OnProgress, ShouldStop], Outcome]
"""Does the work of one stage."""


def main(arguments: Sequence[str] | None = None, work: Work | None = None) -> int:
    """Run what the arguments ask for and return the exit code.

    Args:
        arguments: The command line; None takes the process's own.
        work: Does the work of a stage in place of the real one.
    """
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True)
    for stage in StageName:
        subparsers.add_parser(stage.value).add_argument("folder", type=Path)
    subcommands.add_parsers(subparsers)
    options = parser.parse_args(arguments)
    out = claim_stdout()
    serve = subcommands.work_for(options, out)
    if serve is not None:
        return _guarded(out, serve)
    folder, name = ProjectFolder(options.folder.absolute()), StageName(options.command)
    return _guarded(out, lambda: _run_stage(out, folder, name, work))


def _guarded(out: TextIO, work: Callable[[], Outcome]) -> int:
    """Run `work`; what it raises becomes the last line and the exit code."""
    try:
        outcome = work()
    except UnderstudioError as error:
        return _failure(out, error)
    except MemoryError:
        hint = "Close other programs, or choose a smaller batch_size or preset. Everything finished so far is kept."
        return _failure(out, OutOfMemory("The machine ran out of memory.", hint))
    except OSError as error:
        return _os_failure(out, error)
    except Exception as error:
        return _bug(out, error)
    return ExitCode.INTERRUPTED if outcome is Outcome.INTERRUPTED else ExitCode.DONE


def _failure(out: TextIO, error: UnderstudioError) -> int:
    """Report a failure that a person can act on, in the log too."""
    _log(f"{error.title} {error.hint}")
    write_line(out, FailedEvent.of(error))
    return ExitCode.FAILED


def _log(text: str) -> None:
    """Write a line with the time, in UTC, to the log, so that the stages are found between what libraries print."""
    print(log_line(text), file=sys.stderr, flush=True)


def _os_failure(out: TextIO, error: OSError) -> int:
    """Report an error of the operating system: a full disk or missing rights are no bugs."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "Free some space and start again. Everything finished so far is kept."
        return _failure(out, OutOfDisk("The disk is full.", hint))
    refusal = refusal_of(error)
    return _bug(out, error) if refusal is None else _failure(out, refusal)


def _bug(out: TextIO, error: Exception) -> int:
    _log(f"Python {platform.python_version()}")
    traceback.print_exception(error, file=sys.stderr)
    title = f"Something went wrong inside Understudio ({type(error).__name__})."
    hint = "Everything finished so far is kept; starting again goes on from there. The log has the details."
    write_line(out, FailedEvent.bug(title, hint))
    return ExitCode.BUG


def _run_stage(out: TextIO, folder: ProjectFolder, name: StageName, work: Work | None) -> Outcome:
    """Run a stage within its bounds and under the project's lock, unless it is done already."""
    began = time.monotonic()
    _log(f"{name} begins")
    project = folder.load()
    require_consent(project, dt.date.today())
    require_evidence(folder, project)
    make_private(folder.work)
    claim_stderr(folder.chatter_file)
    os.environ[FRAME_TABLES_VARIABLE] = str(folder.frame_tables)
    from engine.provenance.certificate import signing_places_made

    programs = programs_kept(folder.path) if name.facts.computes else None
    # What is started later on reaches no network.
    cluster = told_cluster(name, folder)
    confine_process(bounds_for(name, folder.path, signing_places_made(), programs), out)
    stop = stop_event()
    report = _reporter(out) if cluster is None else cluster.telling(_reporter(out))

    def waiting(whom: str = "an earlier run") -> bool:
        report(Progress(stage=name, done=0, total=0, message=f"waiting for {whom} to end"))
        return not stop.is_set()

    # A run started right after one that was killed meets a stage on its way to a safe point.
    alone = alone_on(folder, patience=GRACE_SECONDS + 5.0, waiting=waiting)
    with alone, fenced(folder, lambda host: waiting(f"an earlier run on {host}")), cluster or nullcontext():
        outcome = Outcome.DONE
        require_disk(folder.work)
        for place in (folder.work, *entries(folder.work)):
            remove_what_the_dead_left(place)
        # Whoever started it through a queue learns that its turn has come.
        report(Progress(stage=name, done=0, total=0, message="starting"))
        forget_other_machines(folder, this_machine())
        if not is_done(folder, project, name):
            outcome = (work or partial(_work, hands=_hands(cluster, stop)))(folder, project, name, report, stop.is_set)
    _log(f"{name} is {outcome} after {duration(time.monotonic() - began)}{_figures(folder, name, outcome)}")
    write_line(out, EndedEvent(outcome=outcome))
    return outcome


def _hands(cluster: Cluster | None, stop: threading.Event) -> Pool:
    """Return what makes the workers of a stage; where they are a cluster's, and it is gone, the stage is to stop."""
    if cluster is None:
        return worker_pool

    def lost(why: str) -> None:
        _log(why)
        stop.set()

    return cluster.pool(lost)


def _work(
    folder: ProjectFolder,
    project: Project,
    name: StageName,
    report: OnProgress,
    should_stop: ShouldStop,
    *,
    hands: Pool,
) -> Outcome:
    """Run a stage; no media are used that were not checked for sexual content."""
    if name.facts.learns:
        from engine.provenance.content import check_content

        if check_content(folder, project, report, should_stop, stage=name) is None:
            return Outcome.INTERRUPTED
    if name is StageName.TRAIN:
        from engine.stages.foretaste import foretell

        if failed := foretell(folder, project, report, should_stop):
            _log(f"The frame about what the video will be was not drawn. {failed} Training begins without it.")
    return _stage(name, hands).run(folder, project, report, should_stop)


def _figures(folder: ProjectFolder, name: StageName, outcome: Outcome) -> str:
    """Return what a stage found and decided, for the log."""
    marker = read_marker(folder, name) if outcome is Outcome.DONE else None
    if marker is None:
        return ""
    return "".join(f"; {what.replace('_', ' ')}: {figure}" for what, figure in marker.figures.items() if figure != "")


def _reporter(out: TextIO) -> OnProgress:
    """Return what passes progress on, and keeps in the log what is being done, and on what, whenever that is new."""
    logged: set[str] = set()

    def report(progress: Progress) -> None:
        write_line(out, ProgressEvent(progress=progress))
        device = f"computing on {progress.device}" if progress.device else ""
        for said in (device, progress.message, progress.remark):
            # The same with other numbers is nothing new.
            kind = _NUMBERS.sub("", said)
            if said and kind not in logged and len(logged) < _MOST_LOGGED:
                logged.add(kind)
                _log(f"{progress.stage}: {said}")

    return report


def _stage(name: StageName, hands: Pool) -> Stage:
    """Return the stage, loading only the libraries that it needs."""
    match name:
        case StageName.EXTRACT:
            from engine.stages.extract import Extract

            return Extract(hands)
        case StageName.TRAIN:
            from engine.stages.train import Train

            return Train()
        case StageName.CONVERT:
            from engine.stages.convert import Convert

            return Convert(hands)
        case StageName.REPORT:
            from engine.stages.report import Report as ReportStage

            return ReportStage()


if __name__ == "__main__":
    sys.exit(main())
