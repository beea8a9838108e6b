"""The engine's subcommands that are not stages: `check`, `explain`, `blend`, `foretaste`, `gather`, and others."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, TextIO

from engine.dask_scheduler import told_scheduler
from engine.process.child import confine_process, stop_event, stop_with_parent, write_line
from engine.process.libraries import prepare_libraries, programs_kept
from engine.process.sandbox import Bounds, bounds_for, confine, inspection_bounds, library_caches
from engine.project.consent import require_consent, require_evidence
from engine.project.folder import FRAME_TABLES_VARIABLE, ProjectFolder
from engine.project.presets import Preset
from engine.project.settings import ConvertSettings
from engine.project.stage import Outcome, StageName


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add these subcommands to a command line, each with the function that serves it."""
    check = subparsers.add_parser("check")
    check.add_argument("paths", type=Path, nargs="+")
    check.add_argument("--thumbnails", type=Path, required=True)
    check.set_defaults(serve=lambda options, out: _check(out, options.paths, options.thumbnails))
    explain = subparsers.add_parser("explain")
    explain.add_argument("photo", type=Path)
    explain.add_argument("--out", type=Path, required=True)
    explain.add_argument("--project", type=Path)
    explain.add_argument("--small", action="store_true", help="as in engine/demo/steps: JPEG, and no page")
    explain.add_argument("--within", type=Path, help="a folder: what it links to elsewhere is not read")
    explain.set_defaults(serve=lambda options, out: _explain(out, options))
    blend = subparsers.add_parser("blend")
    blend.add_argument("folder", type=Path)
    blend.add_argument("--share", type=float, default=0.5, help="which of the frames with a face: 0 first, 1 last")
    blend.set_defaults(serve=lambda options, out: _blend(out, ProjectFolder(options.folder.absolute()), options.share))
    foretaste = subparsers.add_parser("foretaste")
    foretaste.add_argument("folder", type=Path)
    foretaste.set_defaults(serve=lambda options, out: _foretaste(out, ProjectFolder(options.folder.absolute())))
    gather = subparsers.add_parser("gather")
    gather.add_argument("request", help="a GatherRequest as JSON")
    gather.set_defaults(serve=lambda options, out: _gather(out, options.request))
    calibrate = subparsers.add_parser("calibrate")
    calibrate.add_argument("presets", type=Preset, nargs="+")
    calibrate.set_defaults(serve=lambda options, out: _calibrate(out, options.presets))
    tasks = subparsers.add_parser("tasks")
    tasks.add_argument("stage", type=StageName)
    tasks.add_argument("folder", type=Path)
    tasks.set_defaults(serve=lambda options, out: _tasks(out, options.stage, ProjectFolder(options.folder)))
    go_between = subparsers.add_parser("go-between")
    go_between.add_argument("stage", type=StageName)
    go_between.add_argument("folder", type=Path)
    go_between.add_argument("token", help="what machines know the folder by")
    go_between.set_defaults(serve=lambda options, out: _go_between(out, options.stage, options.folder, options.token))
    doctor = subparsers.add_parser("doctor")
    doctor.add_argument("folder", type=Path, nargs="?", default=Path())
    doctor.set_defaults(serve=lambda options, out: _doctor(out, options.folder))


def work_for(options: argparse.Namespace, out: TextIO) -> Callable[[], Outcome] | None:
    """Return what the chosen subcommand does; None where a stage was chosen."""
    serve: Callable[[argparse.Namespace, TextIO], Outcome] | None = getattr(options, "serve", None)
    return None if serve is None else partial(serve, options, out)


def _check(out: TextIO, paths: Sequence[Path], thumbnails: Path) -> Outcome:
    """Print progress as JSON lines and the report as the last one."""
    thumbnails.mkdir(parents=True, exist_ok=True)
    confine_process(inspection_bounds([thumbnails], [path.absolute() for path in paths]), out)
    from engine.check.check import check

    def progress(done: int, total: int) -> None:
        out.write(json.dumps({"event": "checked", "done": done, "total": total}) + "\n")

    write_line(out, check(paths, thumbnails, progress))
    return Outcome.DONE


