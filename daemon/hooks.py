"""The user's own command, run when something happened. It gets the facts in variables and a limited time.

UNDERSTUDIO_EVENT    done or failed
UNDERSTUDIO_PROJECT  the project's name
UNDERSTUDIO_FOLDER   its folder
UNDERSTUDIO_TITLE    what happened, in a sentence
UNDERSTUDIO_HINT     what to do now; empty where nothing need be done
UNDERSTUDIO_RESULT   the finished video; empty where there is none
UNDERSTUDIO_LOG      the log of the stages
"""

from __future__ import annotations

import logging
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from daemon.runner import kill_tree
from daemon.settings import HookEvent, HookSettings

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Happening:
    """What happened to a project."""

    event: HookEvent
    project: str
    folder: Path
    title: str
    hint: str
    result: Path | None
    log: Path

    def variables(self) -> dict[str, str]:
        """Return it as environment variables."""
        facts = {
            "event": self.event.value,
            "project": self.project,
            "folder": str(self.folder),
            "title": self.title,
            "hint": self.hint,
            "result": str(self.result or ""),
            "log": str(self.log),
        }
        # A zero byte cannot be handed over; no honest name holds one.
        return {f"UNDERSTUDIO_{name.upper()}": value.replace("\0", "") for name, value in facts.items()}


@dataclass(frozen=True)
class _Running:
    process: subprocess.Popen[bytes]
    project: str
    ends_at: float


class Hooks:
    """Starts the user's command and ends it when its time is up; never waits for it."""

    def __init__(self) -> None:
        self._running: list[_Running] = []

    @property
    def are_running(self) -> bool:
        """Whether any command is still at work."""
        return bool(self._running)

    def happened(self, happening: Happening, settings: HookSettings, now: float) -> None:
        """Run the command for something that happened, if one is set."""
        if not settings.command or happening.event not in settings.events:
            return
        try:
            process = subprocess.Popen(
                settings.command,
                cwd=happening.folder,
                env={**os.environ, **happening.variables()},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            _log.warning("%s: the hook %s cannot be run: %s", happening.project, settings.command[0], error)
            return
        self._running.append(_Running(process, happening.project, now + settings.seconds))

    def look(self, now: float) -> None:
        """Notice commands that have ended, and end those whose time is up."""
        for each in list(self._running):
            code = each.process.poll()
            if code is None and now < each.ends_at:
                continue
            if code is None:
                kill_tree(each.process.pid)
                each.process.wait()
                _log.warning("%s: the hook took too long and was ended", each.project)
            elif code != 0:
                _log.warning("%s: the hook ended with code %d", each.project, code)
            self._running.remove(each)

    def end(self) -> None:
        """End all commands that are still at work."""
        self.look(float("inf"))
