"""The stage's side of a cluster: an executor like that of this machine's own workers."""

from __future__ import annotations

import importlib.util
import pickle
import subprocess
import sys
import threading
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar

import engine
from engine.cluster.messages import Crew, Kind, Message, read_message, write_message
from engine.dask_scheduler import told_scheduler
from engine.errors import ClusterAway, ClusterUnfit
from engine.files import atomic
from engine.process.workers import Elastic, Pool
from engine.project.folder import ProjectFolder
from engine.project.stage import OnProgress, Progress, StageName
from engine.records.failure import Failure
from engine.text import counted

Given = ParamSpec("Given")
Result = TypeVar("Result")

_END_SECONDS = 10.0


def told_cluster(stage: StageName, folder: ProjectFolder) -> Cluster | None:
    """Return the cluster that is to do the tasks of a stage; None where this machine does them.

    Args:
        stage: The stage.
        folder: The project's.

    Raises:
        ClusterUnfit: Dask is not installed.
    """
    if not stage.facts.spreads or told_scheduler() is None:
        return None
    if importlib.util.find_spec("distributed") is None:
        raise ClusterUnfit(
            "understudio.toml names a cluster, and Dask, which speaks to it, is not installed.",
            "Install it with `make cluster`, or take out [cluster]. Nothing was changed.",
        )
    return Cluster(stage, folder)


class Cluster:
    """A cluster that does the tasks of one stage."""

    def __init__(self, stage: StageName, folder: ProjectFolder) -> None:
        """Start the go-between, which has to be done before this process gives up its rights.

        Args:
            stage: Whose tasks it does.
            folder: On which project.
        """
        self._folder = folder
        self._token = uuid.uuid4().hex
        self._executor: ClusterExecutor | None = None
        self._process = subprocess.Popen(
            [sys.executable, "-m", "engine", "go-between", stage.value, str(folder.path), self._token],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # `-m engine` looks in the working folder first, and must not find somebody else's engine there.
            cwd=Path(engine.__file__).parents[1],
        )

    def pool(self, on_lost: Callable[[str], None]) -> Pool:
        """Return what makes the executor, in place of one for this machine.

        Args:
            on_lost: Told, from another thread, why the cluster is gone in the middle of the work.
        """

        def make(_: int) -> Executor:
            atomic.write_text(self._folder.cluster_file, self._token)
            self._executor = ClusterExecutor(self._process, on_lost)
            self._executor.wait_for_workers()
            return self._executor

        return make

    def telling(self, report: OnProgress) -> OnProgress:
        """Return what reports progress together with how many work."""

        def tell(progress: Progress) -> None:
            crew = self._executor.words if self._executor is not None else ""
            message = ", ".join(part for part in (progress.message, crew) if part)
            report(progress.model_copy(update={"message": message}))

        return tell

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cluster_file.unlink(missing_ok=True)
        # Where the executor was shut down it has ended already; else nobody needs what is under way.
        self._process.kill()
        # What could not be written to it is still in its pipe's buffer.
        with suppress(BrokenPipeError), self._process:
            pass


