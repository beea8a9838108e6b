"""Two machines over one folder, without a second one: processes with a host name and numbers of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from functools import cache

import pytest


def as_machine(name: str, words: Sequence[str], *, is_root: bool = os.geteuid() == 0) -> list[str]:
    """Return the words that run others on a machine of this name; killed, it takes all its processes along."""
    rights = [] if is_root else ["--user", "--map-root-user"]
    apart = ["unshare", *rights, "--uts", "--pid", "--mount-proc", "--fork", "--kill-child"]
    return [*apart, "sh", "-c", 'hostname "$0" && exec "$@"', name, *words]


@cache
def why_no_machines() -> str:
    """Return why there can be no second machine here; empty where there can."""
    try:
        tried = subprocess.run(as_machine("box", ["true"]), capture_output=True, text=True, check=False, timeout=30)
    except OSError as error:
        return f"unshare cannot be had: {error}"
    return "" if tried.returncode == 0 else f"unshare is refused: {tried.stderr.strip()}"


needs_machines = pytest.mark.skipif(bool(why_no_machines()), reason=why_no_machines() or "not skipped")
