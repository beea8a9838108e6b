"""Which projects this daemon has to itself, where others look after the same workspace.

Whose claim it is starts the stages of a project, says how it stands and runs the user's command; the others keep their
hands off. A claim is a lock in `.understudio/claims/`, taken when there is something to do or to say, and kept as long
as a stage is at work: so several daemons take different projects, and when one ends, however it ends, the system gives
its claims to the others. That the stage itself works alone is not their affair: it has a lock and a claim of its own,
which outlive its daemon (`engine.project.fence`).
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import UnderstudioError
from engine.files.private_folder import make_private
from engine.host.machine import Host, this_host
from engine.project.lock import taken

_log = logging.getLogger(__name__)


class Claims:
    """The claims of this daemon."""

    def __init__(self, own: Path | None, is_cut_off: Callable[[], bool] = lambda: False) -> None:
        """Claim nothing yet.

        Args:
            own: The folder `.understudio` of a shared workspace; None where no other daemon may be there.
            is_cut_off: Whether others may have taken over what was claimed.
        """
        self._place = None if own is None else own / "claims"
        self._is_cut_off = is_cut_off
        self._held: dict[str, ExitStack] = {}

    def has(self, name: str) -> bool:
        """Return whether a project is ours alone."""
        return self._place is None or (name in self._held and not self._is_cut_off())

    def take(self, name: str) -> bool:
        """Claim a project by the name of its folder, and return whether it is ours alone now."""
        if self._place is None or name in self._held or self._is_cut_off():
            return self.has(name)
        try:
            make_private(self._place)
            # A deleted project leaves no name behind.
            lock = taken(self._place / hashlib.sha256(os.fsencode(name)).hexdigest()[:32], 0.0)
        except (OSError, UnderstudioError) as error:
            # A full disk, or one that is out of reach for a moment: it is tried again.
            _log.warning("%s: it cannot be claimed now: %s", name, error)
            return False
        if lock is None:
            return False
        self._held[name] = stack = ExitStack()
        stack.enter_context(lock)
        return True

    def let_go(self, name: str) -> None:
        """Give a claim back, if there is one."""
        if (stack := self._held.pop(name, None)) is not None:
            # Of a disk that is out of reach nothing can be given back.
            with suppress(OSError):
                stack.close()


@dataclass(frozen=True)
class Company:
    """This daemon among those that look after a workspace."""

    host: Host = field(default_factory=this_host)
    claims: Claims = field(default_factory=lambda: Claims(None))
    is_cut_off: Callable[[], bool] = lambda: False
    """Whether others may have taken over what is ours."""


ALONE = Company()