class ClusterExecutor(Elastic):
    """Hands tasks to a cluster, as many at a time as it has workers.

    Those beyond wait here, where they can be dropped.
    """

    def __init__(self, process: subprocess.Popen[bytes], on_lost: Callable[[str], None]) -> None:
        """Begin to listen.

        Args:
            process: The go-between.
            on_lost: Told, from another thread, why the cluster is gone.
        """
        self._process = process
        self._on_lost = on_lost
        self._numbers = count(1)
        self._changed = threading.Condition()
        self._crew = Crew(workers=0, machines=0)
        self._waiting: deque[tuple[Future[Any], bytes]] = deque()
        self._sent: dict[int, Future[Any]] = {}
        self._failure: Failure | None = None
        self._has_worked = False
        self._is_over = False
        threading.Thread(target=self._listen, daemon=True, name="cluster").start()

    @property
    def workers(self) -> int:
        """How many tasks the cluster can do at a time now."""
        return self._crew.workers

    @property
    def words(self) -> str:
        """Who works now, to be said within a sentence; empty where nobody has to any more."""
        if self._is_over or not self._crew.workers:
            return ""
        workers, machines = counted(self._crew.workers, "worker"), counted(self._crew.machines, "machine")
        return f"with {workers} on {machines}"

    def wait_for_workers(self) -> None:
        """Return when somebody works.

        Raises:
            ClusterAway: The scheduler does not answer, or has no workers.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._crew.workers or self._failure is not None)
            if self._failure is not None:
                raise self._failure.error()

    def submit(self, fn: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Result]:
        """Hand in a task: a function at the top of a module and its one argument."""
        future: Future[Result] = Future()
        task = pickle.dumps((fn, *args), pickle.HIGHEST_PROTOCOL)
        with self._changed:
            self._waiting.append((future, task))
        self._send()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks, and wait for those that were begun."""
        with self._changed:
            if cancel_futures:
                while self._waiting:
                    self._waiting.popleft()[0].cancel()
            if wait:
                self._changed.wait_for(lambda: not self._sent and not self._waiting)
            self._is_over = True
        if wait:
            self._end()

    def _send(self) -> None:
        """Send as many tasks as can be begun."""
        with self._changed:
            if self._failure is not None:
                self._drop_all()
            while self._waiting and len(self._sent) < self._crew.workers:
                future, task = self._waiting.popleft()
                if future.set_running_or_notify_cancel():
                    number = next(self._numbers)
                    self._sent[number] = future
                    self._write(Message(Kind.TASK, task, number))

    def _write(self, message: Message) -> None:
        assert self._process.stdin is not None
        try:
            write_message(self._process.stdin, message)
        except OSError:
            # It has ended; that is heard on the other pipe.
            return

    def _listen(self) -> None:
        """Take in what the go-between says, until it has ended."""
        assert self._process.stdout is not None
        try:
            while (message := read_message(self._process.stdout)) is not None:
                self._take_in(message)
                self._send()
        finally:
            # Whatever ends this, nobody is to wait for answers that nobody hears.
            self._lose(Failure.of(_ENDED))

    def _take_in(self, message: Message) -> None:
        match message.kind:
            case Kind.CREW:
                with self._changed:
                    self._crew = Crew.model_validate_json(message.content)
                    self._has_worked = self._has_worked or self._crew.workers > 0
                    self._changed.notify_all()
            case Kind.ANSWER:
                is_good, what = pickle.loads(message.content)
                self._settle(message.number, what if is_good else None, None if is_good else what)
            case Kind.REFUSED:
                self._settle(message.number, None, Failure.model_validate_json(message.content).error())
            case Kind.LOST:
                self._lose(Failure.model_validate_json(message.content))
            case Kind.TASK:
                raise ValueError("tasks go the other way")

    def _settle(self, number: int, result: object, error: BaseException | None) -> None:
        with self._changed:
            future = self._sent.pop(number, None)
            self._changed.notify_all()
        if future is None:
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def _lose(self, failure: Failure) -> None:
        """Drop all tasks: nobody does them any more."""
        with self._changed:
            if self._failure is not None or self._is_over:
                return
            self._failure = failure
            if self._has_worked:
                self._on_lost(failure.title)
            self._drop_all()
            self._changed.notify_all()

    def _end(self) -> None:
        """Have the go-between end, which lets go of the cluster."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _drop_all(self) -> None:
        for future, _ in self._waiting:
            future.cancel()
        self._waiting.clear()
        for future in self._sent.values():
            future.set_exception(CancelledError())
        self._sent.clear()


_ENDED = ClusterAway(
    "The process that speaks to the cluster has ended unexpectedly.",
    "Start again; the file log-libraries.txt in the project's work folder may tell more. Everything finished is kept.",
)
