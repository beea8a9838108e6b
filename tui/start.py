"""Open the wizard, and open it again where it failed by a fault of its own."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from engine.pace import PaceStore
from tui.app import Wizard
from tui.drafts import DraftStore
from tui.engine_child import EngineProcess
from tui.services import Services
from tui.watchman import LocalWatchman
from tui.widgets.picture import Graphics

_TOO_SOON_SECONDS = 3.0
"""A wizard that fails sooner than this would only fail again."""


def run_wizard(services: Services) -> None:
    """Run the wizard until the person leaves; a fault of its own starts it again, at a word about what happened.

    Raises:
        Exception: The wizard fails as soon as it opens.
    """
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


def real_services(workspace: Path, graphics: Graphics) -> Services:
    """Return the services of a workspace on this machine."""
    paces = PaceStore(Path(platformdirs.user_state_dir("understudio")) / "pace.json")
    watchman = LocalWatchman(workspace)
    return Services(workspace, DraftStore(workspace), EngineProcess(), watchman, paces, graphics=graphics)
