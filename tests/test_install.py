"""`make install` puts the command on the PATH and harms nothing that lies there."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMMAND = ROOT / ".venv" / "bin" / "understudio"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@pytest.fixture
def link(home: Path) -> Path:
    return home / ".local" / "bin" / "understudio"


def install(search: str = "") -> subprocess.CompletedProcess[str]:
    """Run it as if the environment were up to date: setting it up is not what is tested."""
    words = ["make", "-C", str(ROOT), "--no-print-directory", "-o", ".venv/ready", "install"]
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}{search}"}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


def facts(path: Path) -> tuple[int, int, int]:
    """Return what tells a file from another and from itself changed; when it was read last does not."""
    found = path.lstat()
    return found.st_ino, found.st_mode, found.st_mtime_ns


def test_it_links_the_command_and_a_second_time_changes_nothing(link: Path) -> None:
    for _ in range(2):
        done = install(f":{link.parent}")
        assert done.returncode == 0, done.stderr
        assert link.readlink() == COMMAND
        assert "not on your PATH" not in done.stdout


def test_it_says_what_to_do_where_the_folder_is_not_on_the_path(link: Path) -> None:
    done = install()
    assert done.returncode == 0
    assert f"{link.parent} is not on your PATH" in done.stdout
    assert 'export PATH="$HOME/.local/bin:$PATH"' in done.stdout


@pytest.mark.parametrize("kind", ["file", "link", "dangling link", "folder"])
def test_what_is_not_its_own_stays(link: Path, tmp_path: Path, kind: str) -> None:
    link.parent.mkdir(parents=True)
    match kind:
        case "file":
            link.write_text("mine")
        case "folder":
            link.mkdir()
        case _:
            link.symlink_to(tmp_path if kind == "link" else tmp_path / "gone")
    before = facts(link)
    refused = install()
    assert refused.returncode != 0
    assert "stays as it is" in refused.stdout
    assert facts(link) == before
