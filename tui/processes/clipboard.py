"""Copies a text to where the person can paste it, and says as much of whether it worked as can be known."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping

_TMUX_SECONDS = 5


def copy(text: str, send: Callable[[str], object], environment: Mapping[str, str] = os.environ) -> str:
    """Copy a text, and return what became of it in a sentence. Starts a process: call from a worker.

    Args:
        text: What to copy.
        send: Hands it to the terminal (OSC 52), which never answers.
        environment: What the terminal says of itself.
    """
    if "TMUX" in environment:
        # As it comes, tmux passes nothing on that a program within it copies; it does so with its own buffers.
        if _into_tmux(text, "-w") or _into_tmux(text):
            return "Copied: tmux pastes it (prefix, then ]), and your own machine where its terminal takes it."
        return "Not copied: tmux refused it. Mark the line with the mouse, Shift held."
    if "STY" in environment:
        return "Not copied: GNU screen does not pass it on. Mark the line with the mouse, Shift held."
    send(text)
    return "Sent to your terminal. If pasting brings nothing, it takes none: mark the line with the mouse, Shift held."


def _into_tmux(text: str, *flags: str) -> bool:
    """Put a text into a buffer of tmux, and look whether it is there; `-w` is known from tmux 3.2 on."""
    try:
        subprocess.run(["tmux", "load-buffer", *flags, "-"], input=text.encode(), timeout=_TMUX_SECONDS, check=True)
        shown = subprocess.run(["tmux", "show-buffer"], capture_output=True, timeout=_TMUX_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return shown.stdout.decode() == text
