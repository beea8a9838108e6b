"""The classifier of sexual content: the only door to ONNX Runtime.

The model is the one inside the nudenet 3.4 wheel, a YOLOv8 detector of 18 parts of the body. The package around it is
not imported: reading a picture, it exchanges red and blue twice, so that its model sees them the wrong way round, and
it starts as many threads as there are cores.
"""

from __future__ import annotations

import importlib.util
import os
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage
from engine.errors import ContentRefused

MODEL_FILE = "320n.onnx"
_SIDE_PX = 320
_BOX_ROWS = 4
"""The first rows of the answer are boxes, then one row a class."""
_REFUSED_CLASSES = {
    2: "buttocks exposed",
    3: "female breast exposed",
    4: "female genitals exposed",
    6: "anus exposed",
    14: "male genitals exposed",
}
"""The refused ones of the 18 classes, by number. Bare chests of men, bellies, feet and armpits are not refused."""
_CLASSES = 18
_LEAST_SCORE = 0.5
"""Measured on 158 photographs and frames of clothed people: 0.28 at most."""
_THREADS = 2


class Classifier(Protocol):
    """Classifies pictures one by one."""

    def is_sexual(self, image: RGBImage) -> bool:
        """Return whether a picture, (H, W, 3) uint8 RGB, shows what is refused."""
        ...


def model_path() -> Path | None:
    """Return where the model lies, or None where the optional extra `content` is not installed."""
    found = importlib.util.find_spec("nudenet")
    if found is None or found.origin is None or importlib.util.find_spec("onnxruntime") is None:
        return None
    return Path(found.origin).with_name(MODEL_FILE)


class BodyPartClassifier:
    """Runs the model on the processor, on few threads."""

    def __init__(self, model: Path) -> None:
        """Load the model.

        Args:
            model: `model_path()`.

        Raises:
            ContentRefused: It cannot be loaded. A check that cannot be made never counts as passed.
        """
        try:
            onnxruntime = _runtime()
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads, options.inter_op_num_threads = _THREADS, 1
            options.log_severity_level = 3
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            self._input = self._session.get_inputs()[0].name
            self._scores(np.zeros((_SIDE_PX, _SIDE_PX, 3), np.uint8))
        # The library raises classes of its own, made at run time on RuntimeError and Exception.
        except Exception as error:
            raise ContentRefused(
                "The pictures could not be looked at for sexual content: the classifier does not work.",
                "Install it again with the README's commands (the extra `content`). Nothing is lost.",
            ) from error

    def is_sexual(self, image: RGBImage) -> bool:
        """Return whether a picture, (H, W, 3) uint8 RGB, shows what is refused."""
        return bool(self._scores(_squared(image))[list(_REFUSED_CLASSES)].max() >= _LEAST_SCORE)

    def _scores(self, square: RGBImage) -> NDArray[np.float32]:
        """Return the highest score of each class, (18,) float32 in 0..1."""
        batch = (square.astype(np.float32) / 255).transpose(2, 0, 1)[None]
        (answer,) = self._session.run(None, {self._input: batch})
        scores: NDArray[np.float32] = np.asarray(answer)[0, _BOX_ROWS:].max(axis=1)
        if scores.shape != (_CLASSES,):
            raise ValueError(f"the model gives {scores.shape} scores, not {_CLASSES}")
        return scores


def _runtime() -> ModuleType:
    """Load ONNX Runtime with its telemetry disabled: from 1.32 on, it is on from the moment of loading."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    return import_module("onnxruntime")


def _squared(image: RGBImage) -> RGBImage:
    """Return the picture scaled to fit a square, black below or beside it, as the model was trained."""
    height, width = image.shape[:2]
    scale = _SIDE_PX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    square = np.zeros((_SIDE_PX, _SIDE_PX, 3), np.uint8)
    square[: size[1], : size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return square
