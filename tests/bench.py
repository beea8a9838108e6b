"""Speed and memory, measured side by side in one run: `make bench`. Prints a table and fails on nothing.

With `--card` it measures instead what a graphics card can do (`tests.bench_card`).

Ratios are of two measurements taken one after the other on the same machine; absolute figures are of this machine. The
clips are the bundled ones, scaled to 720 rows where speed is measured.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import imageio_ffmpeg
import keras
import numpy as np
import psutil

from engine.arrays import STORED_SIZE
from engine.faces.detection.detect import Detector
from engine.host.machine import cores
from engine.media.frames import read_frames
from engine.media.probe import read_video_info
from engine.media.segments import write_segment
from engine.model import backend, precision
from engine.model.batches import Batch, Prefetcher, draw
from engine.model.learner import Learner
from engine.project.create import create_project
from engine.project.folder import ProjectFolder
from engine.project.presets import Preset
from engine.project.settings import Codec, Consent, ConsentBasis, ConsentRecord, Project, TrainSettings
from engine.project.stage import StageName
from engine.records.events import ProgressEvent, parse_event
from engine.stages.extraction.chunk import SearchSettings, VideoChunk, extract_video_chunk
from engine.stages.training.face_data import faces_to_learn
from engine.stages.training.run_state import batch_spec
from tests.bench_card import card
from tests.bench_row import Row
from tests.bench_scale import scale
from tests.opening import seconds_to_home
from tests.real_faces import MAN, WOMAN

_Answer = TypeVar("_Answer")

_STEPS = 400
_TARGET_FRAMES = 480
_HOG_FRAMES = 30
_IDLE_SECONDS = 20.0


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description="Measure speed and memory side by side and print the table.")
    parser.add_argument("--card", action="store_true", help="only what a graphics card changes")
    parts = _CARD if parser.parse_args().card else _ALL
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="understudio-bench-") as place:
        for part in parts:
            for row in part(Path(place)):
                rows.append(row)
                sys.stdout.write(f"{row.what:<46} {row.measured:<58} aim: {row.aim}\n")
                sys.stdout.flush()


def _card(place: Path) -> Iterator[Row]:
    yield from card(place, _project)


def _extraction(place: Path) -> Iterator[Row]:
    clip = _scaled(WOMAN, place / "talking-720p.mp4", 720)
    info = read_video_info(clip)
    chunk = VideoChunk(clip, range(info.frame_count), 0, info.frame_rate, SearchSettings(40, 4.0), "face", STORED_SIZE)
    extract_video_chunk(VideoChunk(clip, range(8), 0, info.frame_rate, SearchSettings(40, 4.0), "face", STORED_SIZE))
    found, seconds = _timed(lambda: extract_video_chunk(chunk))
    detector = Detector()
    frames = list(read_frames(clip, 0, info.frame_count, info.frame_count // _HOG_FRAMES))
    # Faces of 80 pixels and more, as many pixels as a frame has: the detector sees the frame as it is.
    hog, hog_seconds = _timed(lambda: sum(bool(detector.find(each.image, 80, 1280 * 720)) for each in frames))
    _, decode_seconds = _timed(lambda: sum(1 for _ in read_frames(clip)))
    rate, hog_rate = len(found.faces) / seconds, hog / hog_seconds
    share, hog_share = len(found.faces) / info.frame_count, hog / len(frames)
    decode_rate = info.frame_count / decode_seconds
    stage_rate = _extraction_rate(place, clip)
    yield Row(
        "one process's faces/s against HOG on full frames",
        f"{rate / hog_rate:.1f}x ({rate:.0f} against {hog_rate:.1f}; in {share:.1%} of frames against {hog_share:.1%})",
        "12x, with more faces found",
    )
    yield Row(
        "extraction by all workers against decoding",
        f"{stage_rate / decode_rate:.2f} ({stage_rate:.0f} against {decode_rate:.0f} frames/s)",
        "0.5",
    )


def _extraction_rate(place: Path, clip: Path) -> float:
    """Return how many frames a second the stage looks at, without what it does before and after."""
    folder = _project(place / "extract-720p", TrainSettings())
    shutil.copy(clip, _target_video(folder))
    _lengthen(folder, 4 * cores())
    reports = [each for each in _run(folder, StageName.EXTRACT).reports if each.message.startswith("finding faces")]
    return _rate(reports)[0]


def _rate(reports: list[_Reported]) -> tuple[float, _Reported]:
    """Return how much a stage does in a second once it is at work, and the report from which that was counted."""
    # The first pieces of all workers arrive almost together.
    first, last = reports[cores() - 1], max(reports, key=lambda each: each.done)
    return (last.done - first.done) / (last.seconds - first.seconds), first


def _scale(place: Path) -> Iterator[Row]:
    film = place / "film.mkv"
    _ffmpeg("-stream_loop", "49", "-i", str(WOMAN), "-an", "-c", "copy", str(film))
    yield from scale(place / "scale", film)


def _training(place: Path) -> Iterator[Row]:
    folder = _project(place / "train", TrainSettings(steps=_STEPS, precision="float32", stop_at_plateau=False))
    _run(folder, StageName.EXTRACT)
    project = folder.load()
    _run(folder, StageName.TRAIN)
    losses = [line.split(",") for line in (folder.history / "loss.csv").read_text().splitlines()[1:]]
    first, last = losses[0], losses[-1]
    loop = (float(last[1]) - float(first[1])) / (int(last[0]) - int(first[0]))
    backend.prepare(1, deterministic=False)
    spec = Preset.QUICK.facts.network
    faces = faces_to_learn(folder, project, spec.size)
    learner = Learner(spec, project.seed)
    plan = batch_spec(folder, project, spec)
    batch = draw(plan, 0, faces.training)
    fixed = precision.fastest_of(lambda: learner.step(batch, 1e-4))
    with Prefetcher(lambda step: draw(plan, step, faces.training), 0, ahead=1) as batches:
        _, drawing = _timed(lambda: [batches.next() for _ in range(20)])
    count = 2 * plan.faces
    yield Row(
        "training loop against one fixed batch",
        f"{fixed / loop:.2f} ({count / loop:.0f} against {count / fixed:.0f} faces/s; {1000 * loop:.0f} ms a step)",
        "0.9",
    )
    yield Row(
        "augmentation, hidden behind the step",
        f"{drawing / 20 * 1000:.0f} ms a batch in the background, {1000 * (loop - fixed):.0f} ms of it seen",
        "hidden",
    )
    yield Row("arithmetic", _arithmetic(fixed, Learner(spec, project.seed, precision.BFLOAT16), batch), "3x where fast")


def _arithmetic(float32: float, learner: Learner, batch: Batch) -> str:
    if not precision.has_fast_bfloat16():
        return "bfloat16 is no help here"
    bfloat16 = precision.fastest_of(lambda: learner.step(batch, 1e-4))
    ceiling = _product_seconds("float32") / _product_seconds("bfloat16")
    steps = f"{1000 * bfloat16:.0f} against {1000 * float32:.0f} ms a step"
    return f"{float32 / bfloat16:.1f}x in bfloat16 ({steps}; bare matrix products {ceiling:.1f}x)"


def _product_seconds(kind: str) -> float:
    """Return how long the backend multiplies two matrices: the most that the processor can gain by it."""
    matrix = keras.random.normal((2048, 2048), dtype=kind)
    return precision.fastest_of(lambda: np.asarray(keras.ops.matmul(matrix, matrix)[0, 0], np.float32))


def _conversion(place: Path) -> Iterator[Row]:
    folder = ProjectFolder(place / "convert-720p")
    shutil.copytree(place / "train", folder.path)
    video = _target_video(folder)
    _scaled(video, place / "target-720p.mp4", 720).replace(video)
    _lengthen(folder, 2 * cores())
    _run(folder, StageName.EXTRACT)
    _run(folder, StageName.TRAIN)
    rate, first = _rate([each for each in _run(folder, StageName.CONVERT).reports if each.done])
    loading = first.seconds - first.done / rate
    info = read_video_info(video)
    _, plain = _timed(lambda: write_segment(place / "plain.mp4", info, read_frames(video), Codec.H264, 18))
    plain_rate = info.frame_count / plain
    yield Row(
        "conversion against decoding and encoding",
        f"{rate / plain_rate:.2f} ({rate:.0f} against {plain_rate:.0f} frames/s; loading took {loading:.0f} s)",
        "0.5",
    )


def _memory(place: Path) -> Iterator[Row]:
    for stage in (StageName.EXTRACT, StageName.CONVERT):
        peaks = []
        for times in (1, 4):
            folder = ProjectFolder(place / f"{stage}-{times}")
            shutil.copytree(place / "train", folder.path)
            _lengthen(folder, times)
            if stage is StageName.CONVERT:
                _run(folder, StageName.EXTRACT)
                _run(folder, StageName.TRAIN)
            (folder.markers / f"{stage}.json").unlink(missing_ok=True)
            if stage is StageName.EXTRACT:
                shutil.rmtree(folder.source_faces)
                shutil.rmtree(folder.target_faces)
            peaks.append(_run(folder, stage, weigh=True).peak_mb)
        measured = f"{peaks[0]:.0f} MB, with four times the length {peaks[1]:.0f} MB"
        yield Row(f"memory of {stage}, all processes", measured, "flat, < 1500 MB")


def _daemon(place: Path) -> Iterator[Row]:
    workspace = place / "workspace"
    _fill(workspace, range(50), place / "train")
    command = [sys.executable, "-m", "tui.cli", "daemon", str(workspace)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            watched = psutil.Process(process.pid)
            for file in workspace.glob("*/project.toml"):
                file.write_text(file.read_text().replace('wanted = "run"', 'wanted = "pause"'))
            time.sleep(15)
            before = watched.cpu_times()
            time.sleep(_IDLE_SECONDS)
            after = watched.cpu_times()
            share = (after.user + after.system - before.user - before.system) / _IDLE_SECONDS
            memory = watched.memory_info().rss / 1e6
        finally:
            process.terminate()
    yield Row("daemon, idle over 50 projects", f"{share:.2%} of a core, {memory:.0f} MB", "< 1 %, < 100 MB")


def _wizard(place: Path) -> Iterator[Row]:
    workspace = place / "workspace"
    for begin, end in ((50, 50), (50, 500)):
        _fill(workspace, range(begin, end), place / "train")
        seconds = min(seconds_to_home(workspace, end) for _ in range(3))
        yield Row(f"wizard, start to a home of {end} projects", f"{seconds:.2f} s", "< 1 s")


def _fill(workspace: Path, numbers: Iterable[int], like: Path) -> None:
    """Put projects into a workspace that are like another one, without its pictures and videos."""
    for number in numbers:
        shutil.copytree(like, workspace / f"project {number}", ignore=shutil.ignore_patterns("*.npz", "*.jpg", "*.mp4"))


def _project(path: Path, train: TrainSettings) -> ProjectFolder:
    agreed = Consent(basis=ConsentBasis.LICENCE, note="bundled clip", recorded_on=dt.date(2026, 1, 1), is_adult=True)
    project = Project(name="bench", consent=ConsentRecord(source=agreed, target=agreed), train=train)
    # One for each: the project may have a hard link to it, and its video is replaced by others.
    target = path.with_name(f"{path.name}-target.mp4")
    _ffmpeg("-i", str(MAN), "-frames:v", str(_TARGET_FRAMES), "-c", "copy", str(target))
    return create_project(path, project, [WOMAN], target, {}, lambda done, total: None)


@dataclass(frozen=True)
class _Reported:
    """How far a stage said that it was, and when."""

    seconds: float
    done: float
    message: str


@dataclass(frozen=True)
class _Ran:
    """A stage that has run."""

    peak_mb: float
    """The most memory that its processes held together; 0 where it was not weighed."""
    reports: list[_Reported]


def _run(folder: ProjectFolder, stage: StageName, *, weigh: bool = False) -> _Ran:
    """Run a stage as the product does; where its memory is weighed, that holds it up several times a second."""
    command = [sys.executable, "-m", "engine", stage, str(folder.path)]
    peak, began = 0.0, time.monotonic()
    reports: list[_Reported] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        (listener := threading.Thread(target=_listen, args=(process.stdout, began, reports))).start()
        while weigh and process.poll() is None:
            with contextlib.suppress(psutil.Error):
                family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
                peak = max(peak, sum(each.memory_full_info().pss for each in family) / 1e6)
            time.sleep(0.25)
        process.wait()
        listener.join()
    if process.returncode:
        raise SystemExit(f"{stage} ended with {process.returncode}; run it by hand to see why")
    return _Ran(peak, reports)


def _listen(lines: Iterable[str], began: float, reports: list[_Reported]) -> None:
    for event in map(parse_event, lines):
        if isinstance(event, ProgressEvent):
            reports.append(_Reported(time.monotonic() - began, event.progress.done, event.progress.message))


def _target_video(folder: ProjectFolder) -> Path:
    return folder.inside(folder.load().target.video or "", "target.video")


def _scaled(clip: Path, out: Path, height: int) -> Path:
    _ffmpeg("-i", str(clip), "-vf", f"scale=-2:{height}", "-crf", "18", str(out))
    return out


def _ffmpeg(*words: str) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", *words], check=True)


def _lengthen(folder: ProjectFolder, times: int) -> None:
    """Have the target video shown so many times in a row."""
    video = _target_video(folder)
    longer = video.with_name("longer.mp4")
    _ffmpeg("-stream_loop", str(times - 1), "-i", str(video), "-c", "copy", str(longer))
    longer.replace(video)


def _timed(work: Callable[[], _Answer]) -> tuple[_Answer, float]:
    began = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - began


_ALL = (_extraction, _training, _conversion, _memory, _scale, _daemon, _wizard)
_CARD = (_card,)

if __name__ == "__main__":
    main()
