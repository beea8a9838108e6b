"""What only a machine with a graphics card can tell: `python -m tests.bench --card`, ten minutes on one.

It measures what computes, how fast each preset trains, how long the first and the second start take within the sandbox,
how many batches are drawn by how many threads, how much of the card's memory is taken, and whether a conversion and a
training hold beside each other. Without a card it does a little of that on the processor, to be tried out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.placing import Place, place_for
from engine.host import cards
from engine.host.machine import cores
from engine.project.folder import ProjectFolder
from engine.project.presets import Preset
from engine.project.settings import TrainSettings
from engine.project.stage import StageName
from engine.records.events import ProgressEvent, parse_event
from tests.bench_row import Row

if TYPE_CHECKING:
    from engine.model.batches import BatchSpec, TrainingSet

_STEPS = 200
_FEW_STEPS = 10
_POLL_SECONDS = 0.5
_BATCHES = 60

MakeProject = Callable[[Path, TrainSettings], ProjectFolder]


def card(place: Path, make: MakeProject) -> Iterator[Row]:
    """Measure.

    Args:
        place: An empty folder.
        make: Makes a project of the bundled clips.
    """
    found = cards.usable_cards()
    there = ", ".join(f"{each.name} with {each.total_bytes / 1e9:.0f} GB" for each in found)
    yield Row("graphics cards of this machine", there or "none", "as nvidia-smi has it")
    steps = _STEPS if found else _FEW_STEPS
    folder = make(place / "card", TrainSettings(steps=steps, stop_at_plateau=False))
    _run(folder, StageName.EXTRACT)
    for preset in Preset if found else (Preset.QUICK,):
        yield from _preset(folder, place / preset, preset, steps)
    yield from _drawing(folder)
    if found:
        yield from _beside(folder, place / "beside", found)
    if len(found) > 1:
        yield _divided(folder, place / "divided", found)


def _preset(like: ProjectFolder, place: Path, preset: Preset, steps: int) -> Iterator[Row]:
    """Train twice for as many steps: the second time begins with what was compiled the first time."""
    folder = _copy(like, place)
    said: list[tuple[str, str]] = []
    for times in (1, 2):
        project = folder.load()
        train = project.train.model_copy(update={"preset": preset, "steps": times * steps})
        folder.save(project.model_copy(update={"train": train}))
        began = time.monotonic()
        first, rate, device, most = _run(folder, StageName.TRAIN)
        said.append((device, f"{first - began:.0f} s to the first steps, {rate:.1f} steps/s, {most / 1e9:.1f} GB"))
    yield Row(f"{preset} on {said[0][0]}, first start", said[0][1], "the card is named")
    yield Row(f"{preset} on {said[1][0]}, second start", said[1][1], "compiling found again")


def _drawing(folder: ProjectFolder) -> Iterator[Row]:
    """Draw batches by one thread and by as many as would draw beside a card."""
    from engine.model.batches import BatchSpec
    from engine.stages.train import drawing_threads
    from engine.stages.training.face_data import faces_to_learn

    for preset in Preset:
        size = preset.facts.network.size
        faces = faces_to_learn(folder, folder.load(), size).training
        plan = BatchSpec(1, size, folder.load().train.batch_size)
        counts = (1, drawing_threads(cores(), on_card=True))
        rates = [f"{threads}: {_batches_a_second(plan, faces, threads):.0f} batches/s" for threads in counts]
        yield Row(f"drawing batches of {preset}, by threads", "; ".join(rates), "more than the card's steps/s")


def _batches_a_second(plan: BatchSpec, faces: TrainingSet, threads: int) -> float:
    from engine.model.batches import Prefetcher, draw

    with Prefetcher(lambda step: draw(plan, step, faces), 0, 2 * threads + 2, threads) as batches:
        began = time.perf_counter()
        for _ in range(_BATCHES):
            batches.next()
        return _BATCHES / (time.perf_counter() - began)


def _beside(like: ProjectFolder, place: Path, found: tuple[cards.Card, ...]) -> Iterator[Row]:
    """Convert while a training of the finest preset has the card, each with the share that the daemon would give it."""
    trained = _copy(like, place / "convert")
    _run(trained, StageName.TRAIN)
    training = _copy(like, place / "train")
    project = training.load()
    finest = project.train.model_copy(update={"preset": Preset.HIGH, "steps": 2 * _STEPS})
    training.save(project.model_copy(update={"train": finest}))
    held: list[Place] = []
    ends: list[str] = []

    def work(folder: ProjectFolder, stage: StageName) -> None:
        where = place_for(stage, found, held)
        assert where is not None
        held.append(where)
        _, rate, device, most = _run(folder, stage, where)
        ends.append(f"{stage} on {device}: {rate:.1f}/s, {most / 1e9:.1f} GB")

    first = threading.Thread(target=work, args=(training, StageName.TRAIN))
    first.start()
    time.sleep(_POLL_SECONDS)
    work(trained, StageName.CONVERT)
    first.join()
    yield Row("a conversion beside a training of high", "; ".join(ends), "both well, on the card where it has 12 GB")


def _divided(like: ProjectFolder, place: Path, found: tuple[cards.Card, ...]) -> Row:
    """Train the finest preset on one card, and divided among all."""
    said = []
    for count in (1, len(found)):
        folder = _copy(like, place / str(count))
        project = folder.load()
        finest = project.train.model_copy(update={"preset": Preset.HIGH, "steps": _STEPS})
        folder.save(project.model_copy(update={"train": finest}))
        _, rate, device, _ = _run(folder, StageName.TRAIN, place_for(StageName.TRAIN, found, [], count))
        said.append(f"{device}: {rate:.1f} steps/s")
    return Row("high divided among all cards", "; ".join(said), "more with each card")


def _copy(like: ProjectFolder, place: Path) -> ProjectFolder:
    shutil.copytree(like.path, place)
    return ProjectFolder(place)


def _run(folder: ProjectFolder, stage: StageName, place: Place | None = None) -> tuple[float, float, str, int]:
    """Run a stage as the daemon does.

    Returns:
        When it first had got further, how much it did in a second from then on, on what, and the most memory of the
        card that was taken meanwhile, in bytes.
    """
    command = [sys.executable, "-m", "engine", stage, str(folder.path)]
    environment = {**os.environ, **(place.environment if place else {})}
    told: list[tuple[float, float]] = []
    device, most = "", 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        looked = 0.0
        for line in process.stdout:
            event = parse_event(line)
            if not isinstance(event, ProgressEvent):
                continue
            device = event.progress.device or device
            if event.progress.done:
                told.append((time.monotonic(), event.progress.done))
            if time.monotonic() - looked > _POLL_SECONDS:
                looked, most = time.monotonic(), max(most, _taken_bytes())
    if process.returncode or not told:
        raise SystemExit(f"{stage} ended with {process.returncode}; run it by hand to see why")
    (start, done), (end, last) = told[0], told[-1]
    return start, (last - done) / max(end - start, 1e-6), device or "no network", most


def _taken_bytes() -> int:
    """Return how much memory of all cards is taken now; 0 where nobody tells."""
    words = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False).stdout
    except OSError:
        return 0
    return sum(int(line) << 20 for line in said.split() if line.isdecimal())
