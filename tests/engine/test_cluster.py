"""A cluster's parts one by one, each beside a real process; the whole of it is in `tests/test_cluster_journey.py`."""

from __future__ import annotations

import io
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import closing, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from engine.cluster import on_worker
from engine.cluster.executor import ClusterExecutor, told_cluster
from engine.cluster.job import Job, edition
from engine.cluster.messages import Kind, Message, read_message, write_message
from engine.cluster.on_worker import Done, End, do_task
from engine.dask_scheduler import Scheduler, told_scheduler
from engine.errors import ClusterUnfit
from engine.process.in_order import in_order
from engine.project.folder import ProjectFolder, create_folder
from engine.project.stage import ExitCode, StageName
from engine.records.failure import Failure
from tests.clusters import wait_until

ROOT = Path(__file__).parents[2]

GO_BETWEEN = """
import pickle, sys, time
from pathlib import Path
from engine.cluster.messages import Crew, Kind, Message, read_message, write_message
source, out, go, mode = sys.stdin.buffer, sys.stdout.buffer, Path(sys.argv[1]), sys.argv[2]
write_message(out, Message(Kind.CREW, Crew(workers=2, machines=2).model_dump_json().encode()))
while (message := read_message(source)) is not None:
    while not go.exists():
        time.sleep(0.02)
    if mode == "dies":
        sys.exit(1)
    function, argument = pickle.loads(message.content)
    write_message(out, Message(Kind.ANSWER, pickle.dumps((True, function(argument))), message.number))
"""


class Office:
    """An executor whose go-between, a real process, does what it is told to itself."""

    def __init__(self, place: Path, mode: str = "answers") -> None:
        self.lost: list[str] = []
        self._go = place / "go"
        self._process = subprocess.Popen(
            [sys.executable, "-c", GO_BETWEEN, str(self._go), mode],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        self.executor = ClusterExecutor(self._process, self.lost.append)
        self.executor.wait_for_workers()

    def let_go(self) -> None:
        self._go.touch()

    def close(self) -> None:
        self._process.kill()
        with self._process:
            pass


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with closing(Office(tmp_path)) as office:
        yield office


def test_no_more_tasks_are_handed_over_than_there_are_workers_and_the_others_can_be_dropped(office: Office) -> None:
    futures = [office.executor.submit(abs, -number) for number in range(5)]
    assert [future.running() for future in futures] == [True, True, False, False, False]
    assert [future.cancel() for future in futures] == [False, False, True, True, True]
    office.let_go()
    assert [future.result(30) for future in futures[:2]] == [0, 1]
    office.executor.shutdown(cancel_futures=True)
    assert not office.lost, "an end that was asked for is no loss"


def test_results_come_in_order_with_as_many_tasks_under_way_as_the_cluster_has_workers(office: Office) -> None:
    assert office.executor.workers == 2
    assert office.executor.words == "with 2 workers on 2 machines"
    begun: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(12):
            begun.append(number)
            yield -number

    results = in_order(office.executor, abs, tasks(), lambda: False, workers=50)
    office.let_go()
    assert next(results) == (0, 0)
    assert len(begun) <= 5
    assert [result for _, result in results] == list(range(1, 12))
    office.executor.shutdown()
    assert office.executor.words == ""


def test_where_the_cluster_is_gone_what_was_under_way_is_dropped_and_said_once(tmp_path: Path) -> None:
    with closing(Office(tmp_path, "dies")) as office:
        results = in_order(office.executor, abs, [-1, -2, -3], lambda: bool(office.lost), workers=1)
        office.let_go()
        assert list(results) == []
        assert office.lost == ["The process that speaks to the cluster has ended unexpectedly."]
        late = office.executor.submit(abs, -4)
        with pytest.raises(CancelledError):
            late.result(30)
        office.executor.shutdown(cancel_futures=True)


@pytest.mark.parametrize("size", [0, 5, 40])
def test_a_message_that_breaks_off_is_none(size: int) -> None:
    stream = io.BytesIO()
    write_message(stream, Message(Kind.TASK, b"x" * 100, 7))
    assert read_message(io.BytesIO(stream.getvalue()[:size])) is None
    assert read_message(io.BytesIO(stream.getvalue())) == Message(Kind.TASK, b"x" * 100, 7)


def test_a_message_that_claims_to_fill_all_memory_is_not_read() -> None:
    stream = io.BytesIO()
    write_message(stream, Message(Kind.ANSWER, b"x"))
    huge = stream.getvalue()[:9] + (1 << 40).to_bytes(8, "big")
    with pytest.raises(ValueError, match="1099511627776 bytes"):
        read_message(io.BytesIO(huge))


def test_what_is_told_of_a_scheduler_is_understood() -> None:
    plain = Scheduler("tcp://host:8786")
    safe = Scheduler("tls://host:8786", "/ca.pem", "/me.pem", "/key.pem")
    assert [told_scheduler(each.environment) for each in (plain, safe)] == [plain, safe]
    assert told_scheduler({}) is None


def test_only_stages_whose_work_is_cut_into_tasks_go_to_the_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ProjectFolder(tmp_path)
    assert told_cluster(StageName.EXTRACT, folder) is None
    for name, value in Scheduler("tcp://127.0.0.1:1").environment.items():
        monkeypatch.setenv(name, value)
    assert told_cluster(StageName.TRAIN, folder) is None
    assert told_cluster(StageName.REPORT, folder) is None
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ClusterUnfit, match="Dask, which speaks to it, is not installed") as raised:
        told_cluster(StageName.EXTRACT, folder)
    assert "`make cluster`" in raised.value.hint


