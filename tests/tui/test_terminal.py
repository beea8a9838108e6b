"""The wizard in a real terminal: tmux, real keys, the real engine and daemon; the terminal is killed on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.demo import SOURCE_CLIP, TARGET_CLIP
from engine.folder import ProjectFolder
from tests.swaps import cut_clip

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")]


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

    def see(self, words: str, seconds: float = 60) -> str:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            shown = self._tmux("capture-pane", "-p")
            if words in shown:
                return shown
            time.sleep(0.1)
        raise AssertionError(f"{words!r} was never shown:\n{shown}")

    def kill(self) -> None:
        os.kill(int(self._tmux("display-message", "-p", "#{pid}")), signal.SIGKILL)
        time.sleep(0.5)

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._name, "kill-server"], check=False, capture_output=True)

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-L", self._name, *words], check=True, capture_output=True, text=True)
        return done.stdout


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path / "understudio", f"understudio-{os.getpid()}")
    yield terminal
    terminal.close()
    holder = tmp_path / "understudio" / ".understudio" / "daemon.json"
    if holder.exists():
        os.kill(json.loads(holder.read_text())["pid"], signal.SIGTERM)
        until = time.monotonic() + 30
        while holder.exists() and time.monotonic() < until:
            time.sleep(0.1)


def test_from_nothing_to_a_finished_swap_with_the_terminal_killed_on_every_screen(
    terminal: Terminal, tmp_path: Path
) -> None:
    woman, man = (
        cut_clip(clip, 60, tmp_path / name) for clip, name in ((SOURCE_CLIP, "woman.mp4"), (TARGET_CLIP, "man.mp4"))
    )

    def reopened(words: str) -> None:
        time.sleep(1)
        terminal.kill()
        terminal.open()
        terminal.see("questions open")
        terminal.press("Enter")
        terminal.see(words)

    def answered() -> None:
        terminal.see("Who will appear?")
        # The man is seen among the source's media, too: so there is a person to choose.
        for clip in (woman, man):
            terminal.paste(str(clip))
            terminal.press("Enter")
            terminal.see(clip.name)
        terminal.see("2 persons")
        reopened("2 persons")
        terminal.press("Enter")
        terminal.see("Whose face is replaced")
        terminal.paste(str(man))
        terminal.press("Enter")
        terminal.see("px wide")
        reopened("px wide")
        terminal.press("Enter")
        terminal.see("( ) 2")
        terminal.press("2")
        terminal.see("(•) 2")
        reopened("(•) 2")
        terminal.press("C-n")
        for page, basis, note in (("1 of 2", "3", "Bundled clip"), ("2 of 2", "5", "Recorded for tests")):
            terminal.see(page)
            terminal.press(basis)
            terminal.paste(note)
            terminal.press("Enter", "Enter")
            terminal.see("[x]")
            reopened(note)
            terminal.press("C-n")
        terminal.see("How good")
        terminal.press("Enter")
        terminal.paste("0.2")
        reopened("0.2")
        terminal.press("C-n")
        terminal.see("Is everything right?")
        reopened("Is everything right?")
        terminal.press("C-n")

    def open_again(words: str, seconds: float = 60) -> None:
        terminal.kill()
        terminal.open()
        terminal.see("woman-as-man")
        terminal.press("Enter")
        terminal.see(words, seconds)

    terminal.open()
    terminal.see("Welcome.")
    terminal.kill()
    terminal.open()
    terminal.see("Welcome.")
    terminal.press("n")
    answered()
    terminal.see("Start now?")
    terminal.kill()
    terminal.open()
    terminal.see("No daemon is running")
    terminal.press("s")
    terminal.see("A daemon works in the background")
    open_again("Find faces")
    terminal.press("l")
    terminal.see("Log")
    open_again("The video is ready.", seconds=400)
    terminal.press("f")
    terminal.see("faces")
    open_again("The video is ready.")
    made = [path for path in (tmp_path / "understudio").iterdir() if path.name[0] != "."]
    project = ProjectFolder(made[0]).load()
    assert project.source.person == 2
    assert project.train.minutes == 0.2
    assert project.consent.source is not None
    assert project.consent.source.note == "Bundled clip"
    assert project.consent.target is not None
    assert project.consent.target.note == "Recorded for tests"
    assert ProjectFolder(made[0]).result_video(project).is_file()
