"""What every process of the engine does: write JSON lines, end with the process that started it, keep within bounds."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from pathlib import Path
from typing import TextIO

from pydantic import BaseModel

from engine.errors import OutOfMemory
from engine.process.libraries import load_quickly, prepare_libraries
from engine.process.memory import share_of_memory, when_filled
from engine.process.sandbox import Bounds, confine
from engine.project.stage import ExitCode
from engine.records.events import FailedEvent

GRACE_SECONDS = 20.0
"""How long a stage may take to its next safe point, once the process that started it is gone, before it is ended."""

_CHATTER_BYTES = 8 << 20
"""A file of chatter that is larger is begun anew."""


def claim_stdout() -> TextIO:
    """Return the real standard output, and send everything that others print there to standard error."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def claim_stderr(chatter: Path) -> None:
    """Keep standard error for what Python says there, and send all that libraries print to a file of its own.

    So a log holds stages, decisions and faults, and not the thousand lines of a framework that starts. Where the file
    is a link, or has a second name somewhere else, nothing is changed: then all goes into the log.

    Standard output is to be claimed before.

    Args:
        chatter: The file; begun anew where it has grown large.
    """
    try:
        handle = os.open(chatter, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except OSError:
        return
    facts = os.fstat(handle)
    if stat.S_ISREG(facts.st_mode) and facts.st_nlink == 1:
        if facts.st_size > _CHATTER_BYTES:
            os.ftruncate(handle, 0)
        ours = os.fdopen(os.dup(sys.stderr.fileno()), "w", buffering=1)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(handle, stream.fileno())
        sys.stderr = ours
    os.close(handle)


def stop_with_parent(stop: threading.Event) -> None:
    """Set `stop` when anything is said on standard input, where it is a pipe, or when it closes.

    It closes when the process that started this one is gone. A word is how one asks who cannot send a signal, since
    this process runs somewhere else.
    """
    if sys.stdin is None or sys.stdin.isatty() or not _is_pipe(sys.stdin.fileno()):
        return

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            stop.set()
        stop.set()
        threading.Event().wait(GRACE_SECONDS)
        os._exit(ExitCode.INTERRUPTED)

    threading.Thread(target=wait, daemon=True, name="parent-watch").start()


def _is_pipe(descriptor: int) -> bool:
    return stat.S_ISFIFO(os.fstat(descriptor).st_mode)


def stop_event() -> threading.Event:
    """Return an event that is set when this process is asked to stop: by a signal, or because its parent is gone."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    stop_with_parent(stop)
    return stop


def confine_process(bounds: Bounds, out: TextIO) -> None:
    """Confine this process, before any thread or library exists that would keep its rights."""
    # moviepy would read settings of other programs from `.env` files in the folders around it.
    os.environ["PYTHON_DOTENV_DISABLED"] = "1"
    prepare_libraries()
    load_quickly()
    for lacking in confine(bounds):
        print(f"This machine does not offer: {lacking}.", file=sys.stderr)
    end_when_memory_is_filled(out, share_of_memory())


def end_when_memory_is_filled(out: TextIO, most_bytes: int) -> None:
    """Have this process report it and end once it has filled more private memory than `most_bytes`."""

    def end() -> None:
        title = f"There is too little memory for this: {most_bytes / 1e9:.1f} GB were filled."
        hint = (
            "Close other programs, or choose a smaller batch_size or preset; or it is a picture or video that is made "
            "to fill all memory. Everything finished so far is kept."
        )
        write_line(out, FailedEvent.of(OutOfMemory(title, hint)))
        os._exit(ExitCode.FAILED)

    when_filled(most_bytes, end)


def write_line(out: TextIO, message: BaseModel) -> None:
    """Write a message as one line of JSON, and flush it; where nobody hears it any more, to nowhere.

    Whoever is gone has asked for a stop by that (`stop_with_parent`), and a stage stops at its safe point.
    """
    try:
        out.write(message.model_dump_json() + "\n")
        out.flush()
    except BrokenPipeError:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), out.fileno())
