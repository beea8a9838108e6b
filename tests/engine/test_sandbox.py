"""Each bound is tried in a process of its own: none can be taken back."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import pytest

from engine.sandbox import bounds_for, looking, no_endless_frames, shortcomings
from engine.stage import StageName

ROOT = Path(__file__).parents[2]


def inside(script: str, bounds: str) -> dict[str, str]:
    """Run `script`, which fills `seen`, within bounds; return what it saw."""
    program = f"""
import json, os, socket, subprocess, sys, tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from engine.sandbox import Bounds, confine
seen = {{}}
def tried(name, act):
    try:
        seen[name] = str(act())
    except (OSError, MemoryError) as error:
        seen[name] = type(error).__name__
if __name__ == "__main__":
    lacking = confine({bounds})
    seen["lacking"] = "; ".join(lacking)
{"".join("    " + line + chr(10) for line in script.splitlines())}
    print(json.dumps(seen))
"""
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert child.returncode == 0, child.stderr
    seen: dict[str, str] = json.loads(child.stdout)
    if seen["lacking"]:
        pytest.skip(f"this kernel does not grant: {seen['lacking']}")
    return seen


def test_no_socket_can_be_opened_and_no_name_looked_up() -> None:
    script = """
tried("internet", lambda: socket.socket(socket.AF_INET))
tried("internet6", lambda: socket.socket(socket.AF_INET6))
tried("local", lambda: socket.socket(socket.AF_UNIX))
tried("name", lambda: socket.getaddrinfo("example.org", 80))
tried("pair", lambda: len(socket.socketpair()))
"""
    seen = inside(script, "Bounds()")
    assert (seen["internet"], seen["internet6"], seen["local"]) == ("OSError",) * 3
    assert seen["name"] == "gaierror"
    assert seen["pair"] == "2"


def test_programs_started_from_within_are_bounded_too() -> None:
    script = """
command = [sys.executable, "-c", "import socket; socket.socket()"]
seen["child"] = str(subprocess.run(command, capture_output=True).returncode)
with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
    seen["pool"] = str(pool.submit(pow, 2, 5).result())
"""
    seen = inside(script, "Bounds()")
    assert seen["child"] == "1"
    assert seen["pool"] == "32"


def test_nothing_is_written_outside_the_project(tmp_path: Path) -> None:
    (project := tmp_path / "project").mkdir()
    (other := tmp_path / "other").mkdir()
    (other / "kept").write_text("kept")
    script = f"""
project, other = Path({str(project)!r}), Path({str(other)!r})
os.environ["TMPDIR"] = str(project)
tried("write", lambda: (project / "a").write_text("x"))
tried("rename", lambda: (project / "a").replace(project / "b"))
tried("folder", lambda: (project / "deep").mkdir())
tried("move down", lambda: (project / "b").replace(project / "deep/b"))
tried("read", lambda: (other / "kept").read_text())
tried("overwrite", lambda: (other / "kept").write_text("lost"))
tried("append", lambda: (other / "kept").open("a"))
tried("remove", lambda: (other / "kept").unlink())
tried("new", lambda: (other / "new").touch())
tried("link", lambda: (other / "link").symlink_to("/etc/passwd"))
tried("move out", lambda: (project / "deep/b").replace(other / "b"))
"""
    # The temporary folder, which holds this test's folders as well, is put inside the project for the occasion.
    bounds = f"(tempfile.__dict__.update(tempdir={str(project)!r}), Bounds(writable=(Path({str(project)!r}),)))[1]"
    seen = inside(script, bounds)
    assert [seen[name] for name in ("write", "folder", "read")] == ["1", "None", "kept"]
    assert not seen["rename"].endswith("Error")
    assert not seen["move down"].endswith("Error")
    refused = ("overwrite", "append", "remove", "new", "link", "move out")
    assert {seen[name] for name in refused} == {"PermissionError"}
    assert (other / "kept").read_text() == "kept"


def test_memory_and_files_have_their_bounds(tmp_path: Path) -> None:
    script = f"""
tried("much memory", lambda: len(bytearray(1 << 30)))
tried("some memory", lambda: len(bytearray(1 << 20)))
tried("large file", lambda: Path({str(tmp_path / "large")!r}).write_bytes(bytes(1 << 21)))
"""
    seen = inside(script, "Bounds(memory_bytes=1 << 29, file_bytes=1 << 20)")
    assert seen["much memory"] == "MemoryError"
    assert seen["some memory"] == str(1 << 20)
    assert seen["large file"] == "OSError"


def busy(processor_seconds: float) -> None:
    end = time.process_time() + processor_seconds
    while time.process_time() < end:
        pass


def work(frames: int, processor_seconds: float) -> str:
    """Work on so many frames, each taking so long, then on something else that takes longer."""
    with no_endless_frames(0.3) as next_frame:
        for _ in range(frames):
            busy(processor_seconds)
            next_frame()
    busy(1.6)
    return "done"


@pytest.fixture(scope="module")
def worker() -> Iterator[ProcessPoolExecutor]:
    """A process of its own for each piece of work."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        yield pool


def test_many_frames_may_take_long_and_what_comes_after_them_too(worker: ProcessPoolExecutor) -> None:
    assert worker.submit(work, 9, 0.1).result() == "done"


def test_a_frame_that_never_ends_ends_the_worker(worker: ProcessPoolExecutor) -> None:
    with pytest.raises(BrokenProcessPool):
        worker.submit(work, 1, 60).result()


def test_a_process_that_is_nobodys_worker_is_not_ended() -> None:
    with no_endless_frames(0.0) as next_frame:
        next_frame()
        busy(1.2)


def test_training_keeps_its_sockets_and_its_memory(tmp_path: Path) -> None:
    bounds = {stage: bounds_for(stage, tmp_path) for stage in StageName}
    assert bounds[StageName.TRAIN].sockets
    assert bounds[StageName.TRAIN].memory_bytes is None
    assert not any(bounds[stage].sockets for stage in StageName if stage is not StageName.TRAIN)
    assert bounds[StageName.EXTRACT].memory_bytes
    assert all(each.writable == (tmp_path,) for each in bounds.values())
    assert looking().writable == ()


def test_what_this_machine_lacks_is_told_in_phrases() -> None:
    assert all(phrase and phrase.isprintable() for phrase in shortcomings())
