"""Checkpoints are written beside the training, whole or not at all."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from engine.errors import OutOfDisk, TrainingDiverged
from engine.model import checkpoint
from engine.model.checkpoint import Checkpoint, CheckpointFacts
from engine.model.learner import Learner
from engine.project.checkpoints import checkpoint_folders
from engine.stages.training.checkpoint_writer import CheckpointWriter
from engine.stages.training.run_state import RunState
from tests.learning import SPEC, same_arrays


class SlowDisk:
    """Publishes when it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go, self.has_begun = threading.Event(), threading.Event()
        self._publish = checkpoint.publish
        monkeypatch.setattr(checkpoint, "publish", self.publish)

    def publish(self, checkpoints: Path, made: Checkpoint) -> Path:
        self.has_begun.set()
        assert self.go.wait(30)
        return self._publish(checkpoints, made)


@pytest.fixture
def state() -> RunState:
    facts = CheckpointFacts(
        spec=SPEC, step=1, budget_step=0, seconds=0.0, recipe="", seed=1, precision="float32", rate_factor=1.0
    )
    return RunState(Learner(SPEC, 1), facts)


def steps(checkpoints: Path) -> list[int]:
    return [checkpoint.read_checkpoint_facts(path).step for path in checkpoint_folders(checkpoints)]


def test_training_goes_on_while_a_checkpoint_of_how_it_was_is_written(
    state: RunState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, before = SlowDisk(monkeypatch), state.learner.weights()
    with CheckpointWriter(tmp_path) as writer:
        writer.write(state)
        assert disk.has_begun.wait(30)
        state.change(step=2)
        state.learner.begin_from(tuple(each + 1 for each in before))
        writer.write(state)
        assert steps(tmp_path) == []
        disk.go.set()
        state.change(step=3)
        writer.write_last(state)
    # The second was passed over: the first was still being written.
    assert steps(tmp_path) == [1, 3]
    first = checkpoint.read(checkpoint_folders(tmp_path)[0], Learner.shapes(SPEC))
    assert same_arrays(first.weights, before)


def test_a_full_disk_is_told_at_the_next_checkpoint(
    state: RunState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(checkpoints: Path, made: Checkpoint) -> Path:
        raise OutOfDisk("full", "free some")

    monkeypatch.setattr(checkpoint, "publish", fail)
    with CheckpointWriter(tmp_path) as writer:
        writer.write(state)
        with pytest.raises(OutOfDisk):
            writer.write_last(state)


def test_weights_that_are_no_numbers_are_told_and_not_kept(state: RunState, tmp_path: Path) -> None:
    state.learner.begin_from(tuple(np.full_like(each, np.nan) for each in state.learner.weights()))
    with CheckpointWriter(tmp_path) as writer:
        writer.write(state)
        with pytest.raises(TrainingDiverged):
            writer.write_last(state)
    assert steps(tmp_path) == []


def test_an_error_of_the_training_is_told_and_what_was_being_written_is_kept(state: RunState, tmp_path: Path) -> None:
    def diverge() -> None:
        with CheckpointWriter(tmp_path) as writer:
            writer.write(state)
            raise TrainingDiverged("no number", "lower it")

    with pytest.raises(TrainingDiverged):
        diverge()
    assert steps(tmp_path) == [1]
