"""Have a subcommand of the engine do something beside a stage: whatever becomes of it, the stage goes on."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import engine
from engine.project.stage import ExitCode, ShouldStop
from engine.records.events import FailedEvent, parse_event

_POLL_SECONDS = 0.1


def run_aside(words: Sequence[str], seconds: float, should_stop: ShouldStop) -> str:
    """Run a subcommand in a process of its own, which ends when this one does, within this one's bounds.

    Args:
        words: The subcommand, and its arguments.
        seconds: After which it is ended.
        should_stop: Whether it is to be ended before.

    Returns:
        Why it did not do what it should, in a sentence or two; empty where it did, or was to be ended.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "engine", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # `-m engine` looks in the working folder first, and must not find somebody else's engine there.
        cwd=Path(engine.__file__).parents[1],
    )
    with process:
        try:
            return _followed(process, time.monotonic() + seconds, should_stop)
        finally:
            process.kill()


def _followed(process: subprocess.Popen[bytes], until: float, should_stop: ShouldStop) -> str:
    while process.poll() is None:
        if should_stop():
            return ""
        if time.monotonic() > until:
            return "It took too long, and was ended."
        time.sleep(_POLL_SECONDS)
    if process.returncode == ExitCode.DONE:
        return ""
    assert process.stdout is not None
    last = parse_event((process.stdout.read().splitlines() or [b""])[-1])
    said = f"{last.title} {last.hint}" if isinstance(last, FailedEvent) else ""
    return said or f"It ended by itself ({process.returncode})."
