"""Start stages through somebody else's command: a queue of a cluster, another machine, a container.

The stage keeps its own promises wherever it runs: it confines itself, and stops when its standard input closes, which
every launcher hands on. So does a request to stop, since what a launcher makes of signals is its own affair.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Launcher:
    """A command that is put before the words of a stage."""

    words: tuple[str, ...]
    quotes: bool = False
    """It hands its words to a shell, as `ssh` does, and so gets them as one."""

    @property
    def name(self) -> str:
        """What people know it by."""
        return Path(self.words[0]).name

    def wrapped(self, words: Sequence[str], environment: Mapping[str, str], folder: Path) -> Sequence[str]:
        """Return the words of a command that runs others through this launcher.

        Args:
            words: Those of the stage.
            environment: Variables that it gets; not every launcher hands on ours.
            folder: Where it is to run.
        """
        there = ["env", f"--chdir={folder}", *(f"{name}={value}" for name, value in environment.items()), *words]
        return [*self.words, shlex.join(there)] if self.quotes else [*self.words, *there]
