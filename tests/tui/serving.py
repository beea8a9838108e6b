"""`understudio web` as a process of its own, which a test may end as roughly as it likes."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.visiting import TOKEN


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


def start(workspace: Path, port: int, token: str = TOKEN) -> subprocess.Popen[str]:
    """Start it."""
    words = [sys.executable, "-m", "tui.cli", "web", f"--port={port}", f"--token={token}", f"--workspace={workspace}"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def serving(workspace: Path, port: int, token: str = TOKEN) -> Iterator[subprocess.Popen[str]]:
    """Start it, yield it once it answers, and kill it in the end."""
    with start(workspace, port, token) as process:
        try:
            while not _is_answering(port):
                assert process.poll() is None
                time.sleep(0.05)
            yield process
        finally:
            process.kill()


def _is_answering(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/")
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code == 403
    except urllib.error.URLError:
        return False
    return True
