"""Run one stage on one project folder: `python -m engine extract|train|convert|report FOLDER`.

Standard output carries one JSON object a line (`engine.events`), the last one telling how it ended; everything that
libraries print goes to standard error. Standard input is the lifeline: when it closes, whoever started this is gone,
and the stage stops at its next safe point. Further words serve the screens: `check`, `calibrate`,
`gather` and `doctor`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import errno
import json
import os
import platform
import signal
import stat
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from pydantic import BaseModel

from engine.errors import OutOfDisk, OutOfMemory, ProjectError, UnderstudioError
from engine.events import EndedEvent, Event, FailedEvent, ProgressEvent
from engine.folder import ProjectFolder
from engine.lock import alone_on
from engine.project import Preset, Project, require_consent
from engine.sandbox import Bounds, bounds_for, confine, looking
from engine.stage import ExitCode, Outcome, Progress, Report, ShouldStop, Stage, StageName, is_done

_GRACE_SECONDS = 20.0
"""How long a stage whose starter is gone may take to its next safe point before it is cut off."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    words = parser.add_subparsers(dest="word", required=True)
    for stage in StageName:
        words.add_parser(stage.value).add_argument("folder", type=Path)
    check = words.add_parser("check")
    check.add_argument("paths", type=Path, nargs="+")
    check.add_argument("--thumbnails", type=Path, required=True)
    words.add_parser("gather").add_argument("wish", help="a GatherWish as JSON")
    words.add_parser("calibrate").add_argument("presets", type=Preset, nargs="+")
    words.add_parser("doctor").add_argument("folder", type=Path, nargs="?", default=Path())
    options = parser.parse_args(arguments)
    out = _claim_stdout()
    if options.word == "check":
        return _guarded(out, lambda: _check(out, options.paths, options.thumbnails))
    if options.word == "gather":
        return _guarded(out, lambda: _gather(out, options.wish))
    if options.word == "calibrate":
        return _guarded(out, lambda: _calibrate(out, options.presets))
    if options.word == "doctor":
        return _guarded(out, lambda: _doctor(out, options.folder))
    return _guarded(out, lambda: _run_stage(out, ProjectFolder(options.folder.absolute()), StageName(options.word)))


def _claim_stdout() -> TextIO:
    """Return the real standard output, and send everything that others print there to standard error."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def _follow_starter(stop: threading.Event) -> None:
    """Ask to stop when standard input closes; a terminal or an absent input says nothing about the starter."""
    if sys.stdin is None or sys.stdin.isatty() or not _is_pipe(sys.stdin.fileno()):
        return

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        stop.set()
        threading.Event().wait(_GRACE_SECONDS)
        os._exit(ExitCode.INTERRUPTED)

    threading.Thread(target=wait, daemon=True, name="lifeline").start()


def _is_pipe(descriptor: int) -> bool:
    return stat.S_ISFIFO(os.fstat(descriptor).st_mode)


def _guarded(out: TextIO, work: Callable[[], Outcome]) -> int:
    """Run `work`; what it raises becomes the last line and the exit code."""
    try:
        outcome = work()
    except UnderstudioError as error:
        _say(out, FailedEvent(kind=type(error).__name__, title=error.title, hint=error.hint))
        return ExitCode.FAILED
    except MemoryError:
        hint = "Close other programs, or choose a smaller batch_size or preset. Everything finished so far is kept."
        _say(out, FailedEvent(kind=OutOfMemory.__name__, title="The machine ran out of memory.", hint=hint))
        return ExitCode.FAILED
    except OSError as error:
        return _os_failure(out, error)
    except Exception as error:
        return _bug(out, error)
    return ExitCode.INTERRUPTED if outcome is Outcome.INTERRUPTED else ExitCode.DONE


def _os_failure(out: TextIO, error: OSError) -> int:
    """Tell the failures of the machine apart from our own."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "Free some space and start again. Everything finished so far is kept."
        _say(out, FailedEvent(kind=OutOfDisk.__name__, title="The disk is full.", hint=hint))
        return ExitCode.FAILED
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        title = f"This file or folder may not be used: {error.filename}."
        _say(out, FailedEvent(kind=ProjectError.__name__, title=title, hint="Check whose it is. Nothing is lost."))
        return ExitCode.FAILED
    return _bug(out, error)


def _bug(out: TextIO, error: Exception) -> int:
    print(f"{dt.datetime.now().isoformat(timespec='seconds')} Python {platform.python_version()}", file=sys.stderr)
    traceback.print_exception(error, file=sys.stderr)
    title = f"Something went wrong inside Understudio ({type(error).__name__})."
    hint = "Everything finished so far is kept; starting again goes on from there. The log has the details."
    _say(out, FailedEvent(kind="Bug", title=title, hint=hint))
    return ExitCode.BUG


