"""Learn from examples drawn ahead of their use; a step's examples depend on the seed and the step alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tests.recipes.visible_face.hands import HandPicture
from tests.recipes.visible_face.mixing import Portraits, examples_of_one

BATCH = 16
_AHEAD = 3
_RATE = 2.5e-3
_AVERAGED = 0.995
"""Share of the averaged weights that each step keeps: the average is what is shipped."""
_EDGE = 2.0
"""How much more a pixel counts on the edge of what is seen."""

Arrays = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
"""Pictures (N, S, S, 3) in 0..1, how far each pixel shows the face (N, S, S, 1), how much it counts (N, S, S, 1)."""


@dataclass(frozen=True)
class Phase:
    """Some steps, of `BATCH` examples each, by an optimizer of their own."""

    steps: int
    falls_over: int
    """Steps over which the rate would fall to nothing: more than there are, and it stays high."""


PHASES = (Phase(1500, 4500), Phase(2500, 2500))


def learn(
    network: keras.Model,
    portraits: Portraits,
    hands: list[HandPicture],
    seed: int,
    report: Callable[[int, float], None],
) -> None:
    """Train the network in place; it ends with the average of its last weights.

    Args:
        network: What `network.build` returns.
        portraits: The portraits.
        hands: Rendered hands.
        seed: Seed of all random choices.
        report: Is told the step and the mean loss of the last hundred.
    """
    done = 0
    for number, phase in enumerate(PHASES):
        optimizer = _optimizer(phase)
        network.compile(optimizer, _loss, jit_compile=False)
        losses: deque[float] = deque(maxlen=100)
        for pictures, faces, weights in _batches(portraits, hands, phase, seed + number):
            losses.append(float(network.train_on_batch(pictures, np.concatenate([faces, weights], axis=-1))))
            done += 1
            if done % 100 == 0:
                report(done, float(np.mean(losses)))
    optimizer.finalize_variable_values(network.trainable_variables)


def _optimizer(phase: Phase) -> keras.optimizers.Optimizer:
    warm = phase.falls_over // 20
    rate = keras.optimizers.schedules.CosineDecay(_RATE / 10, phase.falls_over, warmup_target=_RATE, warmup_steps=warm)
    return keras.optimizers.AdamW(rate, weight_decay=1e-4, use_ema=True, ema_momentum=_AVERAGED)


def _loss(wanted: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Return the weighted cross entropy and, of each picture, one minus Dice's coefficient (Milletari et al. 2016)."""
    face, weight = wanted[..., :1], wanted[..., 1:]
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(face, logits)
    edge = tf.nn.max_pool2d(face, 3, 1, "SAME") + tf.nn.max_pool2d(-face, 3, 1, "SAME")
    weighted = weight * (1 + _EDGE * edge)
    mean = tf.reduce_sum(weighted * entropy) / tf.reduce_sum(weighted)
    said = tf.sigmoid(logits)
    both = tf.reduce_sum(weight * said * face, (1, 2, 3))
    either = tf.reduce_sum(weight * (said + face), (1, 2, 3))
    return mean + 0.3 * tf.reduce_mean(1 - (2 * both + 1) / (either + 1))


def _batches(portraits: Portraits, hands: list[HandPicture], phase: Phase, seed: int) -> Iterator[Arrays]:
    cv2.setNumThreads(0)
    waiting: deque[Future[Arrays]] = deque()
    chances = portraits.chances()
    with ThreadPoolExecutor(1, thread_name_prefix="draw") as executor:
        for step in range(phase.steps + _AHEAD):
            if step < phase.steps:
                waiting.append(executor.submit(_batch, portraits, chances, hands, (seed, step)))
            if step >= _AHEAD:
                yield waiting.popleft().result()


def _batch(
    portraits: Portraits, chances: NDArray[np.float64], hands: list[HandPicture], seed: tuple[int, int]
) -> Arrays:
    """Return the examples of a step; `chances` say how often each portrait is drawn."""
    random = np.random.default_rng(seed)
    drawn = random.choice(len(chances), BATCH // 2, p=chances)
    examples = [each for at in drawn for each in examples_of_one(portraits, int(at), hands, random)]
    pictures = np.stack([each.picture for each in examples]).astype(np.float32) / np.float32(255)
    faces = np.stack([each.face for each in examples])[..., None]
    weights = np.stack([each.weight for each in examples])[..., None]
    return pictures, faces, weights
