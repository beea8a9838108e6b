"""Adam (Kingma & Ba 2015), and beside the weights their running average, which previews and conversion use.

While the learning rate is high the weights oscillate around the minimum they approach; their average lies nearer to it,
so an early stop gives a better face.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from engine.model import backend

_BETAS = (0.9, 0.99)
"""A second moment that forgets in a hundred steps suits a training of a few thousand."""
_EPSILON = 1e-7
_KEPT = 0.995
"""Share of the running average that one step leaves, once there have been enough steps."""


@keras.saving.register_keras_serializable("understudio")
class AveragingAdam(keras.optimizers.Adam):  # type: ignore[misc]
    """Adam in one pass over memory, which also keeps the average of the weights."""

    def __init__(self, learning_rate: float, accumulate: int = 1) -> None:
        """Make an optimizer.

        Args:
            learning_rate: Until it is changed.
            accumulate: How many gradients are averaged before the weights move once.
        """
        many = accumulate if accumulate > 1 else None
        super().__init__(
            learning_rate, beta_1=_BETAS[0], beta_2=_BETAS[1], epsilon=_EPSILON, gradient_accumulation_steps=many
        )

    def build(self, var_list: list[Any]) -> None:
        """Make the moments and averages of these variables."""
        if self.built:
            return
        super().build(var_list)
        (self._averages,) = self.add_optimizer_variables(var_list, ["average"])

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move one variable, then its average."""
        index = self._get_variable_index(variable)
        slots = (self._momentums[index], self._velocities[index])
        count = ops.cast(self.iterations + 1, "float32")
        rates = (learning_rate, ops.power(_BETAS[0], count), ops.power(_BETAS[1], count))
        if not backend.fused_adam(variable, slots, gradient, rates=rates, betas=_BETAS, epsilon=_EPSILON):
            super().update_step(gradient, variable, learning_rate)
        average = self._averages[index]
        # The first steps are a mean over all of them, so that the average does not remember its zeros.
        share = ops.maximum(1.0 - _KEPT, 1.0 / count)
        self.assign_add(average, ops.multiply(ops.subtract(variable, average), share))

    def state(self) -> tuple[NDArray[np.float32], ...]:
        """Return a copy of both moments of every variable; the averages are a result and not among them."""
        return _arrays(self._momentums + self._velocities)

    def averages(self) -> tuple[NDArray[np.float32], ...]:
        """Return a copy of the averaged weights, in the order of the variables."""
        return _arrays(self._averages)

    def restore(
        self, step: int, state: tuple[NDArray[np.float32], ...], averages: tuple[NDArray[np.float32], ...]
    ) -> None:
        """Go on as after `step` steps."""
        self._iterations.assign(step * (self.gradient_accumulation_steps or 1))
        for variable, value in zip(self._momentums + self._velocities, state, strict=True):
            variable.assign(value)
        for variable, value in zip(self._averages, averages, strict=True):
            variable.assign(value)


def _arrays(variables: list[Any]) -> tuple[NDArray[np.float32], ...]:
    return tuple(np.array(variable.numpy(), np.float32) for variable in variables)
