"""What a Dask worker does with a task: hand it to a confined child on the same machine, and its answer back.

It runs in the worker's own process, with all of its rights, and so it opens nothing of a project but the small file by
which both sides see the same folder.
"""

from __future__ import annotations

import atexit
import platform
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from distributed import Worker, get_worker

import engine
from engine.cluster.job import Job, JobWords, edition
from engine.cluster.messages import Kind, Message, read_message, write_message
from engine.errors import ClusterUnfit
from engine.files.safe_open import read_inside
from engine.project.folder import ProjectFolder
from engine.project.stage import ExitCode
from engine.records.failure import Failure

_POLL_SECONDS = 0.5
_SEEN_SECONDS = 20.0
"""How long a network drive may take to show what another machine has written."""

_END_SECONDS = 2.0
"""How long a child may take to end once it has said its last word."""

_AT_WORK = ("executing", "long-running")
"""How Dask calls a task that somebody still waits for, once it has been begun."""


class End(StrEnum):
    """How a task ends on a worker."""

    ANSWERED = "answered"
    """The child has answered."""
    REFUSED = "refused"
    """This worker cannot do the tasks of this job."""
    DIED = "died"
    """The child has died."""
    DROPPED = "dropped"
    """Nobody waited for it any more."""


@dataclass(frozen=True)
class Done:
    """What came of a task on a worker."""

    end: End
    content: bytes = b""
    """The answer, or why the worker cannot do it: a `Failure` as JSON."""
    words: str = ""
    """Where the child died, and how, to be said at the beginning of a sentence."""


def do_task(words: JobWords, task: bytes) -> Done:
    """Do a task of a job; called by Dask, in one of the worker's threads.

    Args:
        words: The job.
        task: Function and argument, pickled; nothing here looks into it.
    """
    job = Job.of(words)
    if (failure := _CHILDREN.unfit(job)) is not None:
        return Done(End.REFUSED, failure.model_dump_json().encode())
    worker = get_worker()
    child = _CHILDREN.take(job, worker)
    # One that was idle for long may just be ending.
    if (answer := child.ask(task)) is None and child.has_left:
        child.put_away()
        child = _Child(job, worker)
        answer = child.ask(task)
    if answer is None:
        child.put_away()
        if child.was_dropped:
            return Done(End.DROPPED)
        return Done(End.DIED, words=f"{_here()} ended a task's helper process ({child.how_it_ended})")
    _CHILDREN.give_back(job, child)
    return Done(End.ANSWERED, answer)


class _Child:
    """A confined process that does one task after another."""

    def __init__(self, job: Job, worker: Worker) -> None:
        # `-m engine` looks in the working folder first, and must not find somebody else's engine there.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "engine", "tasks", job.stage.value, str(job.project)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(engine.__file__).parents[1],
            start_new_session=True,
        )
        self._worker = worker
        self.was_dropped = False
        # It would end with this process by itself, a moment later.
        atexit.register(self.put_away)

    @property
    def has_ended(self) -> bool:
        """Whether it has ended, however it did."""
        return self._process.poll() is not None

    @property
    def has_left(self) -> bool:
        """Whether it ended by itself, since nothing was to be done."""
        return self._process.returncode == ExitCode.DONE

    @property
    def how_it_ended(self) -> str:
        """The signal that ended it, or its exit code."""
        code = self._process.returncode
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def ask(self, task: bytes) -> bytes | None:
        """Return what it answers; None where it ended instead, by itself or since nobody waits any more."""
        source, out = self._process.stdout, self._process.stdin
        assert source is not None
        assert out is not None
        key = self._worker.get_current_task()
        is_answered = threading.Event()
        watch = threading.Thread(target=self._end_if_dropped, args=(key, is_answered), daemon=True)
        watch.start()
        answer = _asked(source, out, task)
        is_answered.set()
        watch.join()
        if answer is None:
            self._end()
        return answer

    def _end(self) -> None:
        """Wait until it has ended, but not for ever: its word for that is the end of its answers."""
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _end_if_dropped(self, key: object, is_answered: threading.Event) -> None:
        """End it where nobody waits for this task any more: its stage was ended, or the task is done elsewhere."""
        while not is_answered.wait(_POLL_SECONDS):
            known = self._worker.state.tasks.get(key)
            if known is None or known.state not in _AT_WORK:
                self.was_dropped = True
                self._process.kill()
                return

    def put_away(self) -> None:
        """End it, and close its pipes."""
        atexit.unregister(self.put_away)
        self._process.kill()
        # What could not be written to it is still in its pipe's buffer.
        with suppress(BrokenPipeError), self._process:
            pass


def _asked(source: IO[bytes], out: IO[bytes], task: bytes) -> bytes | None:
    try:
        write_message(out, Message(Kind.TASK, task))
        message = read_message(source)
    except (OSError, ValueError):
        # It reads no more, or says what nobody says who was not taken over.
        return None
    return message.content if message is not None else None


class _Children:
    """The children of this worker that wait for another task, and the jobs that it was found fit for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[Job, list[_Child]] = {}
        self._fit: set[Job] = set()

    def unfit(self, job: Job) -> Failure | None:
        """Return why this worker cannot do the tasks of a job; None where it can."""
        if job in self._fit:
            return None
        if (error := _unfit(job)) is not None:
            return Failure.of(error)
        self._fit.add(job)
        return None

    def take(self, job: Job, worker: Worker) -> _Child:
        """Return a child for a task; those that waited for long, and have ended, are put away."""
        with self._lock:
            ended = [(each, child) for each, children in self._idle.items() for child in children if child.has_ended]
            for each, child in ended:
                self._idle[each].remove(child)
                child.put_away()
            self._idle = {each: children for each, children in self._idle.items() if children}
            waiting = self._idle.get(job, [])
            return waiting.pop() if waiting else _Child(job, worker)

    def give_back(self, job: Job, child: _Child) -> None:
        """Keep a child for the next task."""
        with self._lock:
            self._idle.setdefault(job, []).append(child)


_CHILDREN = _Children()


def _unfit(job: Job) -> ClusterUnfit | None:
    if edition() != job.edition:
        return ClusterUnfit(
            f"{_here()} has another Understudio: {edition()} there, {job.edition} here.",
            "Install the same on all machines, and start their workers again. Everything finished so far is kept.",
        )
    until = time.monotonic() + _SEEN_SECONDS
    while _token(job) != job.token:
        if time.monotonic() > until:
            return ClusterUnfit(
                f"{_here()} does not see the project folder {job.project}.",
                "All machines of the cluster must have it at the same place, by a network drive for example, and their "
                "workers must run as a user who may use it. Everything finished so far is kept.",
            )
        time.sleep(_POLL_SECONDS)
    return None


def _token(job: Job) -> str:
    folder = ProjectFolder(job.project)
    try:
        return read_inside(folder.path, folder.cluster_file).decode(errors="replace")
    except OSError:
        return ""


def _here() -> str:
    return f"The machine {platform.node()} of the cluster"
