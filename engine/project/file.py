"""The project file as text: read strictly, written so that a person's comments stay."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path

import tomlkit
from pydantic import ValidationError

from engine.errors import ProjectError
from engine.project.settings import Project

SCHEMA_FILE = Path(__file__).with_name("project.schema.json")
"""What a project file may say, for editors."""


def parse_project(text: str, name: str = "project.toml") -> Project:
    """Read a project file.

    Args:
        text: The file's content.
        name: What to call the file in messages.

    Raises:
        ProjectError: It is not TOML, or a setting is unknown, of the wrong type, or out of bounds; the hint names it.
    """
    try:
        return Project.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProjectError(f"{name} cannot be read: {error}.", "Correct that line and start again.") from error
    except ValidationError as error:
        raise ProjectError(f"{name} is not valid: {problems_in_words(error)}.", _KEEP_HINT) from error


def format_project(project: Project, previous: str = "") -> str:
    """Return the text of a project file, keeping the comments and order of a `previous` one.

    A new one begins with the line by which editors find the settings' schema (`#:schema`, as taplo reads it). It names
    the schema of this installation, which tells what the program here understands, also after an update: a copy in the
    project folder would soon call new settings wrong. Copied to another machine, the line leads nowhere and does no
    harm.
    """
    document = tomlkit.parse(previous or f"#:schema {SCHEMA_FILE.absolute().as_uri()}\n\n")
    wanted = project.model_dump(mode="python", exclude_none=True, exclude_defaults=False)
    _merge(document, wanted)
    return tomlkit.dumps(document)


_KEEP_HINT = "Correct that setting and start again. Everything made so far is kept."


def problems_in_words(error: ValidationError) -> str:
    """Return the first few problems, each with the setting's full name."""
    problems = error.errors()
    said = [_problem(".".join(str(part) for part in p["loc"]), p["msg"], p["type"]) for p in problems[:3]]
    rest = len(problems) - len(said)
    return "; ".join(said) + (f"; and {rest} more" if rest else "")


def _problem(setting: str, message: str, kind: str) -> str:
    if kind == "extra_forbidden":
        return f"{setting} is not a setting"
    message = message.removeprefix("Value error, ")
    return f"{setting}: {message[0].lower()}{message[1:]}" if setting else message


def _merge(table: tomlkit.TOMLDocument | dict[str, object], wanted: dict[str, object]) -> None:
    """Make `table` say what `wanted` says, touching only what differs."""
    for key in [key for key in table if key not in wanted]:
        del table[key]
    for key, value in wanted.items():
        if isinstance(value, dict):
            if not isinstance(table.get(key), dict):
                table[key] = tomlkit.table()
            _merge(table[key], value)  # type: ignore[arg-type]
        elif key not in table or table[key] != value:
            table[key] = str(value) if isinstance(value, StrEnum) else value
