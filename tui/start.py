"""Open the wizard, and open it again where it failed by a fault of its own."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from pathlib import Path

from engine.host.home import state_folder
from engine.records.pace import PaceStore
from tui.app import Wizard
from tui.drafts.store import DraftStore
from tui.processes.daemon_process import LocalDaemon
from tui.processes.engine_process import EngineProcess
from tui.services import Services
from tui.widgets.picture import Graphics

_TOO_SOON_SECONDS = 3.0
"""A wizard that fails sooner than this would only fail again."""


def run_wizard(services: Services) -> None:
    """Run the wizard until the person leaves; a fault of its own starts it again, at a word about what happened.

    Raises:
        Exception: The wizard fails as soon as it opens.
    """
    threading.Thread(target=_end_with_the_terminal, daemon=True, name="hangup").start()
    crash: BaseException | None = None
    while True:
        began = services.clock()
        wizard = Wizard(services, crash)
        wizard.run()
        crash = wizard.crash
        if crash is None:
            return
        if (services.clock() - began).total_seconds() < _TOO_SOON_SECONDS:
            raise crash


def _end_with_the_terminal() -> None:
    """End the process when its terminal is gone: every answer is on the disk already.

    The kernel tells only those of it whose controlling terminal it was. Without a word Textual would read its end over
    and over, half of a core busy, and wait forever to draw.
    """
    watch = select.poll()
    watch.register(sys.stdin, 0)
    watch.poll()
    # Not by the signal itself, which whoever started the wizard may have had ignored, as nohup does.
    os._exit(128 + signal.SIGHUP)


def real_services(workspace: Path, graphics: Graphics = Graphics.HALF_CELLS) -> Services:
    """Return the services of a workspace on this machine."""
    paces = PaceStore(state_folder() / "pace.json")
    daemon = LocalDaemon(workspace)
    return Services(workspace, DraftStore(workspace), EngineProcess(), daemon, paces, graphics=graphics)
