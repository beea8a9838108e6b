"""`understudio web` as a process: it begins, says where to look, and ends when it is told to."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.project.folder import create_folder
from tests.visiting import TOKEN

pytestmark = pytest.mark.slow


@pytest.fixture
def port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@pytest.fixture
def serving(workspace: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    create_folder(workspace / "project")
    with start(workspace, port) as process:
        while not is_answering(port):
            assert process.poll() is None
            time.sleep(0.05)
        yield process
        process.kill()


def start(workspace: Path, port: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tui.cli", "web", f"--port={port}", f"--token={TOKEN}", f"--workspace={workspace}"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def is_answering(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/")
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code == 403
    except urllib.error.URLError:
        return False
    return True


def test_ctrl_c_ends_it_soon_and_leaves_nothing_of_a_file_on_its_way(
    serving: subprocess.Popen[str], workspace: Path, port: int
) -> None:
    head = (
        "POST /projects/project/media/source?name=scene.mp4 HTTP/1.1",
        *(f"Host: localhost:{port}", f"Origin: http://localhost:{port}"),
        *(f"Cookie: understudio-{port}={TOKEN}", "Content-Length: 1000000"),
    )
    source = workspace / "project" / "source"
    with closing(socket.create_connection(("127.0.0.1", port))) as line:
        line.sendall("\r\n".join((*head, "", "")).encode() + b"half")
        while not any(path.is_file() for path in source.rglob("*")):
            time.sleep(0.02)
        serving.send_signal(signal.SIGINT)
        said, complaints = serving.communicate(timeout=20)
    assert re.search(rf"http://localhost:{port}/\?token={TOKEN}", said)
    assert (serving.returncode, complaints) == (0, "")
    assert not any(source.iterdir())


def test_a_port_that_is_in_use_is_said_to_be(serving: subprocess.Popen[str], workspace: Path, port: int) -> None:
    with start(workspace, port) as second:
        _, complaints = second.communicate(timeout=60)
    assert f"Port {port} is in use already." in complaints
    assert "--port" in complaints
    assert "Traceback" not in complaints
