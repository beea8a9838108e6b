"""The first stage: find every face in the media of both people, and keep it with its place in its frame.

Frames are searched in chunks, each the work of one task for an executor. Results are taken in order, so the outcome
does not depend on the number of workers, and each becomes one committed transaction: a safe point. Then faces are
assigned to persons, who are numbered by how much they count, and those too small, too blurred or implausible are kept
out of training.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from engine.errors import NoFacesFound, concerning
from engine.faces.facesets.faceset import FaceSet, Skipped
from engine.host.machine import cores, memory_bytes
from engine.process.workers import Pool, worker_pool
from engine.project.folder import ProjectFolder
from engine.project.limits import read_limits
from engine.project.markers import REMARKS, Marker, fingerprint, write_marker
from engine.project.persons import PersonsSeen, read_persons, write_persons
from engine.project.settings import Project
from engine.project.stage import OnProgress, Outcome, Progress, ShouldStop, StageName
from engine.role import Role
from engine.stages.extraction.coverage import remarks_on_coverage
from engine.stages.extraction.expressions import read_expressions
from engine.stages.extraction.persons import SideCount, assign_persons, count_side, reject_unusable
from engine.stages.extraction.plan import SidePlan, plan_source, plan_target
from engine.stages.extraction.side import SideWork, Tally
from engine.stages.extraction.weights import Choice
from engine.stages.extraction.who_is_who import draw_who_is_who
from engine.stages.target import remarks_on, target_media, target_video
from engine.text import counted

MIN_USABLE = 20
"""Faces of a person below which training makes no sense."""

_BYTES_PER_WORKER = 512 << 20
"""A worker fills about 250 MB, and more while it decodes large pictures."""

_NAMED = 20
"""Number of files that could not be used that the marker names."""


@dataclass(frozen=True)
class _Side:
    """Source or target."""

    role: Role
    place: Path
    """Folder of its face set."""
    person: int | None
    """Number of the person, where the project file gives one."""
    plan: SidePlan


class Extract:
    """Find the faces of both people."""

    name = StageName.EXTRACT

    def __init__(self, pool: Pool = worker_pool, workers: int | None = None) -> None:
        """Choose where the work is done.

        Args:
            pool: Makes an executor of a number of workers, or one that has workers of its own.
            workers: How many; None stands for one for each processor that is free for it, as far as memory goes.
        """
        self._pool = pool
        self._workers = workers or max(1, min(cores(), memory_bytes() // _BYTES_PER_WORKER))

    def run(self, folder: ProjectFolder, project: Project, report: OnProgress, should_stop: ShouldStop) -> Outcome:
        """Extract the faces that are missing, assign them to persons, and write the marker.

        Raises:
            MediaError: The video to change is absent or cannot be read.
            NoFacesFound: There are too few usable faces of one of the two people.
            OutOfDisk: There was no room; what was found is kept.
            WrongPerson: The project asks for a person who was not seen.
        """
        wanted = fingerprint(folder, project, self.name)
        sides = _sides(folder, project)
        workers = min(self._workers, read_limits(folder).workers or self._workers)
        executor = self._pool(workers)
        try:
            context = _WorkContext(executor, workers, report, should_stop)
            if not _find(folder, sides, project, context):
                return Outcome.INTERRUPTED
            figures: dict[str, float | int | str] = {}
            for side in sides:
                with concerning(side.role):
                    figures |= _figures(side, read_persons(folder, side.role))
            for side in sides:
                _read_expressions(side, context)
            figures |= _remarks(folder, project)
        finally:
            executor.shutdown(wait=True, cancel_futures=True)
        if should_stop():
            return Outcome.INTERRUPTED
        write_marker(folder, Marker(self.name, wanted, figures))
        return Outcome.DONE


@dataclass(frozen=True)
class _WorkContext:
    """What both sides' work needs: its workers, and the functions to report and to stop."""

    executor: Executor
    workers: int
    report: OnProgress
    should_stop: ShouldStop


def _find(folder: ProjectFolder, sides: tuple[_Side, ...], project: Project, context: _WorkContext) -> bool:
    """Do what is left on both sides; return whether all is done."""
    tally = Tally(context.report, sum(side.plan.frame_count for side in sides))
    for side in sides:
        work = SideWork(
            FaceSet(side.place),
            side.plan,
            executor=context.executor,
            workers=context.workers,
            tally=tally,
            should_stop=context.should_stop,
        )
        with concerning(side.role):
            if not work.run():
                return False
    for side in sides:
        faces = FaceSet(side.place)
        choice = Choice(side.person, read_persons(folder, side.role))
        tell = _teller(context, f"telling people apart in {side.role}/")
        seen = assign_persons(faces, choice, context.executor, context.workers, context.should_stop, tell)
        if context.should_stop():
            return False
        write_persons(folder, side.role, seen)
        draw_who_is_who(folder, side.role, context.executor, context.workers, context.should_stop)
        reject_unusable(faces, project.extract)
    return True


