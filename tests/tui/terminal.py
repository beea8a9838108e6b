"""A real terminal for tests: tmux, which can be typed into, looked at, and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil


class Terminal:
    """A terminal of 80x24 that can be typed into, looked at, and killed."""

    def __init__(self, workspace: Path, name: str) -> None:
        self._name = name
        self._workspace = workspace

    def open(self) -> None:
        command = f"'{sys.executable}' -m tui.cli --workspace '{self._workspace}'"
        self._tmux("new-session", "-d", "-x", "80", "-y", "24", command)

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def paste(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)

    def see(self, *words: str, seconds: float = 60) -> str:
        """Wait for any of some words, and return all that is shown."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            shown = self._tmux("capture-pane", "-p")
            if any(each in shown for each in words):
                return shown
            time.sleep(0.1)
        raise AssertionError(f"{' or '.join(words)} was never shown:\n{shown}")

    def bytes_sent(self, file: Path, seconds: float) -> int:
        """Return how much the wizard sends over the line while nobody presses a key."""
        self._tmux("pipe-pane", f"cat > '{file}'")
        time.sleep(seconds)
        self._tmux("pipe-pane")
        return file.stat().st_size if file.exists() else 0

    def kill(self) -> None:
        server, wizard = (int(pid) for pid in self._tmux("display-message", "-p", "#{pid} #{pane_pid}").split())
        looks = [child.pid for child in self.children() if os.getsid(child.pid) == os.getsid(wizard)]
        os.kill(server, signal.SIGKILL)
        until(lambda: not any(map(is_alive, (server, wizard, *looks))))

    def children(self) -> list[psutil.Process]:
        """Return what the wizard has started; a daemon among them has a session of its own."""
        wizard = psutil.Process(int(self._tmux("display-message", "-p", "#{pane_pid}")))
        return list(wizard.children(recursive=True))

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._name, "kill-server"], check=False, capture_output=True)

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-L", self._name, *words], check=True, capture_output=True, text=True)
        return done.stdout


def is_alive(pid: int) -> bool:
    # Nobody may have asked yet how a process ended that did end.
    return psutil.pid_exists(pid) and bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def until(holds: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
