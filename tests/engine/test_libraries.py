"""Which library computes, what it takes of a card, and where its programs are kept. No card is needed."""

import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.host.cards import SHARE, VISIBLE
from engine.process.libraries import keep_programs, load_quickly, prepare_libraries, programs_of

ROOT = Path(__file__).parents[2]


def prepared(environment: dict[str, str], *, card: bool, plugin: bool) -> dict[str, str]:
    names = ("NVIDIA H200",) if card else ()
    prepare_libraries(environment, lambda: names, lambda: plugin)
    return environment


@pytest.mark.parametrize(
    ("environment", "card", "plugin", "backend"),
    [
        ({}, True, True, "jax"),
        ({}, True, False, "tensorflow"),
        ({}, False, True, "tensorflow"),
        ({VISIBLE: "-1"}, True, True, "tensorflow"),
        ({"KERAS_BACKEND": "tensorflow"}, True, True, "tensorflow"),
        ({"KERAS_BACKEND": "jax"}, False, False, "jax"),
    ],
)
def test_jax_computes_where_a_card_and_its_plugin_are_and_a_person_s_word_holds(
    environment: dict[str, str], card: bool, plugin: bool, backend: str
) -> None:
    assert prepared(environment, card=card, plugin=plugin)["KERAS_BACKEND"] == backend


def test_no_library_takes_a_whole_card_at_its_start() -> None:
    environment = prepared({}, card=True, plugin=True)
    assert environment["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert environment["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    assert 0.5 < float(environment["XLA_CLIENT_MEM_FRACTION"]) < 1


def test_a_stage_keeps_to_the_share_of_a_card_that_it_was_given() -> None:
    assert prepared({SHARE: "0.25"}, card=True, plugin=True)["XLA_CLIENT_MEM_FRACTION"] == "0.25"
    own = {"XLA_PYTHON_CLIENT_MEM_FRACTION": "0.5", SHARE: "0.25"}
    assert "XLA_CLIENT_MEM_FRACTION" not in prepared(own, card=True, plugin=True)


def test_programs_are_kept_outside_the_project_and_each_project_has_its_own(tmp_path: Path) -> None:
    first, second = programs_of(tmp_path / "anna"), programs_of(tmp_path / "ben")
    assert first is not None
    assert second is not None
    assert first != second
    assert not first.is_relative_to(tmp_path / "anna")
    assert programs_of(tmp_path / "anna") == first
    environment: dict[str, str] = {}
    keep_programs(first, environment)
    assert environment["JAX_COMPILATION_CACHE_DIR"] == str(first / "jax")
    assert (first / "jax").stat().st_mode & 0o077 == 0


def test_programs_of_projects_at_which_nobody_has_worked_for_long_are_removed(tmp_path: Path) -> None:
    old = programs_of(tmp_path / "old")
    assert old is not None
    os.utime(old, (time.time() - 40 * 86400,) * 2)
    programs_of(tmp_path / "new")
    assert not old.exists()


def test_without_a_home_nothing_is_kept_and_nothing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "closed"))
    assert programs_of(tmp_path / "anna") is None


def test_while_libraries_load_garbage_is_looked_for_more_rarely() -> None:
    usual = gc.get_threshold()
    try:
        gc.set_threshold(700, *usual[1:])
        load_quickly()
        assert gc.get_threshold()[0] >= 10 * 700
        assert gc.isenabled()
    finally:
        gc.set_threshold(*usual)


COMPILED_TWICE = """
import os, sys
from pathlib import Path
from engine.process.libraries import keep_programs, prepare_libraries
from engine.process.sandbox import Bounds, confine
place, other = Path(sys.argv[1]), Path(sys.argv[2])
prepare_libraries(has_plugin=lambda: False)
keep_programs(place)
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
confine(Bounds(readable=(place,), writable=(place,)))
import jax, jax.numpy as jnp
jax.jit(lambda x: jnp.tanh(x @ x).sum())(jnp.ones((64, 64))).block_until_ready()
try:
    (other / "elsewhere").write_text("x")
except PermissionError:
    print("kept to", len(list((place / "jax").glob("*-cache"))))
"""


@pytest.mark.slow
def test_what_was_compiled_is_found_again_from_within_the_sandbox(tmp_path: Path) -> None:
    place = programs_of(tmp_path / "anna")
    assert place is not None
    (temporary := tmp_path / "temporary").mkdir()
    other = Path.home() / "other"
    other.mkdir()
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", COMPILED_TWICE, str(place), str(other)]
    said = [
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT).stdout
        for _ in range(2)
    ]
    assert said[0] == said[1]
    assert int(said[0].split()[-1]) > 0