def _read_expressions(side: _Side, context: _WorkContext) -> None:
    faces = FaceSet(side.place)
    person = faces.chosen_person(side.person)
    tell = _teller(context, f"reading what {side.role.person} does")
    read_expressions(faces, person, context.executor, context.workers, context.should_stop, tell)


def _teller(context: _WorkContext, message: str) -> Callable[[int, int], None]:
    """Return what reports how many of how many faces are done, and when the rest will be, by the rate since now."""
    started = time.monotonic()

    def tell(done: int, total: int) -> None:
        rate = done / max(time.monotonic() - started, 1e-6)
        context.report(
            Progress(
                stage=StageName.EXTRACT,
                done=done,
                total=total,
                unit="faces",
                rate=rate,
                eta_seconds=(total - done) / rate if rate else None,
                message=message,
            )
        )

    return tell


def _sides(folder: ProjectFolder, project: Project) -> tuple[_Side, ...]:
    # The target first: where its video is missing or broken, nobody should wait for the source to learn it.
    return (_side(Role.TARGET, folder, project, plan_target), _side(Role.SOURCE, folder, project, plan_source))


def _side(
    role: Role, folder: ProjectFolder, project: Project, plan: Callable[[ProjectFolder, Project], SidePlan]
) -> _Side:
    with concerning(role):
        return _Side(role, folder.faces_of(role), project.person_of(role), plan(folder, project))


def _figures(side: _Side, seen: PersonsSeen) -> dict[str, float | int | str]:
    """Return what was found on a side.

    Raises:
        NoFacesFound: It is not enough; of whom is known only where it is clear who is meant.
        WrongPerson: The project asks for a person who was not seen.
    """
    faces = FaceSet(side.place)
    skipped = faces.skipped()
    if not faces.person_numbers():
        raise _nothing_found(side, skipped)
    counts = count_side(faces, faces.chosen_person(side.person), len(side.plan.recipes))
    is_asked = side.person is None and seen.is_open
    if counts.usable < MIN_USABLE and not is_asked:
        raise _too_few(side, counts)
    facts: dict[str, float | int | str] = {
        f"{side.role}_frames_seen": side.plan.frame_count,
        f"{side.role}_files_skipped": len(skipped),
        f"{side.role}_files_skipped_names": _in_words(skipped),
    }
    return counts.figures(side.role) | facts


def _remarks(folder: ProjectFolder, project: Project) -> dict[str, float | int | str]:
    """Return what is to be said of the video to change before a model is trained for it."""
    said = [
        *remarks_on(target_video(folder, project), target_media(folder, project)),
        *remarks_on_coverage(folder, project),
    ]
    return {REMARKS: " ".join(said)} if said else {}


def _nothing_found(side: _Side, skipped: list[Skipped]) -> NoFacesFound:
    broken = f" These could not be read: {_in_words(skipped)}" if skipped else ""
    looked_at = counted(side.plan.frame_count, "photo or frame", "photos and frames")
    return NoFacesFound(
        f"No face was found in {side.role}/ ({looked_at} looked at).",
        f"Put photos or a video into {side.role}/ in which {side.role.person} is seen from the front, the face at least"
        f" a tenth of the picture's height.{broken} Nothing is lost.",
    )


def _too_few(side: _Side, counts: SideCount) -> NoFacesFound:
    kept_out = ", ".join(f"{number} {reason}" for reason, number in sorted(counts.rejected.items()))
    others = counts.faces - counts.of_person
    kept_out += (", " if kept_out and others else "") + (f"{others} of other people" if others else "")
    found = f" ({counts.faces} found: {kept_out} left out)" if kept_out else ""
    lacking = counted(MIN_USABLE - counts.usable, "sharp photo")
    return NoFacesFound(
        f"Only {counted(counts.usable, 'face')} of {side.role.person} can be used; "
        f"it takes at least {MIN_USABLE}{found}.",
        f"Add at least {lacking}, or a video, to {side.role}/ and start again. The faces found so far are kept.",
    )


def _in_words(skipped: list[Skipped]) -> str:
    names = "; ".join(f"{each.media}: {each.reason}" for each in skipped[:_NAMED])
    rest = len(skipped) - _NAMED
    return names + (f"; and {rest} more" if rest > 0 else "")