def _say(out: TextIO, event: Event) -> None:
    _write(out, event)


def _write(out: TextIO, said: BaseModel) -> None:
    out.write(said.model_dump_json() + "\n")
    out.flush()


def _run_stage(out: TextIO, folder: ProjectFolder, name: StageName) -> Outcome:
    """Run a stage within its bounds and under the project's lock, unless it is done already."""
    project = folder.load()
    require_consent(project, dt.date.today())
    folder.work.mkdir(mode=0o700, exist_ok=True)
    _confine(bounds_for(name, folder.path, _signing_places()))
    stop = _stop_when_asked()
    report = _reporter(out)

    def waiting() -> bool:
        report(Progress(stage=name, done=0, total=0, message="waiting for an earlier run to end"))
        return not stop.is_set()

    # A run started right after one that was killed meets a stage on its way to a safe point.
    with alone_on(folder, patience=_GRACE_SECONDS + 5.0, waiting=waiting):
        outcome = Outcome.DONE
        if not is_done(folder, project, name):
            outcome = _work(folder, project, name, report, stop.is_set)
    _say(out, EndedEvent(outcome=outcome))
    return outcome


def _signing_places() -> tuple[Path, ...]:
    """Return where the certificate lies, made at first use and outside the project: within bounds it is too late."""
    from engine.provenance.certificate import signing_identity, signing_places

    signing_identity()
    return signing_places()


def _stop_when_asked() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _follow_starter(stop)
    return stop


def _confine(bounds: Bounds) -> None:
    """Give up what is not needed, before any thread or library is there that would keep it."""
    # moviepy would read settings of other programs from `.env` files in the folders around it.
    os.environ["PYTHON_DOTENV_DISABLED"] = "1"
    for lacking in confine(bounds):
        print(f"This machine does not offer: {lacking}.", file=sys.stderr)


def _work(folder: ProjectFolder, project: Project, name: StageName, report: Report, should_stop: ShouldStop) -> Outcome:
    """Run a stage; nothing is learnt from pictures that were not looked at."""
    if name in (StageName.EXTRACT, StageName.TRAIN):
        from engine.provenance.content import check_content

        if check_content(folder, project, report, should_stop, stage=name) is None:
            return Outcome.INTERRUPTED
    return _stage(name).run(folder, project, report, should_stop)


def _reporter(out: TextIO) -> Report:
    def report(progress: Progress) -> None:
        _say(out, ProgressEvent(progress=progress))

    return report


def _stage(name: StageName) -> Stage:
    """Return the stage, loading only the libraries that it needs."""
    match name:
        case StageName.EXTRACT:
            from engine.stages.extract import Extract

            return Extract()
        case StageName.TRAIN:
            from engine.stages.train import Train

            return Train()
        case StageName.CONVERT:
            from engine.stages.convert import Convert

            return Convert()
        case StageName.REPORT:
            from engine.stages.report import Report as ReportStage

            return ReportStage()


def _check(out: TextIO, paths: Sequence[Path], thumbnails: Path) -> Outcome:
    """Print progress as JSON lines and the report as the last one."""
    thumbnails.mkdir(parents=True, exist_ok=True)
    _confine(looking([thumbnails], [path.absolute() for path in paths]))
    from engine.check import check

    def progress(done: int, total: int) -> None:
        out.write(json.dumps({"event": "checked", "done": done, "total": total}) + "\n")

    out.write(check(paths, thumbnails, progress).model_dump_json() + "\n")
    return Outcome.DONE


def _gather(out: TextIO, text: str) -> Outcome:
    """Print progress as JSON lines and the report as the last one. Of all words, this one alone has the network."""
    from engine.gather.run import gather
    from engine.gather.wish import GatherWish

    wish = GatherWish.model_validate_json(text)
    gathered = gather(wish, lambda progress: _write(out, progress), _stop_when_asked().is_set)
    _write(out, gathered)
    return gathered.outcome


def _calibrate(out: TextIO, presets: Sequence[Preset]) -> Outcome:
    """Print how fast each preset learns, one a line."""
    _confine(Bounds(writable=()))
    _follow_starter(threading.Event())
    from engine.calibrate import calibrate

    calibrate(presets, lambda pace: print(pace.model_dump_json(), file=out, flush=True))
    return Outcome.DONE


def _doctor(out: TextIO, folder: Path) -> Outcome:
    """Print one finding a line."""
    from engine.doctor import examine

    for finding in examine(folder):
        out.write(finding.model_dump_json() + "\n")
    return Outcome.DONE


if __name__ == "__main__":
    sys.exit(main())
