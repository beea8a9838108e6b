"""One child process a stage: start it, hear what it says, ask it to stop, end it with all that it started.

The child leads a session of its own, so that Ctrl-C in a terminal reaches only its starter, which then asks properly;
and its standard input is a pipe that nobody writes to: the pipe closes when the starter dies, however it dies.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

import engine
from daemon.launching import Launcher
from engine.files.private_folder import make_private
from engine.project.folder import ProjectFolder
from engine.project.stage import Outcome, Progress, StageName
from engine.records.events import EndedEvent, FailedEvent, ProgressEvent, parse_event
from engine.records.failure import Failure
from engine.text import log_line

Command = Callable[[StageName, ProjectFolder], Sequence[str]]
"""Gives the words of a stage's command line."""

Monotonic = Callable[[], float]
"""A clock in seconds that never jumps."""

_LOG_BYTES = 8 << 20
"""A log longer than this is put aside before a stage starts; one older log is kept."""

_LINE_BYTES = 1 << 20


@dataclass(frozen=True)
class Ended:
    """How a child ended."""

    exit_code: int
    """As `engine.project.stage.ExitCode`, or the negative number of the signal that ended it."""
    failure: FailedEvent | None
    """What it said last, where that was a failure."""
    outcome: Outcome | None
    """What it said last, where that was an end."""

    @property
    def was_killed(self) -> bool:
        """Whether a SIGKILL ended it: ours, the kernel's for want of memory, or a person's."""
        return self.exit_code == -signal.SIGKILL


def engine_command(stage: StageName, folder: ProjectFolder) -> Sequence[str]:
    """Return the command line of the real engine."""
    return [sys.executable, "-m", "engine", stage.value, str(folder.path)]


class Child:
    """A running stage."""

    def __init__(
        self,
        stage: StageName,
        folder: ProjectFolder,
        *,
        command: Command = engine_command,
        environment: Mapping[str, str] | None = None,
        launcher: Launcher | None = None,
        monotonic: Monotonic = time.monotonic,
        on_end: Callable[[], None] | None = None,
    ) -> None:
        """Start the child.

        Args:
            stage: What it is to do.
            folder: On which project; what it prints goes to the project's log.
            command: Gives its command line.
            environment: Variables it gets besides our own.
            launcher: Through what it is started; None starts it here.
            monotonic: The clock of `last_heard`.
            on_end: Called, from another thread, when it has said its last word and is about to end.

        Raises:
            OSError: It cannot be started, or the log cannot be written.
        """
        self.stage = stage
        self.folder = folder
        self.started = monotonic()
        self._monotonic = monotonic
        self._on_end = on_end
        self._last_heard = self.started
        self._progress: Progress | None = None
        self._last_word: EndedEvent | FailedEvent | None = None
        self._ended: Ended | None = None
        self._launcher = launcher
        self._is_heard = False
        self._process = _start(command(stage, folder), folder, environment or {}, launcher)
        self._reader = threading.Thread(target=self._read, daemon=True, name=f"{folder.path.name} {stage}")
        self._reader.start()

    @property
    def pid(self) -> int:
        """Number of the process, and of its group."""
        return self._process.pid

    @property
    def launcher(self) -> str:
        """Name of the command through which it was started; empty where it was started here."""
        return self._launcher.name if self._launcher is not None else ""

    @property
    def is_waiting(self) -> bool:
        """Whether its launcher has not let it begin yet, perhaps for want of a free machine."""
        return self._launcher is not None and not self._is_heard

    @property
    def progress(self) -> Progress | None:
        """How far it is; None before its first word."""
        return self._progress

    @property
    def last_heard(self) -> float:
        """When it last said something, by the monotonic clock; the start counts as a word."""
        return self._last_heard

    @property
    def is_ending(self) -> bool:
        """Whether it has said its last word and is about to end, or has."""
        return not self._reader.is_alive()

    def poll(self) -> Ended | None:
        """Return how it ended, or None while it runs. On its end, whatever it started is ended too."""
        if self._ended is None and _has_exited(self.pid):
            # The process is left unreaped until its group is gone: until then nobody else can get its number.
            _kill_group(self.pid)
            self._ended = self._reap()
        return self._ended

    def request_stop(self) -> None:
        """Ask it to stop at its next safe point; harmless when it has ended."""
        if self._ended is not None:
            return
        if self._launcher is None or self.is_waiting:
            self._process.terminate()
        elif self._process.stdin is not None:
            # A signal would end the launcher, and perhaps the stage with it, between two safe points.
            with suppress(OSError):
                self._process.stdin.write(b"stop\n")
                self._process.stdin.flush()

    def kill(self) -> Ended:
        """End it at once with everything it started, and return how it ended."""
        ended = self.poll()
        if ended is None:
            kill_tree(self.pid)
            self._ended = ended = self._reap()
        return ended

    def _reap(self) -> Ended:
        code = self._process.wait()
        self._reader.join(timeout=5)
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        word = self._last_word
        failure = word if isinstance(word, FailedEvent) else None
        return Ended(code, failure, word.outcome if isinstance(word, EndedEvent) else None)

    def _read(self) -> None:
        """Take in what the child says until it closes its output; runs on its own thread."""
        output: IO[bytes] | None = self._process.stdout
        assert output is not None
        with output:
            while line := output.readline(_LINE_BYTES):
                event = parse_event(line)
                if event is None:
                    continue
                self._last_heard, self._is_heard = self._monotonic(), True
                if isinstance(event, ProgressEvent):
                    self._progress = event.progress
                else:
                    self._last_word = event
        if self._on_end is not None:
            self._on_end()


Begin = Callable[[StageName, ProjectFolder], Child]
"""Starts a stage of a project."""


def _start(
    words: Sequence[str], folder: ProjectFolder, environment: Mapping[str, str], launcher: Launcher | None
) -> subprocess.Popen[bytes]:
    make_private(folder.work)
    # `-m engine` looks in the working folder first, and must not find somebody else's engine there.
    place = Path(engine.__file__).parents[1]
    _turn_log(folder.log_file)
    with folder.log_file.open("ab") as log:
        return subprocess.Popen(
            words if launcher is None else launcher.wrapped(words, environment, place),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=place,
            env={**os.environ, **environment},
            start_new_session=True,
        )


def _turn_log(log: Path) -> None:
    # A log with a second name somewhere else would be written there, too.
    if log.exists() and (log.stat().st_size > _LOG_BYTES or log.stat().st_nlink > 1):
        log.replace(log.with_name("log.1.txt"))


def note_in_log(folder: ProjectFolder, end: str, failure: Failure | None) -> None:
    """Keep in a project's log how a stage ended that is not done, and what follows, beside what the stage wrote."""
    words = f"{end}: {failure.title}" if failure is not None else end
    # What is only told once more must not keep anybody from work.
    with suppress(OSError):
        _turn_log(folder.log_file)
        with folder.log_file.open("a", encoding="utf-8") as log:
            log.write(f"{log_line(words)}\n")


def _has_exited(pid: int) -> bool:
    """Return whether our child has ended, leaving it to be reaped."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def kill_tree(pid: int) -> None:
    """Kill a process, its descendants, and its group: a descendant may have left the group, or its parent."""
    with suppress(psutil.NoSuchProcess):
        for process in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                process.kill()
    _kill_group(pid)
