"""Drives the daemon in this process, round by round, over real folders and the pretended engine."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from daemon.claims import ALONE, Company
from daemon.clock import Clock, system_clock
from daemon.runner import Command
from daemon.service import Service, ServiceOptions
from daemon.status import State, Status, read_status
from daemon.wake import StopFlag, Wake
from engine.host.cards import Card
from engine.project.folder import ProjectFolder
from engine.project.stage import StageName

FAKE_ENGINE = Path(__file__).with_name("fake_engine.py")
QUICK = "settle_seconds = 0.1\nrescan_seconds = 0.05\nmin_free_mb = 1\nhang_seconds = 60\n"


def fake_command(stage: StageName, folder: ProjectFolder) -> Sequence[str]:
    """The words that start the pretended engine."""
    return [sys.executable, str(FAKE_ENGINE), stage.value, str(folder.path)]


class Daemon:
    """A service that is driven round by round."""

    def __init__(
        self,
        workspace: Path,
        clock: Clock = system_clock,
        command: Command = fake_command,
        cards: Sequence[Card] = (),
        company: Company = ALONE,
    ) -> None:
        settings = workspace / "understudio.toml"
        if not settings.exists():
            settings.write_text(QUICK)
        self.wake, self.stop = Wake(), StopFlag()
        options = ServiceOptions(command=command, cards=lambda: cards, company=company)
        self.service = Service(workspace, self.wake, self.stop, options, clock)

    def until(self, holds: Callable[[], object], seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, "waited in vain"
            self.service.run_round()
            time.sleep(0.02)

    def rounds(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > until)

    def leave(self) -> None:
        self.stop.is_set = True
        self.until(lambda: self.service.run_round().at_work == 0)
        self.service.close()


def status(folder: ProjectFolder) -> Status:
    return read_status(folder) or Status.model_validate({"name": "", "state": "arriving", "updated_at": 0})


def is_in(folder: ProjectFolder, state: State) -> Callable[[], bool]:
    return lambda: status(folder).state is state


def has_begun(folder: ProjectFolder, stage: StageName) -> Callable[[], bool]:
    """Tell whether a stage has been started; the stages after it only take time."""
    return lambda: stage in starts(folder)


def starts(folder: ProjectFolder) -> list[str]:
    log = folder.path / "starts.log"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def rewrite(folder: ProjectFolder, **scripts: dict[str, object]) -> None:
    (folder.path / "fake.json").write_text(json.dumps(scripts))
