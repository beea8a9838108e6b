"""Extraction and conversion on a real Dask cluster of four workers, and what can happen to it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import psutil
import pytest

from engine.cluster.executor import Cluster, ClusterExecutor
from engine.dask_scheduler import Scheduler
from engine.errors import ClusterAway, ClusterUnfit, MediaError
from engine.faces.facesets.faceset import FaceSet
from engine.media.frames import read_frames
from engine.process.sandbox import shortcomings
from engine.project.folder import ProjectFolder, create_folder
from engine.project.stage import ExitCode, Outcome, Progress, Stage, StageName
from engine.records.events import EndedEvent, FailedEvent, ProgressEvent, parse_event
from engine.stages.conversion.segment import SwapperLoader
from engine.stages.convert import Convert
from engine.stages.extract import Extract
from tests.clusters import ROOT, RealCluster, cluster_of, kill, vouched_by_itself, wait_until
from tests.real_faces import MAN, WOMAN, never, threads
from tests.swaps import a_project, cut_clip, load_slow_hue, load_turned_hue

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("gains_of_few_faces"),
]

SEGMENT = 2
CHUNK = 8


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    with cluster_of(4, tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def cluster(four: RealCluster, monkeypatch: pytest.MonkeyPatch) -> RealCluster:
    """Four workers, those that an earlier test killed replaced."""
    four.make_up(4)
    tell(four.address, monkeypatch)
    return four


@pytest.fixture
def passing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealCluster]:
    """A cluster that may be lost as a whole."""
    (place := tmp_path / "cluster").mkdir()
    with cluster_of(1, place) as cluster:
        tell(cluster.address, monkeypatch)
        yield cluster


def tell(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in Scheduler(address).environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def extracted(extracted_swap: ProjectFolder, tmp_path: Path) -> ProjectFolder:
    return ProjectFolder(Path(shutil.copytree(extracted_swap.path, tmp_path / "p")))


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectFolder:
    """A project of two short clips, cut into many chunks."""
    monkeypatch.setattr("engine.stages.extraction.plan.CHUNK_FRAMES", CHUNK)
    folder = create_folder(tmp_path / "fresh")
    cut_clip(MAN, 3 * CHUNK, folder.source / "source.mp4")
    cut_clip(WOMAN, 6 * CHUNK, folder.target / "target.mp4")
    folder.save(a_project())
    folder.work.mkdir()
    return folder


def copy_of(folder: ProjectFolder) -> ProjectFolder:
    place = folder.path.with_name(f"{folder.path.name}-copy")
    return ProjectFolder(Path(shutil.copytree(folder.path, place)))


class Run:
    """A stage whose tasks a cluster does, and what it said."""

    def __init__(self, folder: ProjectFolder, name: StageName, load: SwapperLoader = load_turned_hue) -> None:
        self.said: list[Progress] = []
        self.lost: list[str] = []
        self._folder, self._name, self._load = folder, name, load
        self._stop = threading.Event()

    def to_its_end(self, on_progress: Callable[[Progress], None] = lambda _: None) -> Outcome:
        def hear(progress: Progress) -> None:
            self.said.append(progress)
            on_progress(progress)

        with Cluster(self._name, self._folder) as cluster:
            stage = self._stage(cluster)
            return stage.run(self._folder, self._folder.load(), cluster.telling(hear), self._stop.is_set)

    def stop(self) -> None:
        self._stop.set()

    def _stage(self, cluster: Cluster) -> Stage:
        pool = cluster.pool(self._lose)
        return Extract(pool) if self._name is StageName.EXTRACT else Convert(pool, self._load, SEGMENT)

    def _lose(self, why: str) -> None:
        self.lost.append(why)
        self.stop()


def faces(folder: ProjectFolder) -> list[tuple[object, ...]]:
    """Everything that a later stage can see of both face sets."""
    return [
        (
            *(face.face_id, face.media, face.frame_index, face.track, face.person, face.rejected, face.picture.name),
            *(face.landmarks.tobytes(), face.picture.read_bytes()),
        )
        for place in (folder.source_faces, folder.target_faces)
        for face in FaceSet(place).faces()
    ]


def frames(folder: ProjectFolder) -> list[bytes]:
    return [frame.image.tobytes() for frame in read_frames(folder.result_video(folder.load()))]


def once(act: Callable[[], object], done: float = 1) -> Callable[[Progress], None]:
    """Return what acts when so many frames are done."""
    acted: list[bool] = []

    def hear(progress: Progress) -> None:
        if progress.done >= done and not acted:
            acted.append(True)
            act()

    return hear


def a_busy_worker(cluster: RealCluster) -> subprocess.Popen[bytes]:
    """A worker whose child works on a task now."""
    return next(worker for worker in cluster.workers if worker.poll() is None and children(worker))


def children(worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
    found = psutil.Process(worker.pid).children()
    return [child for child in found if child.status() != psutil.STATUS_ZOMBIE]


def test_faces_found_by_four_workers_one_of_them_killed_are_those_that_one_machine_finds(
    cluster: RealCluster, fresh: ProjectFolder
) -> None:
    alone = copy_of(fresh)
    assert Extract(threads, 2).run(alone, alone.load(), lambda _: None, never) is Outcome.DONE
    run = Run(fresh, StageName.EXTRACT)
    assert run.to_its_end(once(lambda: kill(a_busy_worker(cluster)))) is Outcome.DONE
    assert sum(worker.poll() is None for worker in cluster.workers) == 3
    assert faces(fresh) == faces(alone)
    assert len(faces(fresh)) >= 9 * CHUNK - 2
    assert any("with 4 workers on 1 machine" in progress.message for progress in run.said)
    assert not run.lost
    assert not fresh.cluster_file.exists()


def test_frames_converted_by_four_workers_one_of_them_killed_are_those_of_one_machine(
    cluster: RealCluster, extracted: ProjectFolder
) -> None:
    alone = copy_of(extracted)
    assert Convert(threads, load_turned_hue, SEGMENT).run(alone, alone.load(), lambda _: None, never) is Outcome.DONE
    run = Run(extracted, StageName.CONVERT, load_slow_hue)
    assert run.to_its_end(once(lambda: kill(a_busy_worker(cluster)))) is Outcome.DONE
    assert frames(extracted) == frames(alone)
    assert len(frames(extracted)) == 24
    assert any("with 3 workers on 1 machine" in progress.message for progress in run.said), "it is said who is left"


def test_where_the_whole_cluster_is_gone_a_stage_stops_as_interrupted_and_goes_on_later(
    passing: RealCluster, extracted: ProjectFolder
) -> None:
    alone = copy_of(extracted)
    Convert(threads, load_turned_hue, SEGMENT).run(alone, alone.load(), lambda _: None, never)
    run = Run(extracted, StageName.CONVERT, load_slow_hue)
    assert run.to_its_end(once(passing.end)) is Outcome.INTERRUPTED
    assert "does not answer" in run.lost[0]
    made = len(list(extracted.segments.glob("*/[0-9]*")))
    assert 1 <= made < 24 / SEGMENT
    said: list[Progress] = []
    later = Convert(threads, load_turned_hue, SEGMENT).run(extracted, extracted.load(), said.append, never)
    assert later is Outcome.DONE
    assert next(each for each in said if each.total).done == SEGMENT * made, "what was done is not done again"
    assert frames(extracted) == frames(alone)


WITH_LITTLE_PATIENCE = """
import sys
from pathlib import Path
from engine.cluster.go_between import go_between
from engine.cluster.job import Job, edition
from engine.project.stage import StageName
from engine.dask_scheduler import told_scheduler
job = Job(StageName.EXTRACT, Path(sys.argv[1]), sys.argv[2], edition())
go_between(told_scheduler(), job, sys.stdin.buffer, sys.stdout.buffer, grace_seconds=2)
"""


def test_where_all_workers_are_gone_for_long_nobody_waits_for_them(
    passing: RealCluster, extracted: ProjectFolder
) -> None:
    lost: list[str] = []
    extracted.cluster_file.write_text("token")
    with subprocess.Popen(
        [sys.executable, "-c", WITH_LITTLE_PATIENCE, str(extracted.path), "token"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        executor = ClusterExecutor(process, lost.append)
        executor.wait_for_workers()
        assert executor.submit(abs, -3).result(60) == 3
        future = executor.submit(time.sleep, 300)
        wait_until(lambda: any(children(worker) for worker in passing.workers))
        for worker in passing.workers:
            kill(worker)
        with pytest.raises(CancelledError):
            future.result(60)
        executor.shutdown()
    assert lost == [f"The cluster at {passing.address} has no workers."]


def test_a_stop_waits_for_what_runs_and_leaves_nothing_at_work(cluster: RealCluster, extracted: ProjectFolder) -> None:
    run = Run(extracted, StageName.CONVERT, load_slow_hue)
    assert run.to_its_end(once(run.stop)) is Outcome.INTERRUPTED
    made = list(extracted.segments.glob("*/[0-9]*"))
    assert 1 <= len(made) < 24 / SEGMENT
    assert not list(extracted.segments.glob("*/.*")), "no segment was broken off"
    time.sleep(1.5)
    assert list(extracted.segments.glob("*/[0-9]*")) == made


def test_a_stage_that_is_killed_leaves_nothing_at_work(cluster: RealCluster, extracted: ProjectFolder) -> None:
    note = extracted.work / "began"
    with Cluster(StageName.EXTRACT, extracted) as away:
        away.pool(lambda _: None)(1).submit(note_and_sleep, note)
        wait_until(lambda: note.exists() and note.read_text())
        assert has_life(int(note.read_text()))
    wait_until(lambda: not has_life(int(note.read_text())), 20)
    assert all(worker.poll() is None for worker in cluster.workers[-4:])


def note_and_sleep(note: Path) -> None:
    note.write_text(str(os.getpid()))
    time.sleep(300)


def has_life(pid: int) -> bool:
    return psutil.pid_exists(pid) and bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def test_what_a_task_raises_is_raised_here(cluster: RealCluster, extracted: ProjectFolder) -> None:
    with Cluster(StageName.EXTRACT, extracted) as away:
        executor = away.pool(lambda _: None)(1)
        error = executor.submit(refuse, "The video is broken.").exception(60)
        assert isinstance(error, MediaError)
        assert error.title == "The video is broken."
        bug = executor.submit(int, "no number").exception(60)
        assert isinstance(bug, ValueError)
        assert "in _do" in bug.__notes__[0], "where it was raised is told"


def refuse(title: str) -> None:
    raise MediaError(title, "Take another.")


def test_a_task_is_confined_on_its_worker(cluster: RealCluster, extracted: ProjectFolder, home: Path) -> None:
    if lacking := shortcomings():
        pytest.skip(f"this kernel does not grant: {', '.join(lacking)}")
    (secret := home / "secret").write_text("mine")
    with Cluster(StageName.EXTRACT, extracted) as away:
        executor = away.pool(lambda _: None)(1)
        tried = {what: executor.submit(what, secret).result(60) for what in (open_socket, read_file, write_beside)}
        assert tried == {open_socket: "OSError", read_file: "PermissionError", write_beside: "PermissionError"}
        assert executor.submit(read_file, extracted.project_file).result(60) == "done"


def open_socket(_: Path) -> str:
    return attempt(lambda: socket.socket(socket.AF_INET))


def read_file(path: Path) -> str:
    return attempt(path.read_bytes)


def write_beside(path: Path) -> str:
    return attempt(path.with_name("new").touch)


def attempt(act: Callable[[], object]) -> str:
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return "done"


def test_a_child_that_dies_each_time_is_told_in_a_sentence(cluster: RealCluster, extracted: ProjectFolder) -> None:
    with Cluster(StageName.EXTRACT, extracted) as away:
        executor = away.pool(lambda _: None)(1)
        error = executor.submit(os._exit, 9).exception(120)
        assert isinstance(error, ClusterUnfit)
        assert "ended a task's helper process (exit code 9), 3 times." in error.title
        assert executor.submit(abs, -3).result(60) == 3, "the worker itself goes on"
    assert all(worker.poll() is None for worker in cluster.workers[-4:])


def engine_run(folder: ProjectFolder) -> tuple[int, list[ProgressEvent], EndedEvent | FailedEvent]:
    """Run the first stage as the daemon does: a process that gives up its rights."""
    done = subprocess.run(
        [sys.executable, "-m", "engine", "extract", str(folder.path)],
        capture_output=True,
        check=False,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )
    *said, last = [event for line in done.stdout.splitlines() if (event := parse_event(line)) is not None]
    assert not isinstance(last, ProgressEvent)
    return done.returncode, [event for event in said if isinstance(event, ProgressEvent)], last


def test_a_confined_stage_reaches_the_cluster(cluster: RealCluster, fresh: ProjectFolder) -> None:
    code, said, _ = engine_run(fresh)
    assert code == ExitCode.DONE
    assert any("with 4 workers on 1 machine" in event.progress.message for event in said)
    assert len(FaceSet(fresh.target_faces).faces()) >= 6 * CHUNK - 2


def test_doctor_says_who_works(cluster: RealCluster, tmp_path: Path) -> None:
    (tmp_path / "understudio.toml").write_text(f'[cluster]\nscheduler = "{cluster.address}"\n')
    words = [sys.executable, "-m", "tui.cli", "doctor", str(tmp_path)]
    said = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    (line,) = [line for line in said.stdout.splitlines() if "Cluster" in line]
    assert line.split(maxsplit=2) == ["ok", "Cluster", f"{cluster.address} answers, 4 workers on 1 machine"]


def failed(folder: ProjectFolder) -> FailedEvent:
    code, _, last = engine_run(folder)
    assert code == ExitCode.FAILED
    assert isinstance(last, FailedEvent)
    return last


def test_a_scheduler_that_is_not_there_is_said_within_seconds_and_nothing_is_lost(
    fresh: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        tell(f"tcp://127.0.0.1:{port}", monkeypatch)
        said = failed(fresh)
    assert said.is_a(ClusterAway)
    assert f"tcp://127.0.0.1:{port} does not answer" in said.title
    assert "is kept" in said.hint


def test_a_cluster_without_workers_is_said_with_the_line_that_starts_one(
    fresh: ProjectFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place := tmp_path / "cluster").mkdir()
    with cluster_of(0, place) as nobody:
        tell(nobody.address, monkeypatch)
        said = failed(fresh)
    assert said.is_a(ClusterAway)
    assert said.title == f"The cluster at {nobody.address} has no workers."
    assert f"dask worker {nobody.address}" in said.hint


def test_with_certificates_nothing_travels_in_the_clear(
    extracted: ProjectFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place := tmp_path / "cluster").mkdir()
    certificate, key = vouched_by_itself(place)
    flags = ["--protocol=tls", f"--tls-ca-file={certificate}", f"--tls-cert={certificate}", f"--tls-key={key}"]
    with cluster_of(1, place, flags) as cluster:
        assert cluster.address.startswith("tls://")
        for name, value in Scheduler(cluster.address, *map(str, (certificate, certificate, key))).environment.items():
            monkeypatch.setenv(name, value)
        with Cluster(StageName.EXTRACT, extracted) as away:
            assert away.pool(lambda _: None)(1).submit(abs, -3).result(60) == 3
        monkeypatch.delenv("UNDERSTUDIO_SCHEDULER_KEY")
        with Cluster(StageName.EXTRACT, extracted) as away, pytest.raises(ClusterAway):
            away.pool(lambda _: None)(1)
