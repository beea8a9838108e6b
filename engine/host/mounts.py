"""Which file system a path lies on, as the system's own table names it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

# Not psutil, which takes a tenth of a second to load: every command would wait for it.
_TABLE = Path("/proc/self/mounts")
_ESCAPED = re.compile(r"\\([0-7]{3})")
_OVER_THE_NETWORK = (
    "cifs",
    "smb",
    "nfs",
    "vboxsf",
    "9p",
    "afs",
    "ceph",
    "gluster",
    "lustre",
    "fuse",
    "drvfs",
    "prl_fs",
)
"""How the names of network drives, and of what behaves like them, begin."""


@dataclass(frozen=True)
class Mount:
    """A file system, and where it begins."""

    point: str
    kind: str
    """As the system calls it: ext4, cifs, nfs4."""

    @property
    def is_share(self) -> bool:
        """Whether another machine, or another system on this one, keeps its files."""
        return self.kind.startswith(_OVER_THE_NETWORK)

    @property
    def words(self) -> str:
        """What names it."""
        return f"{'the network drive' if self.is_share else 'the disk'} at {self.point} ({self.kind})"


def mount_of(path: Path) -> Mount:
    """Return the file system that a path lies on, or would lie on."""
    place = Path(os.path.realpath(path))
    around = [each for each in _mounts() if place.is_relative_to(each.point)]
    # Of two at one place the later one lies over the other.
    return max(reversed(around), key=lambda each: len(each.point), default=Mount("/", "unknown"))


def _mounts() -> list[Mount]:
    try:
        lines = _TABLE.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
    columns = (line.split(" ") for line in lines)
    return [Mount(_ESCAPED.sub(lambda code: chr(int(code[1], 8)), each[1]), each[2]) for each in columns]
