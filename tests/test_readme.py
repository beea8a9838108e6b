"""The README names every part of the code and every command, and no other."""

import re
from pathlib import Path

from engine.demo import EXAMPLE_STEPS
from tui.cli import _COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_map_of_the_code_names_every_package() -> None:
    (code_map,) = re.findall(r"^engine/ .*?(?=^```)", README, re.MULTILINE | re.DOTALL)
    packages = {path.parent.name for part in ("engine", "daemon", "tui") for path in (ROOT / part).rglob("__init__.py")}
    assert set(re.findall(r"\b([a-z]+)/", code_map)) == packages


def test_the_table_of_commands_is_whole() -> None:
    rows = re.findall(r"^\| (`.*?) \|", README, re.MULTILINE)
    told = {word for row in rows for word in re.findall(r"`(?:understudio )?([a-z]+)`", row)}
    assert told == {"understudio", *_COMMANDS} - {"demo"}, "demo has its own place: make demo"


def test_the_picture_of_the_demo_has_as_many_steps_in_the_readme_as_in_the_wizard() -> None:
    assert f"with {EXAMPLE_STEPS:,} training steps" in README
