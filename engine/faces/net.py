"""Small networks, run by LiteRT: those that lie beside the code, and those that a distribution ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

WEIGHTS = Path(__file__).parent / "weights"
"""Where those beside the code lie; `NOTICE.md` there says whose they are."""


class Net:
    """A network of one input, ready to use by one thread."""

    def __init__(self, weights: Path) -> None:
        self._interpreter = Interpreter(str(weights), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [each["index"] for each in self._interpreter.get_output_details()]

    def run(self, value: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return the outputs for an input, (1, ...) float32 of the shape that the network was made for."""
        self._interpreter.set_tensor(self._input, value)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


def presence_of(logit: float) -> float:
    """Return how sure a network is that there is a face, 0..1."""
    return float(1.0 / (1.0 + np.exp(-np.clip(logit, -50.0, 50.0))))
