"""Checkpoints of a training: plain arrays and one file of facts, published in one rename.

    step-000012000/
      checkpoint.json   step, time spent, the network's shape, what it was trained on
      weights.npz       of the step; training goes on from them
      average.npz       their running average; conversion uses them
      optimizer.npz     the moments of every weight; put away when the project is finished

Nothing is ever unpickled, and no array is used before its shape and its numbers were checked: a project folder may come
from a stranger.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import ProjectError, TrainingDiverged
from engine.files import atomic
from engine.host.machine import process_mark
from engine.model.schedule import HeldOut, RateDecay
from engine.project.checkpoints import CHECKPOINT_FACTS, checkpoint_folders, checkpoint_name
from engine.project.network import ModelSpec

KEPT = 2
"""Checkpoints that stay: the newest, and one to go back to."""

Arrays = tuple[NDArray[np.float32], ...]
"""Weights in the order of the network's variables."""

_OPTIMIZER = "optimizer.npz"

# What reading an archive raises where its bytes are not as they should be.
_DAMAGE = (OSError, ValueError, EOFError, KeyError, RuntimeError, OverflowError, zipfile.BadZipFile, zlib.error)

_Person = Annotated[tuple[Annotated[float, Field(allow_inf_nan=False)], ...], Field(min_length=128, max_length=128)]
People = tuple[_Person, _Person]
"""Who source and target are: the mean descriptor of each."""


class CheckpointFacts(BaseModel):
    """What `checkpoint.json` holds."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )

    format: Literal[1] = 1
    spec: ModelSpec
    step: int = Field(ge=0)
    """Steps done over all runs of the project."""
    budget_step: int = Field(ge=0)
    """Step from which the present budget counts: raised when the faces have changed."""
    steps_before: int = Field(0, ge=0)
    """Steps that an earlier project had trained the weights from which this training began."""
    seconds: float = Field(ge=0, allow_inf_nan=False)
    """Training time of the present budget over all runs, start and pauses left out."""
    recipe: str
    """Digest of the faces it was trained on, and of the settings that say how."""
    seed: int
    precision: str
    """Keras policy that was chosen, so that a training which goes on uses the same."""
    machine: str = ""
    """Where it was chosen, as `engine.host.machine.this_machine` names it: on another machine it is chosen anew."""
    rate_factor: float = Field(gt=0, le=1)
    """Factor on the learning rate: below 1 after the training had to step back from a loss that was no number."""
    held_out: tuple[HeldOut, ...] = ()
    """Tests on faces held out of training, oldest first."""
    people: People | None = None
    """Who the model was trained on; None where that was not known."""
    rate_decay: RateDecay | None = Field(None, alias="cooling")
    """Set once those faces have stopped getting better. The alias is its key in checkpoints of earlier versions."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A training at one moment."""

    facts: CheckpointFacts
    weights: Arrays
    average: Arrays
    optimizer: Arrays


