"""Each bound is tried in a process of its own, which it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.project.stage import ExitCode

ROOT = Path(__file__).parents[2]
_BEGIN = """
import mmap, sys, time
from engine.process.child import claim_stdout, end_when_memory_is_filled
from engine.process.memory import filled_bytes
if __name__ == "__main__":
    end_when_memory_is_filled(claim_stdout(), filled_bytes() + (300 << 20))
"""


def ended(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script that may fill 300 MB more than it begins with."""
    program = _BEGIN + "".join(f"    {line}\n" for line in script.splitlines())
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_process_that_fills_too_much_memory_ends_in_a_sentence() -> None:
    child = ended("kept = [b'x' * (1 << 20) for _ in range(600)]\ntime.sleep(30)")
    assert child.returncode == ExitCode.FAILED, child.stderr
    said = json.loads(child.stdout)
    assert said["kind"] == "OutOfMemory"
    assert "memory" in said["title"]
    assert said["hint"]


def test_memory_that_is_only_reserved_does_not_count() -> None:
    # 0x4000 is MAP_NORESERVE, which Python does not name.
    child = ended("kept = mmap.mmap(-1, 64 << 30, flags=mmap.MAP_PRIVATE | 0x4000)\ntime.sleep(1)")
    assert (child.returncode, child.stdout) == (0, ""), child.stderr


@pytest.mark.slow
def test_a_file_that_is_read_through_a_window_does_not_count(tmp_path: Path) -> None:
    film = tmp_path / "film"
    with film.open("wb") as file:
        file.truncate(600 << 20)
    child = ended(
        f"file = open({str(film)!r}, 'rb')\n"
        "window = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)\n"
        "sum(window[at] for at in range(0, len(window), 4096))\ntime.sleep(1)"
    )
    assert (child.returncode, child.stdout) == (0, ""), child.stderr


def test_worker_processes_are_watched_as_well(tmp_path: Path) -> None:
    script = """
import time
from engine.errors import OutOfMemory
from engine.process.in_order import in_order
from engine.process.workers import worker_pool

def fill(megabytes):
    kept = [b"x" * (1 << 20) for _ in range(megabytes)]
    time.sleep(1)
    return len(kept)

if __name__ == "__main__":
    pool = worker_pool(1, most_bytes=400 << 20)
    answers = in_order(pool, fill, [10, 900], lambda: False, 1)
    print(next(answers)[1])
    try:
        next(answers)
    except OutOfMemory as error:
        print(error.title)
"""
    (tmp_path / "script.py").write_text(script)
    child = subprocess.run(
        [sys.executable, str(tmp_path / "script.py")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    first, second = child.stdout.splitlines()
    assert first == "10"
    assert "memory ran out" in second
