"""The wizard as a process of its own."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

_LONGEST_SECONDS = 30


@pytest.mark.parametrize("before", ["", "trap '' HUP; "], ids=["as usual", "hanging up is ignored"])
def test_a_wizard_whose_terminal_is_gone_ends_though_nobody_tells_it(tmp_path: Path, before: str) -> None:
    ours, its = pty.openpty()
    command = ["sh", "-c", before + 'exec "$@"', "sh", sys.executable, "-m", "tui.cli", "--workspace", str(tmp_path)]
    # No session of its own: the terminal is not the one that it is told of.
    with subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=os.environ | {"TERM": "xterm"}) as wizard:
        try:
            os.close(its)
            seen = b""
            while b"\x1b[?1049h" not in seen:
                seen += os.read(ours, 65536)
            os.close(ours)
            assert wizard.wait(_LONGEST_SECONDS) == 128 + signal.SIGHUP
        finally:
            wizard.kill()


def test_without_a_terminal_the_wizard_says_so_and_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tui.cli", "--workspace", str(tmp_path)]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_LONGEST_SECONDS)
    assert ended.returncode == 2
    assert "needs a terminal" in ended.stderr
    assert "ssh -t" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize("closed", ["<&-", "<&- >&-"], ids=["input", "input and output"])
def test_the_wizard_says_so_too_where_there_is_nothing_to_read_from(tmp_path: Path, closed: str) -> None:
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "tui.cli", "--workspace", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_SECONDS)
    assert ended.returncode == 2
    assert "needs a terminal" in ended.stderr
