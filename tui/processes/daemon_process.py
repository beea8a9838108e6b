"""Whether a daemon watches the workspace, and how to start one that outlives the wizard."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from daemon.presence import Pulses
from daemon.settings import load_settings
from daemon.workspace_lock import is_looked_after
from engine.errors import ProjectError
from engine.files.private_folder import make_private
from engine.host.machine import this_host


class DaemonControl(Protocol):
    """Answers for the daemon of one workspace. Both methods touch files or processes: call from a worker."""

    def is_running(self) -> bool:
        """Return whether some daemon holds the workspace."""
        ...

    def start(self) -> None:
        """Start one in the background; it goes on after the wizard and the terminal are gone."""
        ...


class LocalDaemon:
    """The daemon on this machine."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._pulses = Pulses(workspace)

    def is_running(self) -> bool:
        """Return whether some daemon holds the workspace."""
        return is_looked_after(self._workspace, self._pulses)

    def start(self) -> None:
        """Start one in the background; it goes on after the wizard and the terminal are gone."""
        log = self._workspace / ".understudio" / self._log_name()
        make_private(log.parent, parents=True)
        with log.open("ab") as output:
            subprocess.Popen(
                [sys.executable, "-P", "-m", "tui.cli", "daemon", str(self._workspace)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _log_name(self) -> str:
        """Return the name of the daemon's log: where machines share the workspace, each has its own."""
        with suppress(ProjectError):
            if load_settings(self._workspace).shared:
                return f"daemon-{this_host().mark}.log"
        # Settings that are not valid are the first thing that it will say.
        return "daemon.log"
