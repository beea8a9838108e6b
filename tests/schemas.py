"""The JSON schemas in the package, of files that people or other programs read and write. `make schemas` makes them."""

from __future__ import annotations

import ast
import inspect
import json
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel

from daemon.settings import Settings
from daemon.status import Status
from engine.project.settings import Project, Strict

ROOT = Path(__file__).parent.parent

SCHEMAS: dict[str, type[BaseModel]] = {
    "daemon/settings.schema.json": Settings,
    "daemon/status.schema.json": Status,
    "engine/project/project.schema.json": Project,
}
"""Each file, and the model that it describes."""


def schema_text(model: type[BaseModel]) -> str:
    """Return the content of the file: the schema, each setting explained by the words beneath it."""
    schema = model.model_json_schema()
    for settings in Strict.__subclasses__():
        table = schema if settings is model else schema.get("$defs", {}).get(settings.__name__, {"properties": {}})
        for name, words in _words_beneath(settings).items():
            if name in table["properties"]:
                table["properties"][name] = dict(sorted({**table["properties"][name], "description": words}.items()))
    return json.dumps(schema, indent=1) + "\n"


def _words_beneath(model: type[BaseModel]) -> dict[str, str]:
    """Return what is written beneath each setting of a model.

    Pydantic could do so itself (`use_attribute_docstrings`), but would read the source anew at each start of a program.
    """
    (declared,) = ast.parse(inspect.getsource(model)).body
    assert isinstance(declared, ast.ClassDef)
    return {
        setting.target.id: inspect.cleandoc(beneath.value.value)
        for setting, beneath in pairwise(declared.body)
        if isinstance(setting, ast.AnnAssign)
        and isinstance(setting.target, ast.Name)
        and isinstance(beneath, ast.Expr)
        and isinstance(beneath.value, ast.Constant)
        and isinstance(beneath.value.value, str)
    }


if __name__ == "__main__":
    for name, model in SCHEMAS.items():
        (ROOT / name).write_text(schema_text(model))
