"""Each bound is tried in a process of its own: none can be taken back."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.arrays import RGBImage
from engine.media.images import write_image
from engine.process.sandbox import bounds_for, inspection_bounds, shortcomings
from engine.project.stage import StageName
from tests.links import swapping
from tests.media import Shape, write_video

ROOT = Path(__file__).parents[2]


def inside(script: str, bounds: str) -> dict[str, str]:
    """Run `script`, which fills `seen`, within bounds; return what it saw."""
    program = f"""
import json, os, socket, subprocess, sys, tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from engine.process.sandbox import Bounds, confine
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


def test_only_the_process_that_fetches_pictures_keeps_its_sockets_and_what_it_starts_can_give_them_up() -> None:
    script = """
tried("internet", lambda: socket.socket(socket.AF_INET).fileno() > 0)
confine(Bounds())
tried("afterwards", lambda: socket.socket(socket.AF_INET))
"""
    seen = inside(script, "Bounds(network=True)")
    assert (seen["internet"], seen["afterwards"]) == ("True", "OSError")


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


def test_each_stage_keeps_to_its_project_and_only_signers_see_the_certificate(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    bounds = {stage: bounds_for(stage, tmp_path / "..", [key]) for stage in StageName}
    assert bounds[StageName.EXTRACT].memory_bytes
    assert bounds[StageName.REPORT].memory_bytes
    assert all(each.writable == (tmp_path / "..",) for each in bounds.values())
    assert all(each.file_bytes for each in bounds.values())
    assert [stage for stage, each in bounds.items() if key not in (each.readable or ())] == [StageName.EXTRACT]
    assert inspection_bounds().writable == ()


def test_nothing_is_read_outside_the_project_through_links_or_otherwise(tmp_path: Path) -> None:
    for name in ("project", "other", "temporary"):
        (tmp_path / name).mkdir()
    (tmp_path / "other/secret").write_text("secret")
    (tmp_path / "project/own").write_text("own")
    (tmp_path / "project/link").symlink_to(tmp_path / "other/secret")
    script = f"""
project, other = Path({str(tmp_path / "project")!r}), Path({str(tmp_path / "other")!r})
tried("own", (project / "own").read_text)
tried("secret", (other / "secret").read_text)
tried("link", (project / "link").read_text)
tried("list", lambda: list(other.iterdir()))
(project / "link").unlink()
(project / "link").symlink_to("own")
tried("link inside", (project / "link").read_text)
with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
    tried("worker", lambda: pool.submit((other / "secret").read_text).result())
"""
    place = str(tmp_path / "temporary")
    project = f"(Path({str(tmp_path / 'project')!r}),)"
    bounds = f"(tempfile.__dict__.update(tempdir={place!r}), Bounds(readable={project}, writable={project}))[1]"
    seen = inside(script, bounds)
    assert (seen["own"], seen["link inside"]) == ("own", "own")
    assert {seen[name] for name in ("secret", "link", "list", "worker")} == {"PermissionError"}


@pytest.mark.slow
def test_a_link_swapped_in_while_media_are_read_shows_nothing_outside(tmp_path: Path) -> None:
    for name in ("project", "other", "temporary"):
        (tmp_path / name).mkdir()
    own, outside = tmp_path / "project/own", tmp_path / "other/secret"
    for kind, write in ((".png", write_image), (".mp4", write_film)):
        write(own.with_suffix(kind), np.full((64, 96, 3), 255, np.uint8))
        write(outside.with_suffix(kind), np.zeros((64, 96, 3), np.uint8))
        script = f"""
from engine.errors import MediaError
from engine.media.frames import read_frames
from engine.media.images import read_image
place = Path({str(tmp_path / "project" / f"place{kind}")!r})
colours, refused = set(), 0
for _ in range(300):
    try:
        image = read_image(place) if place.suffix == ".png" else next(read_frames(place)).image
        colours.add(int(image.mean() // 128))
    except (OSError, MediaError):
        refused += 1
seen["colours"], seen["refused"] = str(colours), str(refused > 0)
"""
        project = f"(Path({str(tmp_path / 'project')!r}),)"
        place = str(tmp_path / "temporary")
        bounds = f"(tempfile.__dict__.update(tempdir={place!r}), Bounds(readable={project}, writable={project}))[1]"
        link = tmp_path / "project" / f"place{kind}"
        link.symlink_to(own.with_suffix(kind))
        with swapping(link, own.with_suffix(kind), outside.with_suffix(kind)):
            seen = inside(script, bounds)
        assert (seen["colours"], seen["refused"]) == ("{1}", "True")


def write_film(path: Path, image: RGBImage) -> None:
    write_video(path, Shape(frames=3), [image] * 3)


def test_what_this_machine_lacks_is_told_in_phrases() -> None:
    assert all(phrase and phrase.isprintable() for phrase in shortcomings())