@pytest.fixture
def folder(tmp_path: Path) -> ProjectFolder:
    folder = create_folder(tmp_path / "p")
    folder.work.mkdir()
    return folder


def refusal(job: Job) -> str:
    done = do_task(job.words, b"never looked into")
    assert done.end is End.REFUSED
    failure = Failure.model_validate_json(done.content)
    assert failure.is_a(ClusterUnfit)
    assert "is kept" in failure.hint
    return failure.title


def test_a_worker_with_another_understudio_refuses(folder: ProjectFolder) -> None:
    said = refusal(Job(StageName.EXTRACT, folder.path, "token", "0.0.1 (other)"))
    assert said.endswith(f"has another Understudio: {edition()} there, 0.0.1 (other) here.")


def test_a_worker_that_does_not_see_the_project_folder_refuses(
    folder: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_worker, "_SEEN_SECONDS", 0.0)
    gone = folder.path / "elsewhere"
    assert f"does not see the project folder {gone}" in refusal(Job(StageName.EXTRACT, gone, "token", edition()))
    folder.cluster_file.write_text("of another day")
    said = refusal(Job(StageName.EXTRACT, folder.path, "token", edition()))
    assert "does not see the project folder" in said, "a copy at the same place is another folder"


class DaskWorker:
    """Stands for the worker of Dask that calls `do_task`."""

    def __init__(self) -> None:
        self.task = SimpleNamespace(state="executing")
        self.state = SimpleNamespace(tasks={"key": self.task})

    def get_current_task(self) -> str:
        return "key"


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> DaskWorker:
    worker = DaskWorker()
    monkeypatch.setattr(on_worker, "get_worker", lambda: worker)
    return worker


@pytest.fixture
def job(folder: ProjectFolder) -> Job:
    folder.cluster_file.write_text("token")
    return Job(StageName.EXTRACT, folder.path, "token", edition())


def done_by(job: Job, function: Callable[[Any], object], argument: object) -> Done:
    return do_task(job.words, pickle.dumps((function, argument)))


def answer_of(done: Done) -> object:
    is_good, what = pickle.loads(done.content)
    assert is_good
    return what


@pytest.mark.parametrize(
    ("way", "how"), [("dies", "exit code 9"), ("falls silent", "signal 9"), ("babbles", "signal 9")]
)
def test_a_child_that_dies_or_was_taken_over_is_put_away_and_the_worker_goes_on(
    job: Job, worker: DaskWorker, way: str, how: str
) -> None:
    done = done_by(job, fail, way)
    assert (done.end, done.words.rpartition(" ended")[2]) == (End.DIED, f" a task's helper process ({how})")
    assert answer_of(done_by(job, abs, -2)) == 2


def fail(way: str) -> None:
    """Do what a decoder does that died, or that somebody took over."""
    if way == "dies":
        os._exit(9)
    if way == "falls silent":
        os.closerange(3, 64)
    for pipe in range(3, 64):
        with suppress(OSError):
            os.write(pipe, b"x" * 100)
    time.sleep(300)


def test_a_child_does_one_task_after_another_and_one_that_left_is_replaced(job: Job, worker: DaskWorker) -> None:
    first = answer_of(done_by(job, process_number, None))
    assert answer_of(done_by(job, process_number, None)) == first
    assert isinstance(first, int)
    os.kill(first, signal.SIGKILL)
    said: list[Done] = []

    def is_answered() -> bool:
        said.append(done_by(job, process_number, None))
        return said[-1].end is End.ANSWERED

    # A process of several threads is not gone the instant it is killed.
    wait_until(is_answered)
    assert len(said) <= 2
    assert answer_of(said[-1]) != first
    assert not psutil.pid_exists(first), "it was reaped"


def process_number(_: None) -> int:
    return os.getpid()


def test_a_task_that_nobody_waits_for_any_more_is_ended(job: Job, worker: DaskWorker, folder: ProjectFolder) -> None:
    note = folder.work / "begun"

    def drop() -> None:
        wait_until(note.exists)
        worker.task.state = "cancelled"

    dropping = threading.Thread(target=drop)
    dropping.start()
    assert done_by(job, note_and_wait, note).end is End.DROPPED
    dropping.join()


def a_child(folder: ProjectFolder) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "engine", "tasks", "extract", str(folder.path)]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)


def test_a_child_ends_in_the_middle_of_a_task_with_whoever_started_it(folder: ProjectFolder) -> None:
    with a_child(folder) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        write_message(child.stdin, Message(Kind.TASK, pickle.dumps((abs, -2))))
        answer = read_message(child.stdout)
        assert answer is not None
        assert pickle.loads(answer.content) == (True, 2)
        note = folder.work / "begun"
        write_message(child.stdin, Message(Kind.TASK, pickle.dumps((note_and_wait, note))))
        wait_until(note.exists)
        child.stdin.close()
        assert child.wait(30) == ExitCode.INTERRUPTED


def note_and_wait(note: Path) -> None:
    note.touch()
    time.sleep(300)
