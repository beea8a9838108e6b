"""A trained model at work: the target's face in, the source's face out."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBBatch
from engine.errors import ProjectError
from engine.model import checkpoint
from engine.model.autoencoder import Autoencoder, build
from engine.model.device import this_device
from engine.model.predictor import Predictor
from engine.project.checkpoints import checkpoint_folders


class Swapper:
    """Swaps faces. One may be shared by threads that call it one at a time."""

    def __init__(self, network: Autoencoder, step: int, model_hash: str) -> None:
        self.size = network.spec.size
        """Side of the pictures in and out, in pixels."""
        self.step = step
        """Training steps behind the weights."""
        self.model_hash = model_hash
        """SHA-256 of the weights in use."""
        self.device = this_device()
        """What computes."""
        self._predictor = Predictor(network)
        self._encoder = network.encoder

    @classmethod
    def load(cls, checkpoints: Path) -> Self:
        """Return the swapper of the newest checkpoint that can be used.

        Raises:
            ProjectError: There is none; the message says what is wrong with the newest.
        """
        problem: ProjectError | None = None
        for path in reversed(checkpoint_folders(checkpoints)):
            try:
                return cls._read(path)
            except ProjectError as error:
                problem = problem or error
        raise problem or ProjectError(
            "There is no trained model yet.", "Train first: `understudio run` does it. The faces are kept."
        )

    @classmethod
    def _read(cls, path: Path) -> Self:
        facts = checkpoint.read_checkpoint_facts(path)
        network = build(facts.spec, seed=0)
        average = checkpoint.read_average(path, network.shapes())
        network.assign(average)
        return cls(network, facts.step, checkpoint.digest(average))

    def swap(self, faces: RGBBatch, references: RGBBatch) -> tuple[RGBBatch, NDArray[np.float32]]:
        """Predict the target's faces as the source.

        Args:
            faces: (N, S, S, 3) uint8 RGB, the target's aligned faces.
            references: (N, S, S, 3) uint8 RGB, photographs of the source bent to do what these faces do.

        Returns:
            (N, S, S, 3) uint8 RGB and the masks, (N, S, S) float32 in 0..1.
        """
        return self._predictor.as_source(faces, references)

    def reconstruct(self, faces: RGBBatch) -> tuple[RGBBatch, NDArray[np.float32]]:
        """Predict the target's faces as the target, for which no reference is needed; otherwise like `swap`."""
        return self._predictor.as_target(faces)

    def latents(self, faces: RGBBatch) -> NDArray[np.float32]:
        """Return the latents of (N, S, S, 3) uint8 faces, (N, C): all that the decoders know of them."""
        _, latents = self._encoder.predict_on_batch(faces)
        return np.asarray(latents, np.float32)
