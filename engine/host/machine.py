"""Which machine this is, and how many processors and how much memory of it this process may use.

Bounds are those of the machine, of the control group, and of a share.

A daemon with several stages at work gives each a share by the environment, so that together they fill the machine once.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from engine.host import cards

_CORES, _MEMORY = "UNDERSTUDIO_CORES", "UNDERSTUDIO_MEMORY_BYTES"
_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_LONGEST_HOST = 40


def cores(groups: Path = _GROUPS, own: Path = _OWN_GROUPS) -> int:
    """Return how many processors this process may use: affinity, quota of its control groups, and share; at least 1.

    Args:
        groups: Where the control groups are.
        own: The file that names those of this process.
    """
    bounds = [len(os.sched_getaffinity(0)), *_quotas(groups, own), *_shared(_CORES)]
    return max(1, min(bounds))


def memory_bytes(groups: Path = _GROUPS, own: Path = _OWN_GROUPS) -> int:
    """Return how many bytes of memory this process may use: of the machine, its control groups, and its share.

    Args:
        groups: As for `cores`.
        own: Likewise.
    """
    limits = _numbers(groups, own, "memory", ("memory.max", "memory.limit_in_bytes"))
    return min(_physical_bytes(), *limits, *_shared(_MEMORY))


def share(of: int) -> Mapping[str, str]:
    """Return the environment of one of several processes among which this one's processors and memory are divided."""
    return {_CORES: str(max(1, cores() // of)), _MEMORY: str(memory_bytes() // of)}


def this_machine(proc: Path = Path("/proc")) -> str:
    """Return a digest of what decides how fast training is and what fits.

    That is processor, memory, graphics cards and whether they can be used, and our version. Machines that are alike
    have the same: what one of them turned out to bear holds for the others of a cluster.
    """
    facts = [version("understudio"), version("keras"), platform.machine(), str(len(os.sched_getaffinity(0)))]
    facts += [*cards.values(proc / "cpuinfo", "model name")[:1], str(_physical_bytes() >> 30)]
    facts += [*cards.models(proc), str(cards.have_libraries())]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Host:
    """A machine, or a container on one: within it a process is known by its number."""

    name: str
    """As people call it."""
    kernel: str
    """Of this run of its operating system; two containers of one machine have the same."""
    space: str
    """The processes that have numbers of their own, within that run."""

    @property
    def mark(self) -> str:
        """What tells it from all others, in letters that may stand in a file's name: two may have the same name."""
        digest = hashlib.sha256(f"{self.name} {self.kernel} {self.space}".encode()).hexdigest()[:8]
        return f"{re.sub(r'[^A-Za-z0-9-]', '-', self.name)[:_LONGEST_HOST]}-{digest}"


@cache
def this_host(proc: Path = Path("/proc")) -> Host:
    """Return the machine or container that this process runs in."""
    try:
        space = str((proc / "self/ns/pid").readlink())
    except OSError:
        space = ""
    return Host(os.uname().nodename, _text(proc / "sys/kernel/random/boot_id"), space)


def process_mark() -> str:
    """Return what tells this process from all others that may write to the same disk, of other machines too."""
    return f"{this_host().mark}-{os.getpid()}"


def has_ended(mark: str) -> bool:
    """Return whether a process is known to have ended; of one of another machine, or of an earlier start, it is not.

    Args:
        mark: What begins with the mark of that process.
    """
    number = re.match(rf"{re.escape(this_host().mark)}-(\d{{1,9}})", mark)
    if number is None:
        return False
    # Not by /proc, where a mount may hide other people's processes.
    try:
        os.kill(int(number[1]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _physical_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _shared(variable: str) -> Iterator[int]:
    value = os.environ.get(variable, "")
    if value.isdecimal() and int(value) > 0:
        yield int(value)


def _quotas(groups: Path, own: Path) -> Iterator[int]:
    """Yield how many processors the quotas amount to: of time in each period, as versions 2 and 1 write it."""
    for folder in _folders(groups, own, "cpu"):
        quota, _, period = _text(folder / "cpu.max").partition(" ")
        quota = quota or _text(folder / "cpu.cfs_quota_us")
        period = period or _text(folder / "cpu.cfs_period_us")
        if quota.isdecimal() and period.isdecimal() and int(period):
            yield max(1, int(quota) // int(period))


def _numbers(groups: Path, own: Path, controller: str, names: tuple[str, ...]) -> Iterator[int]:
    for folder in _folders(groups, own, controller):
        yield from (int(text) for text in (_text(folder / name) for name in names) if text.isdecimal())


def _folders(groups: Path, own: Path, controller: str) -> Iterator[Path]:
    """Yield the folder of this process's control group and those around it, each of which bounds it (cgroups(7))."""
    for line in _text(own).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        root = groups / controller if controllers else groups
        group = root / path.lstrip("/")
        yield from (each for each in (group, *group.parents) if each.is_relative_to(root))


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
