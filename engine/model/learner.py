"""The network while it learns: its optimizer, one step, and its whole state out and in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops

from engine.model import backend
from engine.model.autoencoder import Autoencoder, build
from engine.model.batches import Batch
from engine.model.checkpoint import Arrays
from engine.model.losses import FaceLoss, LossWeights, unit
from engine.model.optimizer import AveragingAdam
from engine.project.network import ModelSpec


@dataclass(frozen=True)
class Losses:
    """The losses of one step, before it changed the weights."""

    source: float
    """Loss of the source's faces."""
    target: float
    """Loss of the target's faces."""
    mask: float
    """Loss of both masks."""
    latents: float
    """Distance between the distributions of the two people's latents."""

    @property
    def total(self) -> float:
        """What the step minimises."""
        return self.source + self.target + self.mask + self.latents

    @property
    def is_number(self) -> bool:
        """Whether training may go on."""
        return bool(np.isfinite(self.total))


def mean_of(losses: Sequence[Losses]) -> Losses:
    """Return the mean of each part over several steps."""
    source, target, mask, latents = (float(each) for each in np.mean([astuple(step) for step in losses], axis=0))
    return Losses(source, target, mask, latents)


class Learner:
    """Everything of a training that changes from step to step."""

    def __init__(
        self, spec: ModelSpec, seed: int, precision: str = "float32", accumulate: int = 1, cards: int = 1
    ) -> None:
        """Make a new network.

        Args:
            spec: Its shape.
            seed: Seed of its initial weights.
            precision: A Keras policy such as "mixed_bfloat16".
            accumulate: Into how many parts a batch is cut where memory does not hold it whole. The gradients of all
                parts make one step.
            cards: Among how many graphics cards each part is divided, as `backend.cards_for` returns it.
        """
        self._accumulate, self._cards = accumulate, cards
        keras.config.set_dtype_policy(precision)
        with backend.divided_among(cards):
            self.network = build(spec, seed)
            self._optimizer = AveragingAdam(0.0, accumulate)
            self._optimizer.build(self.network.variables)
            self._training = _Training(self.network)
            self._training.compile(optimizer=self._optimizer, jit_compile="auto")

    @staticmethod
    @cache
    def shapes(spec: ModelSpec) -> list[tuple[int, ...]]:
        """Return the shapes of the weights of a network; it has to be built to know them."""
        return build(spec, seed=0).shapes()

    def step(self, batch: Batch, rate: float) -> Losses:
        """Learn from one batch.

        Args:
            batch: Equally many faces of the source and of the target.
            rate: Learning rate of this step.

        Raises:
            OutOfMemory: The processor's or the graphics card's memory did not suffice.
        """
        self._training.optimizer.learning_rate = rate
        with backend.translated_memory_errors(), backend.divided_among(self._cards):
            return mean_of([self._learn(part) for part in batch.parts(self._accumulate)])

    def _learn(self, batch: Batch) -> Losses:
        seen, wanted = (batch.warped, batch.references), (batch.faces, batch.maps, batch.matched)
        logs = self._training.train_on_batch(seen, wanted, return_dict=True)
        return Losses(float(logs["source"]), float(logs["target"]), float(logs["mask"]), float(logs["latents"]))

    def weights(self) -> Arrays:
        """Return a copy of the weights."""
        return self.network.weights()

    def averages(self) -> Arrays:
        """Return a copy of their running average."""
        return self._optimizer.averages()

    def optimizer_state(self) -> Arrays:
        """Return a copy of the optimizer's moments."""
        return self._optimizer.state()

    def begin_from(self, weights: Arrays) -> None:
        """Begin with what was learnt elsewhere; nothing of the optimizer's state comes along."""
        self.network.assign(weights)

    def restore(self, step: int, weights: Arrays, averages: Arrays, optimizer: Arrays) -> None:
        """Go on as after `step` steps with these weights."""
        self.network.assign(weights)
        self._optimizer.restore(step, optimizer, averages)


class _Training(keras.Model):  # type: ignore[misc]
    """Both ways through the network at once, for Keras to compile into a step on any backend."""

    def __init__(self, network: Autoencoder) -> None:
        super().__init__(name="training")
        self._networks = (network.encoder, network.source_decoder, network.target_decoder)
        self._as_source = network.as_source
        self._loss = FaceLoss(network.spec.size, LossWeights())
        self._means = [keras.metrics.Mean(name=name) for name in ("source", "target", "mask", "latents")]

    def call(self, seen: Any, training: bool = False) -> Any:
        """Predict a batch.

        Args:
            seen: (2N, S, S, 3) uint8, sources first, and the references of the sources, (N, S, S, 3) uint8.
            training: Whether the weights learn from it.

        Returns:
            (2N, S, S, 4), what is painted of the sources without their references, (N, S, S, 3), and the latents,
            (2N, C).
        """
        warped, references = seen
        encoder, _, target_decoder = self._networks
        # One pass for both people: a batch twice as large keeps the processor's cores better busy.
        coarse, latents = encoder(warped, training=training)
        source, target = ops.split(coarse, 2)
        as_source, painted = self._as_source(source, references, training)
        return ops.concatenate([as_source, target_decoder(target, training=training)]), painted, latents

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return what the step minimises, and note its parts."""
        faces, maps, (predicted, painted, latents) = unit(y[0]), unit(y[1]), y_pred
        colours, logits = ops.split(predicted, [3], -1)
        halves = list(zip(ops.split(colours, 2), ops.split(faces, 2), ops.split(maps, 2), strict=True))
        parts = [self._loss.face(*half) for half in halves]
        # Judged by the mixture alone, a decoder that is shown good references stops painting.
        parts[0] += self._loss.weights.painted * self._loss.face(painted, *halves[0][1:])
        parts += [self._loss.mask(logits[..., 0], maps), self._loss.latents(latents, ops.split(y[2], 2)[0])]
        for mean, part in zip(self._means, parts, strict=True):
            mean.update_state(part)
        return sum(parts)
