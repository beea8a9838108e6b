"""What this machine turned out to be able to bear: kept beside the work, not in the settings that a person chose.

Written by whoever starts a stage after one ran out of memory, read by the stages, and forgotten by the first stage that
runs on a machine of another kind: a project moves. A smaller `micro_batch` leaves the
result what it would have been: the gradients of several are added up until they make the batch that was asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.files import atomic
from engine.files.safe_open import read_inside
from engine.project.folder import ProjectFolder
from engine.project.settings import Project
from engine.project.stage import StageName

MOST_GIGAPIXELS = 10_000.0
"""The longest video, as frames times pixels: 22 hours of full HD, or five and a half of 4K, at 60 frames a second."""

MOST_GIGAPIXELS_VARIABLE = "UNDERSTUDIO_MAX_GIGAPIXELS"
"""By this, whoever starts a stage sets another limit. The project file cannot: a stranger may have written it."""


LEAST_FACE_BYTES = 600_000_000
"""What is kept of one person's faces however little memory there is; of more faces, evenly chosen ones are used."""

_FACES_SHARE = 8
"""One person's faces get one part of so many of the memory; while they are read they take twice that."""


class Limits(BaseModel):
    """Bounds on how much a stage holds in memory at once; None where none is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    micro_batch: int | None = Field(None, ge=1)
    """Most faces of each person that one training step may hold at a time."""
    machine: str = ""
    """The machine on which all of this was found, as `engine.host.machine.this_machine` names it."""
    settings: str = ""
    """The preset that `micro_batch` was found with; another one starts without it."""
    face_bytes: int | None = Field(None, ge=1)
    """Most bytes of one person's faces that training keeps in memory: chosen at the first start on this machine, so
    that a training which goes on sees the same faces, whatever else is at work by then."""
    workers: int | None = Field(None, ge=1)
    """Most worker processes of extraction and conversion."""


@dataclass(frozen=True)
class BatchPlan:
    """How one training step is cut up."""

    micro_batch: int
    """Faces of each person held at a time."""
    accumulate: int
    """How many of these make one step."""


def read_limits(folder: ProjectFolder) -> Limits:
    """Return the bounds found so far; none where nothing is noted, or nothing that can be read."""
    try:
        return Limits.model_validate_json(read_inside(folder.path, folder.limits_file))
    except (OSError, ValidationError):
        return Limits()


def write_limits(folder: ProjectFolder, limits: Limits) -> None:
    """Note the bounds.

    Raises:
        OutOfDisk: There is no room.
    """
    atomic.write_text(folder.limits_file, limits.model_dump_json(indent=1))


def forget_other_machines(folder: ProjectFolder, machine: str) -> None:
    """Forget what was found on another machine; called where a stage runs, which need not be where it was started.

    Raises:
        OutOfDisk: There is no room.
    """
    if read_limits(folder).machine != machine:
        write_limits(folder, Limits(machine=machine))


def batch_plan(project: Project, limits: Limits) -> BatchPlan:
    """Return how to cut up a training step so that it fits, at the batch size asked for or just above."""
    wanted = project.train.batch_size
    known = limits.micro_batch if limits.settings == project.train.preset else None
    micro_batch = min(wanted, known or wanted)
    return BatchPlan(micro_batch, math.ceil(wanted / micro_batch))


def shrunk(limits: Limits, project: Project, stage: StageName, cores: int) -> Limits | None:
    """Return tighter bounds for a stage that ran out of memory, or None where they cannot be any tighter."""
    if stage is StageName.TRAIN:
        micro_batch = batch_plan(project, limits).micro_batch
        if micro_batch == 1:
            return _with_fewer_faces(limits)
        return limits.model_copy(update={"micro_batch": micro_batch // 2, "settings": project.train.preset.value})
    workers = min(cores, limits.workers or cores)
    return limits.model_copy(update={"workers": workers // 2}) if workers > 1 else None


def _with_fewer_faces(limits: Limits) -> Limits | None:
    if limits.face_bytes is None or limits.face_bytes <= LEAST_FACE_BYTES:
        return None
    return limits.model_copy(update={"face_bytes": max(LEAST_FACE_BYTES, limits.face_bytes // 2)})


def face_bytes(folder: ProjectFolder, memory_bytes: int) -> int:
    """Return how many bytes of one person's faces training keeps in memory on this machine, and note it.

    Args:
        folder: The project's.
        memory_bytes: Memory that training may use.

    Raises:
        OutOfDisk: There is no room to note it.
    """
    limits = read_limits(folder)
    if limits.face_bytes is None:
        limits = limits.model_copy(update={"face_bytes": max(LEAST_FACE_BYTES, memory_bytes // _FACES_SHARE)})
        write_limits(folder, limits)
    return limits.face_bytes or LEAST_FACE_BYTES


def tighten(folder: ProjectFolder, project: Project, stage: StageName, cores: int) -> bool:
    """Note tighter bounds for a stage that ran out of memory; return whether they could be any tighter.

    Raises:
        OutOfDisk: There is no room to note them.
    """
    limits = shrunk(read_limits(folder), project, stage, cores)
    if limits is not None:
        write_limits(folder, limits)
    return limits is not None
