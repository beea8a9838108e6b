"""Another process that holds a project, as a stage of `understudio run` in another window does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from engine.project.folder import ProjectFolder

_HOLD = """
import sys
from pathlib import Path
from engine.project.folder import ProjectFolder
from engine.project.lock import alone_on
with alone_on(ProjectFolder(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_another(folder: ProjectFolder) -> Iterator[None]:
    """Have another process hold a project until the end."""
    words = [sys.executable, "-c", _HOLD, str(folder.path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.stdin.close()