def publish(checkpoints: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint in one step, then remove all but the newest `KEPT`.

    Raises:
        TrainingDiverged: A weight is no finite number; what was published before stays.
        OutOfDisk: There is no room; what was published before stays.
    """
    for arrays in (checkpoint.weights, checkpoint.average):
        _refuse_non_numbers(arrays)
    path = checkpoints / checkpoint_name(checkpoint.facts.step)
    with atomic.new_folder(path) as partial:
        _save(partial / "weights.npz", checkpoint.weights)
        _save(partial / "average.npz", checkpoint.average)
        _save(partial / _OPTIMIZER, checkpoint.optimizer)
        (partial / CHECKPOINT_FACTS).write_text(checkpoint.facts.model_dump_json(indent=1))
    for old in checkpoint_folders(checkpoints)[:-KEPT]:
        remove(old)
    return path


def remove(path: Path) -> None:
    """Delete a checkpoint; it disappears in one step, so that none is ever seen in part."""
    aside = path.with_name(f".{path.name}{atomic.PARTIAL}{process_mark()}")
    shutil.rmtree(aside, ignore_errors=True)
    path.replace(aside)
    shutil.rmtree(aside, ignore_errors=True)


def read_checkpoint_facts(path: Path) -> CheckpointFacts:
    """Read the facts of a checkpoint.

    Raises:
        ProjectError: They are absent, or not those of a checkpoint of this program.
    """
    try:
        return CheckpointFacts.model_validate_json((path / CHECKPOINT_FACTS).read_bytes())
    except (OSError, ValidationError, ValueError) as error:
        raise _unusable(path, "it is not a checkpoint of this program") from error


def read(path: Path, shapes: Sequence[tuple[int, ...]]) -> Checkpoint:
    """Read a checkpoint.

    Args:
        path: Its folder.
        shapes: Shapes of the network's variables, in their order.

    Raises:
        ProjectError: Something is missing, or not of these shapes, or not a number.
    """
    weights, average = read_arrays(path / "weights.npz", shapes), read_arrays(path / "average.npz", shapes)
    moments, of_moments = path / _OPTIMIZER, [*shapes, *shapes]
    # A checkpoint appears as a whole, so what is not there was put away.
    optimizer = read_arrays(moments, of_moments) if moments.exists() else _zeros(of_moments)
    return Checkpoint(read_checkpoint_facts(path), weights, average, optimizer)


def put_away_optimizers(checkpoints: Path) -> None:
    """Delete the moments of every weight, half of a checkpoint's size, which only a training that goes on reads.

    Without them it begins with moments of zero: its first steps go the whole way in the direction of one batch.
    """
    for path in checkpoint_folders(checkpoints):
        (path / _OPTIMIZER).unlink(missing_ok=True)


def read_average(path: Path, shapes: Sequence[tuple[int, ...]]) -> Arrays:
    """Read only the weights that conversion uses.

    Raises:
        ProjectError: As `read`.
    """
    return read_arrays(path / "average.npz", shapes)


def read_arrays(path: Path, shapes: Sequence[tuple[int, ...]]) -> Arrays:
    """Read float32 arrays of known shapes.

    Raises:
        ProjectError: Something is missing, or not of these shapes, or not a number.
    """
    try:
        # Sizes are checked before anything is unpacked: a small file can unpack to more than the memory holds.
        with zipfile.ZipFile(path) as archive:
            sizes = {each.filename: each.file_size for each in archive.infolist()}
        expected = {f"{_name(index)}.npy": 4 * int(np.prod(shape)) for index, shape in enumerate(shapes)}
        if sizes.keys() != expected.keys() or any(sizes[name] > expected[name] + 4096 for name in sizes):
            raise _unusable(path.parent, "it belongs to another network")
        with np.load(path, allow_pickle=False) as file:
            arrays = tuple(file[_name(index)] for index in range(len(shapes)))
    except _DAMAGE as error:
        raise _unusable(path.parent, "it is damaged") from error
    for array, shape in zip(arrays, shapes, strict=True):
        if array.dtype != np.float32 or array.shape != tuple(shape):
            raise _unusable(path.parent, "it belongs to another network")
        if not np.isfinite(array).all():
            raise _unusable(path.parent, "some of its weights are not numbers")
    return arrays


def digest(arrays: Arrays) -> str:
    """Return a SHA-256 over shapes and numbers."""
    hashed = hashlib.sha256()
    for array in arrays:
        hashed.update(repr(array.shape).encode())
        hashed.update(np.ascontiguousarray(array, "<f4").data)
    return hashed.hexdigest()


def _zeros(shapes: Sequence[tuple[int, ...]]) -> Arrays:
    return tuple(np.zeros(shape, np.float32) for shape in shapes)


def _save(path: Path, arrays: Arrays) -> None:
    named = {_name(index): array for index, array in enumerate(arrays)}
    np.savez(path, allow_pickle=False, **named)


def _name(index: int) -> str:
    return f"{index:04d}"


def _refuse_non_numbers(arrays: Arrays) -> None:
    if not all(np.isfinite(array).all() for array in arrays):
        raise TrainingDiverged(
            "Training has diverged: some weights are no longer numbers.",
            "Lower learning_rate in [train] of project.toml and start again. The last good checkpoint is kept.",
        )


def _unusable(path: Path, why: str) -> ProjectError:
    return ProjectError(
        f"The checkpoint {path.name} cannot be used: {why}.",
        f"Delete the folder {path.name} and start again: training goes on from the one before it, or begins again. "
        "The faces are kept.",
    )
