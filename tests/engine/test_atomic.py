import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.errors import OutOfDisk
from engine.files import atomic
from tests.machines import as_machine, needs_machines


def test_a_file_has_its_new_content_after_writing(tmp_path: Path) -> None:
    atomic.write_text(tmp_path / "deep" / "status.json", "new")
    assert (tmp_path / "deep" / "status.json").read_text() == "new"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["status.json"]


def copy_nothing_after_writing(path: Path) -> None:
    path.write_text("half")
    path.with_name("absent").read_text()


def test_a_failed_writer_leaves_the_old_content_and_no_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), atomic.new_file(path) as partial:
        copy_nothing_after_writing(partial)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_partial_file_keeps_the_suffix_that_chooses_its_format(tmp_path: Path) -> None:
    with atomic.new_file(tmp_path / "picture.png") as partial:
        assert partial.suffix == ".png"
        partial.write_bytes(b"x")


def test_a_folder_appears_whole_and_replaces_the_one_before(tmp_path: Path) -> None:
    for content in ("first", "second"):
        with atomic.new_folder(tmp_path / "step-1") as partial:
            (partial / "weights").write_text(content)
            assert not (tmp_path / "step-1" / "weights").exists() or content == "second"
    assert (tmp_path / "step-1" / "weights").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["step-1"]


def test_a_failed_folder_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic.new_folder(tmp_path / "step-1") as partial:
        copy_nothing_after_writing(partial / "weights")
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / f".step-1{atomic.PARTIAL}dead").mkdir()
    with atomic.new_folder(tmp_path / "step-1") as partial:
        (partial / "weights").write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["step-1"]


def test_a_passing_folder_is_gone_afterwards_and_so_is_what_a_dead_writer_left_of_one(tmp_path: Path) -> None:
    (tmp_path / ".preview.partial-dead").mkdir()
    with atomic.passing_folder(tmp_path, "preview") as place:
        (place / "a.jpg").write_bytes(b"x")
        assert list(tmp_path.iterdir()) == [place]
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(OutOfDisk, match="disk is full"), atomic.new_file(tmp_path / "result.mp4"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_reader_never_sees_a_part_while_writers_are_killed(tmp_path: Path) -> None:
    """Given a process that rewrites a file, when it is killed at any moment, the file is one of its contents."""
    path = tmp_path / "status.json"
    script = (
        "import sys; from pathlib import Path; from engine.files import atomic\n"
        "path, n = Path(sys.argv[1]), 0\n"
        "while True:\n    n += 1; atomic.write_text(path, str(n % 10) * 100_000)\n"
    )
    for pause in (0.3, 0.31, 0.32):
        child = subprocess.Popen([sys.executable, "-c", script, str(path)])
        deadline = time.monotonic() + 20
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(pause)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        text = path.read_text()
        assert len(text) == 100_000
        assert len(set(text)) == 1


@pytest.mark.parametrize("name", ["a" * 251 + ".mp4", "\N{HIRAGANA LETTER A}" * 83 + ".jpg", "b" * 255])
def test_a_file_may_have_the_longest_name_that_there_is(tmp_path: Path, name: str) -> None:
    atomic.write_text(tmp_path / name, "content")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with atomic.new_folder(tmp_path / f"f{name[1:]}"):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {name, f"f{name[1:]}"}


def test_long_names_that_are_cut_stay_different() -> None:
    one, other = (atomic.fitting_name("a" * 250 + letter, ".origin.json") for letter in "bc")
    assert one != other
    assert {len(one), len(other)} == {255}


def test_what_the_dead_left_goes_and_what_others_are_writing_stays(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from engine.files import atomic
place = Path(sys.argv[1])
file, folder = atomic.new_file(place / "limits.json"), atomic.new_folder(place / "step-1")
file.__enter__().touch(), folder.__enter__()
print("there", flush=True)
sys.stdin.read()
"""
    elsewhere, long_ago = (tmp_path / f".status.partial-{name}-12345678-1.json" for name in ("elsewhere", "long-ago"))
    elsewhere.touch()
    long_ago.touch()
    os.utime(long_ago, (0, 0))
    words = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "there\n"
        on_their_way = {path for path in tmp_path.iterdir() if str(writer.pid) in path.name}
        assert len(on_their_way) == 2
        atomic.remove_what_the_dead_left(tmp_path)
        assert set(tmp_path.iterdir()) == on_their_way | {elsewhere}
        writer.kill()
    atomic.remove_what_the_dead_left(tmp_path)
    assert set(tmp_path.iterdir()) == {elsewhere}


def test_nothing_is_removed_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "of-others").mkdir()
    (left := tmp_path / "of-others" / ".status.partial-long-ago-12345678-1.json").touch()
    os.utime(left, (0, 0))
    (tmp_path / "link").symlink_to(tmp_path / "of-others")
    atomic.remove_what_the_dead_left(tmp_path / "link")
    assert left.exists()


@needs_machines
def test_two_machines_that_write_one_file_write_to_different_names_on_the_way(tmp_path: Path) -> None:
    script = "import os, sys; from pathlib import Path; from engine.files import atomic\n"
    script += "with atomic.new_file(Path(sys.argv[1])) as partial: partial.touch(); print(os.getpid(), partial.name)"
    told = []
    for host in ("box-one", "box-two"):
        words = as_machine(host, [sys.executable, "-c", script, str(tmp_path / "file")])
        told.append(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())
        assert host in told[-1][1]
    (one, other), (its_name, the_others) = zip(*told, strict=True)
    assert one == other == "1"
    assert its_name != the_others
