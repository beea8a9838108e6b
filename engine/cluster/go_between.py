"""The process between a stage, which may open no socket, and a cluster: it hands on tasks and answers, unread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import BinaryIO
from urllib.parse import urlsplit

import dask
from distributed import Client, KilledWorker, Security

from engine.cluster.job import Job
from engine.cluster.messages import Crew, Kind, Message, read_message, write_message
from engine.cluster.on_worker import Done, End, do_task
from engine.dask_scheduler import Scheduler
from engine.errors import ClusterAway, ClusterUnfit, UnderstudioError
from engine.records.failure import Failure

_CONNECT_SECONDS = 8.0
_FIRST_SECONDS = 8.0
"""How long a cluster may be without workers when a stage begins, ..."""
GRACE_SECONDS = 30.0
"""... and how long later: a machine may be starting anew."""
_LOOK_SECONDS = 1.0
_ANSWER_SECONDS = 15.0
"""How long the scheduler may take to say who works."""
_CLOSE_SECONDS = 5.0
_TRIES = 3
"""Times that a task's child may die before a person has to look."""

_KEPT = "Everything finished so far is kept, and it goes on from there."


def look(scheduler: Scheduler) -> Crew:
    """Return who works for a cluster.

    Raises:
        ClusterAway: Its scheduler does not answer.
    """

    async def ask() -> Crew:
        client = await _connected(scheduler)
        try:
            return _crew(await client.nthreads())
        finally:
            await _closed(client)

    return asyncio.run(ask())


def go_between(
    scheduler: Scheduler, job: Job, source: BinaryIO, out: BinaryIO, grace_seconds: float = GRACE_SECONDS
) -> None:
    """Have a cluster do the tasks that come in, until no more can come or the cluster is gone.

    Args:
        scheduler: The cluster's.
        job: What the tasks belong to.
        source: Where tasks come from.
        out: Where answers go, and how many work.
        grace_seconds: How long the cluster may be without workers once it had some.
    """
    asyncio.run(_serve(scheduler, job, source, out, grace_seconds))


async def _serve(scheduler: Scheduler, job: Job, source: BinaryIO, out: BinaryIO, grace_seconds: float) -> None:
    try:
        client = await _connected(scheduler)
    except ClusterAway as error:
        write_message(out, _failure(Kind.LOST, error))
        return
    try:
        await _GoBetween(client, scheduler, job, out, grace_seconds).serve(source)
    finally:
        await _closed(client)


