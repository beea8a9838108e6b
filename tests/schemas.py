"""The JSON schemas in the package, of files that people or other programs read and write. `make schemas` makes them."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel

from daemon.settings import Settings
from daemon.status import Status
from engine.project.settings import Project

ROOT = Path(__file__).parent.parent

SCHEMAS: dict[str, type[BaseModel]] = {
    "daemon/settings.schema.json": Settings,
    "daemon/status.schema.json": Status,
    "engine/project/project.schema.json": Project,
}
"""Each file, and the model that it describes."""


def schema_text(model: type[BaseModel]) -> str:
    """Return the content of the file."""
    return json.dumps(model.model_json_schema(), indent=1) + "\n"


if __name__ == "__main__":
    for name, model in SCHEMAS.items():
        (ROOT / name).write_text(schema_text(model))