def _explain(out: TextIO, options: argparse.Namespace) -> Outcome:
    """Print the steps that were written."""
    place, photo = options.out.absolute(), options.photo.absolute()
    project = ProjectFolder(options.project.absolute()) if options.project else None
    place.mkdir(parents=True, exist_ok=True)
    # One picture is not worth the memory of a card on which a project may be training.
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    bounds = inspection_bounds([place], [options.within.absolute() if options.within else photo])
    if project is not None:
        from engine.provenance.certificate import signing_places_made

        # TensorFlow reserves memory by its own rules, and predicted faces are signed.
        readable = (*(() if options.within else (photo,)), project.path, *signing_places_made(), *library_caches())
        bounds = replace(bounds, memory_bytes=None, readable=readable)
    confine_process(bounds, out)
    stop_with_parent(threading.Event())
    from engine.explain.explain import explain

    write_line(out, explain(photo, place, project, small=options.small))
    return Outcome.DONE


def _blend(out: TextIO, folder: ProjectFolder, share: float) -> Outcome:
    """Answer each line of settings on standard input with one frame blended like that, until it closes."""
    project = folder.load()
    require_consent(project, dt.date.today())
    require_evidence(folder, project)
    # One frame is not worth the memory of a card on which a project may be training.
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ[FRAME_TABLES_VARIABLE] = str(folder.frame_tables)
    from engine.provenance.certificate import signing_places_made

    # TensorFlow reserves memory by its own rules.
    bounds = replace(bounds_for(StageName.CONVERT, folder.path, signing_places_made()), memory_bytes=None)
    confine_process(bounds, out)
    from engine.stages.trial import Trial

    trial = Trial(folder, project, share)
    for line in sys.stdin:
        write_line(out, trial.publish(ConvertSettings.model_validate_json(line)))
    return Outcome.DONE


def _foretaste(out: TextIO, folder: ProjectFolder) -> Outcome:
    """Draw one frame about what the video will be, and print what is known of it."""
    project = folder.load()
    require_evidence(folder, project)
    os.environ[FRAME_TABLES_VARIABLE] = str(folder.frame_tables)
    from engine.provenance.certificate import signing_places_made

    confine_process(bounds_for(StageName.CONVERT, folder.path, signing_places_made()), out)
    stop_with_parent(threading.Event())
    from engine.stages.foretaste import draw_foretaste

    write_line(out, draw_foretaste(folder, project))
    return Outcome.DONE


def _gather(out: TextIO, text: str) -> Outcome:
    """Print progress as JSON lines and the report as the last one. Only this subcommand may use the network."""
    from engine.gather.gathering import folder_for, gather
    from engine.records.gather_request import GatherRequest

    request = GatherRequest.model_validate_json(text)
    confine_process(Bounds(network=True, writable=(folder_for(request.into).path,)), out)
    gathered = gather(request, lambda progress: write_line(out, progress), stop_event().is_set)
    write_line(out, gathered)
    return gathered.outcome


def _calibrate(out: TextIO, presets: Sequence[Preset]) -> Outcome:
    """Print how fast each preset learns, one a line."""
    confine_process(Bounds(writable=()), out)
    stop_with_parent(threading.Event())
    from engine.model.calibrate import calibrate

    calibrate(presets, lambda pace: write_line(out, pace))
    return Outcome.DONE


def _tasks(out: TextIO, stage: StageName, folder: ProjectFolder) -> Outcome:
    """Do tasks of a stage for a machine of a cluster, confined as the stage itself is."""
    os.environ[FRAME_TABLES_VARIABLE] = str(folder.frame_tables)
    programs = programs_kept(folder.path) if stage.facts.computes else None
    # Standard output is for answers alone.
    confine_process(bounds_for(stage, folder.path, programs=programs), sys.stderr)
    from engine.cluster.child import do_tasks

    do_tasks(_own_input(), out.buffer)
    return Outcome.DONE


def _go_between(out: TextIO, stage: StageName, folder: Path, token: str) -> Outcome:
    """Hand on the tasks of a stage to the cluster that the environment names; it opens no file of the project."""
    scheduler = told_scheduler()
    if scheduler is None:
        return Outcome.INTERRUPTED
    confine(Bounds(network=True, writable=()))
    # A Ctrl-C or a request to end is the stage's to answer: it may wait for what is under way.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    from engine.cluster.go_between import go_between
    from engine.cluster.job import Job, edition

    go_between(scheduler, Job(stage, folder, token, edition()), _own_input(), out.buffer)
    return Outcome.DONE


def _own_input() -> BinaryIO:
    """Return standard input as a stream of its own: a thread that still waits there at the end must hold no other's."""
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb")


def _doctor(out: TextIO, folder: Path) -> Outcome:
    """Print one finding a line."""
    prepare_libraries()
    from engine.doctor import examine

    for finding in examine(folder):
        write_line(out, finding)
    return Outcome.DONE