class _GoBetween:
    """Hands on the tasks of one job."""

    def __init__(self, client: Client, scheduler: Scheduler, job: Job, out: BinaryIO, grace_seconds: float) -> None:
        self._client = client
        self._scheduler = scheduler
        self._job = job
        self._out = out
        self._grace_seconds = grace_seconds
        self._lost = asyncio.Event()

    async def serve(self, source: BinaryIO) -> None:
        """Hand on what comes in, until the stage has ended or the cluster is gone."""
        tasks: asyncio.Queue[Message | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def listen() -> None:
            # What comes in when all is over, nobody takes any more.
            with suppress(RuntimeError):
                while (message := read_message(source)) is not None:
                    loop.call_soon_threadsafe(tasks.put_nowait, message)
                loop.call_soon_threadsafe(tasks.put_nowait, None)

        threading.Thread(target=listen, daemon=True, name="stage").start()
        watch = asyncio.create_task(self._watch())
        watch.add_done_callback(lambda _: tasks.put_nowait(None))
        under_way: set[asyncio.Task[None]] = set()
        try:
            while (message := await tasks.get()) is not None:
                under_way.add(asyncio.create_task(self._hand_on(message)))
                under_way = {each for each in under_way if not each.done()}
        finally:
            for each in (watch, *under_way):
                each.cancel()

    async def _watch(self) -> None:
        """Tell who works, until nobody has for too long."""
        told: Crew | None = None
        patience, seen_at = _FIRST_SECONDS, time.monotonic()
        while (crew := await self._asked()) is not None:
            if crew != told:
                write_message(self._out, Message(Kind.CREW, crew.model_dump_json().encode()))
                told = crew
            if crew.workers:
                patience, seen_at = self._grace_seconds, time.monotonic()
            elif time.monotonic() - seen_at > patience:
                write_message(self._out, _failure(Kind.LOST, _without_workers(self._scheduler)))
                return
            await asyncio.sleep(_LOOK_SECONDS)
        write_message(self._out, _failure(Kind.LOST, _away(self._scheduler, " any more")))

    async def _asked(self) -> Crew | None:
        """Return who works; None where the scheduler is gone."""
        # It connects anew by itself, but what was under way is lost to it.
        if self._lost.is_set() or self._client.status != "running":
            return None
        try:
            return _crew(await asyncio.wait_for(self._client.nthreads(), _ANSWER_SECONDS))
        except (OSError, CancelledError):
            return None

    async def _hand_on(self, message: Message) -> None:
        """Have a task done, and answer it."""
        words = ""
        for again in range(_TRIES):
            done = await self._done(message, again)
            if done is None:
                return
            words = done.words or words
            match done.end:
                case End.ANSWERED:
                    return self._answer(Kind.ANSWER, message, done.content)
                case End.REFUSED:
                    return self._answer(Kind.REFUSED, message, done.content)
                case End.DIED | End.DROPPED:
                    pass
        self._refuse(
            message,
            f"{words or 'A worker of the cluster dropped a task'}, {_TRIES} times.",
            "Memory ran out there, or a damaged file does it: start fewer workers on a machine, or look at the logs of "
            f"the workers. {_KEPT}",
        )

    async def _done(self, message: Message, again: int) -> Done | None:
        """Return what came of a task; None where that was told already, or the cluster is gone."""
        key = f"understudio-{self._job.token}-{message.number}-{again}"
        future = self._client.submit(do_task, self._job.words, message.content, key=key, pure=False)
        error = await future.exception()
        if isinstance(error, KilledWorker):
            # That may be all machines going down one after another: the next try waits for them.
            return Done(End.DIED, words=f"{error.allowed_failures + 1} workers of the cluster ended over one task")
        if error is not None:
            self._refuse(
                message,
                f"The cluster could not take a task ({type(error).__name__}: {error}).",
                f"Start its scheduler and its workers from the same Understudio, with the `dask` beside it. {_KEPT}",
            )
            return None
        try:
            done: Done = await future
        except (OSError, CancelledError):
            self._lost.set()
            return None
        return done

    def _answer(self, kind: Kind, message: Message, content: bytes) -> None:
        write_message(self._out, Message(kind, content, message.number))

    def _refuse(self, message: Message, title: str, hint: str) -> None:
        write_message(self._out, _failure(Kind.REFUSED, ClusterUnfit(title, hint), message.number))


async def _connected(scheduler: Scheduler) -> Client:
    # A segment's task has the faces of some hundred frames in it.
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})
    files = (scheduler.ca_file, scheduler.certificate_file, scheduler.key_file)
    names = ("tls_ca_file", "tls_client_cert", "tls_client_key")
    security = Security(require_encryption=True, **dict(zip(names, files, strict=True))) if all(files) else None
    try:
        return await Client(
            scheduler.address,
            security=security,
            timeout=_CONNECT_SECONDS,
            asynchronous=True,
            set_as_default=False,
            name="understudio",
        )
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        why = str(error).replace(f" to {scheduler.address}", "").strip().rstrip(".")
        raise _away(scheduler, f" ({why})") from error


async def _closed(client: Client) -> None:
    try:
        await asyncio.wait_for(client.close(), _CLOSE_SECONDS)
    except (OSError, CancelledError):
        return


def _crew(threads: Mapping[str, int]) -> Crew:
    return Crew(workers=sum(threads.values()), machines=len({urlsplit(address).hostname for address in threads}))


def _failure(kind: Kind, error: UnderstudioError, number: int = 0) -> Message:
    return Message(kind, Failure.of(error).model_dump_json().encode(), number)


def _away(scheduler: Scheduler, how: str) -> ClusterAway:
    return ClusterAway(
        f"The cluster's scheduler at {scheduler.address} does not answer{how}.",
        "Start it, or correct [cluster] in understudio.toml; without that section this machine works alone. "
        "Everything finished so far is kept.",
    )


def _without_workers(scheduler: Scheduler) -> ClusterAway:
    return ClusterAway(
        f"The cluster at {scheduler.address} has no workers.",
        f"Start some: `dask worker {scheduler.address}`. Everything finished so far is kept.",
    )
