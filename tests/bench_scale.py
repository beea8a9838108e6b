"""What long films and many pictures cost: measured on sets of full length whose content is made up."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from daemon.settings import Settings
from engine.faces.facesets import rows
from engine.faces.facesets.faceset import FaceSet
from engine.media.frame_index import frame_table
from engine.project.folder import FRAME_TABLES_VARIABLE, ProjectFolder, create_folder
from tests.bench_row import Row

_FACES = 100_000
_TRACKS = 100_000
_PERSONS = 20
_MEDIA = "target/film.mkv"


def scale(place: Path, clip: Path) -> Iterator[Row]:
    """Measure.

    Args:
        place: An empty folder.
        clip: A video that is shown many times in a row.
    """
    yield _clustering()
    yield from _face_set(place / "set")
    yield from _frame_table(create_folder(place / "film"), clip)
    yield _processes(64)


def _clustering() -> Row:
    """Sort tracks in a process of its own, whose peak of memory is its alone."""
    ran = subprocess.run([sys.executable, "-m", "tests.bench_scale"], capture_output=True, text=True, check=True)
    persons, seconds, peak = ran.stdout.split()
    return Row(
        f"telling {_TRACKS:,} tracks apart",
        f"{seconds} s and {peak} GB; {persons} persons of {_PERSONS}",
        "minutes, below 4 GB",
    )


def cluster_many() -> None:
    """Print how many persons were found, in what time, and the peak of memory in gigabytes."""
    from engine.faces.persons.clustering import cluster

    rng = np.random.default_rng(1)
    centres = rng.normal(0, 1, (_PERSONS, 128))
    centres *= 0.62 / np.linalg.norm(centres, axis=1, keepdims=True)
    points = centres[rng.integers(0, _PERSONS, _TRACKS)] + rng.normal(0, 0.028, (_TRACKS, 128))
    began = time.perf_counter()
    found = len(set(cluster(list(points.astype(np.float32)), [1] * _TRACKS)))
    seconds, peak = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sys.stdout.write(f"{found} {seconds:.0f} {peak:.2f}\n")


def _face_set(folder: Path) -> Iterator[Row]:
    faces = _filled(FaceSet(folder))
    middle = _FACES // 2
    yield _asked("faces of a segment", lambda: faces.faces(1, _MEDIA, frames=(middle, middle + 64)))
    yield _asked("faces of one frame", lambda: faces.faces_at(_MEDIA, middle))


def _asked(what: str, ask: Callable[[], object]) -> Row:
    ask()
    began = time.perf_counter()
    for _ in range(10):
        ask()
    milliseconds = 100 * (time.perf_counter() - began)
    return Row(f"{what}, of {_FACES:,} faces", f"{milliseconds:.1f} ms", "10 ms")


def _filled(faces: FaceSet) -> FaceSet:
    faces.pictures.mkdir(parents=True)
    points = np.zeros((468, 3), "<f4").tobytes()
    with rows.opened(faces.database) as connection, connection:
        connection.executemany(
            "INSERT INTO tracks (track, media, person) VALUES (?, ?, 1)",
            ((track, _MEDIA) for track in range(1, 2 + _FACES // 500)),
        )
        connection.executemany(
            "INSERT INTO faces (media, frame_index, track, landmarks, presence, sharpness, brightness, yaw, pitch,"
            " roll, width_px, is_plausible, picture) VALUES (?, ?, ?, ?, 1, 1, 1, 0, 0, 0, 100, 1, ?)",
            ((_MEDIA, at, 1 + at // 500, points, f"{at:07d}.jpg") for at in range(_FACES)),
        )
    for at in range(_FACES):
        (faces.pictures / f"{at:07d}.jpg").touch()
    with closing(sqlite3.connect(faces.database)) as connection:
        connection.execute("ANALYZE")
    return faces


def _frame_table(folder: ProjectFolder, clip: Path) -> Iterator[Row]:
    video = folder.target / clip.name
    clip.rename(video)
    size = video.stat().st_size / 1e6
    script = "import sys, time; from pathlib import Path; from engine.media.frame_index import frame_table; "
    script += "began = time.perf_counter(); frame_table(Path(sys.argv[1])); print(time.perf_counter() - began)"
    environment = {FRAME_TABLES_VARIABLE: str(folder.frame_tables)}
    command = [sys.executable, "-c", script, str(video)]
    first, later = (
        float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
        for _ in range(2)
    )
    yield Row(
        f"listing {len(frame_table(video)):,} frames ({size:.0f} MB)",
        f"{first:.2f} s by the first process, {1000 * later:.0f} ms by each other",
        "once for all processes",
    )


def _processes(cores: int) -> Row:
    slots = 1 + Settings().beside(cores)
    return Row(
        f"workers of many projects on {cores} cores", f"{slots} stages of {max(1, cores // slots)} workers", f"{cores}"
    )


if __name__ == "__main__":
    cluster_many()
