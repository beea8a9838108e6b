"""systemd: tell it that we are ready and alive, and write the unit that starts us."""

from __future__ import annotations

import hashlib
import os
import re
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from engine.files import atomic


class Notifier:
    """Speaks systemd's notification protocol (sd_notify(3)) where systemd started us; else says nothing."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        variables = os.environ if environment is None else environment
        self._address = variables.get("NOTIFY_SOCKET", "")
        self.beat_seconds = int(variables.get("WATCHDOG_USEC", "0")) / 2e6 or None
        """How often `beat` must be called; None where nobody listens."""

    def ready(self, words: str) -> None:
        """Say that the start is over."""
        self._tell(f"READY=1\nSTATUS={words}")

    def beat(self) -> None:
        """Say that the loop still goes round."""
        self._tell("WATCHDOG=1")

    def says(self, words: str) -> None:
        """Say what is going on, for `systemctl status`."""
        self._tell(f"STATUS={words}")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._tell("STOPPING=1")

    def _tell(self, message: str) -> None:
        if not self._address:
            return
        # A leading @ stands for the zero byte of Linux's abstract names.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.sendto(message.encode(), address)


def unit_name(workspace: Path) -> str:
    """Return the unit's name, a different one for each workspace."""
    word = re.sub(r"[^A-Za-z0-9]+", "-", workspace.name).strip("-").lower() or "workspace"
    return f"understudio-{word}-{hashlib.sha256(str(workspace).encode()).hexdigest()[:6]}.service"


def unit_text(workspace: Path, command: Sequence[str]) -> str:
    """Return a systemd user unit that runs `command`, the daemon's command line."""
    return f"""\
[Unit]
Description=Understudio: carries the projects in {_plain(str(workspace))} to their results

[Service]
Type=notify
NotifyAccess=main
ExecStart={" ".join(_quoted(word) for word in command)}
WatchdogSec=60
Restart=on-failure
RestartSec=5
# Another daemon holds the workspace, or the workspace is not there: trying again does not help.
RestartPreventExitStatus=3
# The daemon asks the stage at work to stop at its safe point; what is still there after that is ended.
KillMode=mixed
TimeoutStopSec=20
# A stage that the kernel ends for want of memory is started again with less at a time, by the daemon itself.
OOMPolicy=continue
Nice=5

[Install]
WantedBy=default.target
"""


def install_unit(workspace: Path, command: Sequence[str], config: Path) -> Path:
    """Write the unit to where systemd looks for a user's own, and return its path.

    Args:
        workspace: What the daemon looks after.
        command: The daemon's command line.
        config: The user's configuration folder, `~/.config` as a rule.
    """
    path = config / "systemd" / "user" / unit_name(workspace)
    atomic.write_text(path, unit_text(workspace, command))
    return path


def _quoted(word: str) -> str:
    """Return a word of ExecStart= as systemd.service(5) wants it."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _plain(text: str) -> str:
    return text.replace("%", "%%").replace("\n", " ")
