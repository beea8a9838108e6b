"""How long a person looks at nothing when the wizard is started."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path


def seconds_to_home(workspace: Path, count: int) -> float:
    """Return how long it takes until home tells of so many projects; it is killed then."""
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "UNDERSTUDIO_WORKSPACE": str(workspace)}
    began = time.monotonic()
    command = [sys.executable, "-m", "tui.cli"]
    with subprocess.Popen(command, stdin=child, stdout=child, stderr=child, env=environment) as process:
        seen, awaited = b"", b"%d projects" % count
        while awaited not in re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", seen) and time.monotonic() - began < 20:
            if select.select([parent], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):
                    seen += os.read(parent, 65536)
        seconds = time.monotonic() - began
        process.kill()
    os.close(parent)
    os.close(child)
    return seconds
