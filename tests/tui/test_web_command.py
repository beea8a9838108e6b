"""`understudio web` as a process: it begins, says where to look, and ends when it is told to."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.project.folder import create_folder
from tests.tui.serving import free_port, serving, start
from tests.visiting import TOKEN

pytestmark = pytest.mark.slow


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def server(workspace: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    create_folder(workspace / "project")
    with serving(workspace, port) as process:
        yield process


def test_ctrl_c_ends_it_soon_and_leaves_nothing_of_a_piece_on_its_way(
    server: subprocess.Popen[str], workspace: Path, port: int
) -> None:
    head = (
        f"POST /projects/project/media/source?name=scene.mp4&size=1000000&at=0&mark={'0' * 32} HTTP/1.1",
        *(f"Host: localhost:{port}", f"Origin: http://localhost:{port}"),
        *(f"Cookie: understudio-{port}={TOKEN}", "Content-Length: 1000000"),
    )
    source = workspace / "project" / "source"
    with closing(socket.create_connection(("127.0.0.1", port))) as line:
        line.sendall("\r\n".join((*head, "Expect: 100-continue", "", "")).encode())
        # It wants the piece.
        assert line.recv(1000).startswith(b"HTTP/1.1 100")
        line.sendall(b"half")
        server.send_signal(signal.SIGINT)
        said, complaints = server.communicate(timeout=20)
    assert re.search(rf"http://localhost:{port}/\?token={TOKEN}", said)
    assert (server.returncode, complaints) == (0, "")
    assert not any(source.iterdir())


def test_a_port_that_is_in_use_is_said_to_be(server: subprocess.Popen[str], workspace: Path, port: int) -> None:
    with start(workspace, port) as second:
        _, complaints = second.communicate(timeout=60)
    assert f"Port {port} is in use already." in complaints
    assert "--port" in complaints
    assert "Traceback" not in complaints
