"""Write checkpoints beside the training, which copies its state and goes on: a large network takes seconds to write.

What is on the disk is always whole: a checkpoint appears in one rename (`engine.model.checkpoint`), and a training that
was killed while one was being written goes on from the one before.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import UnderstudioError
from engine.model import checkpoint
from engine.stages.training.run_state import RunState


class CheckpointWriter:
    """Writes the checkpoints of one training, one at a time."""

    def __init__(self, checkpoints: Path) -> None:
        """Begin with nothing to write.

        Args:
            checkpoints: Their folder.
        """
        self._checkpoints = checkpoints
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._writing: Future[Path] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Where the training ended with an error, that is told; whoever goes on finds what was written.
        with suppress(UnderstudioError):
            self._wait()
        self._pool.shutdown()

    def write(self, state: RunState) -> None:
        """Have the state as it is now written; it may change at once.

        While an earlier one is being written nothing is done: on a slow disk there are fewer of them.

        Raises:
            TrainingDiverged: Some weights of an earlier one are not numbers.
            OutOfDisk: There was no room for an earlier one.
        """
        if self._writing is not None and not self._writing.done():
            return
        self._wait()
        self._writing = self._pool.submit(checkpoint.publish, self._checkpoints, state.snapshot())

    def write_last(self, state: RunState) -> None:
        """Write the state before returning, after what is being written.

        Raises:
            TrainingDiverged: Some weights are not numbers.
            OutOfDisk: There is no room.
        """
        self._wait()
        state.publish(self._checkpoints)

    def _wait(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()
