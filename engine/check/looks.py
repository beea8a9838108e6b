"""Look at some photos or frames, and compare the faces found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass

from engine.arrays import Descriptor, Landmarks, RGBImage
from engine.check.samples import Burst, spread_first
from engine.errors import MediaError
from engine.faces.align import frame_to_stored, transform
from engine.faces.measures import Measured, measure
from engine.faces.models import describer, detector_and_mesh
from engine.faces.track import faces_in
from engine.media.frames import read_frames
from engine.media.images import read_image

_LEAST_BURSTS = 12
"""Looked at however slow the machine is: advice on one picture would be a guess."""
_LEAST_COMPARED = 8
"""Faces compared however slow the machine is."""
_MIN_FACE_PX = 40


@dataclass(frozen=True, eq=False)
class Seen:
    """A face that was found."""

    measured: Measured
    landmarks: Landmarks
    """(468, 3) in pixels of the measured picture."""


@dataclass(frozen=True, eq=False)
class Looked:
    """What came of a burst."""

    burst: Burst
    pictures: int
    """Pictures looked at."""
    without_face: int
    faces: tuple[Seen, ...]
    problem: str = ""
    """Why the file cannot be read; empty where it can."""


@dataclass(frozen=True, eq=False)
class Compared:
    """A face, and who it is."""

    seen: Seen
    descriptor: Descriptor


def look_through(
    pool: Executor, bursts: Sequence[Burst], deadline: float, progress: Callable[[int, int], None]
) -> list[Looked]:
    """Look at bursts until the time is up; at a picture of each of the first dozen in any case.

    Args:
        pool: Threads.
        bursts: In the order of their importance.
        deadline: On the monotonic clock.
        progress: Told how many pictures of how many were looked at.
    """
    total = sum(burst.count for burst in bursts)
    futures = [pool.submit(_look, burst, deadline, is_needed=at < _LEAST_BURSTS) for at, burst in enumerate(bursts)]
    done = 0
    for future in as_completed(futures):
        done += future.result().burst.count
        progress(done, total)
    return [future.result() for future in futures]


def compare(pool: Executor, faces: Sequence[Seen], deadline: float, at_most: int) -> list[Compared]:
    """Describe faces, spread over all of them, until the time is up; the first few in any case."""
    chosen = spread_first(faces)[:at_most]
    futures = [pool.submit(_describe, face, deadline, is_needed=at < _LEAST_COMPARED) for at, face in enumerate(chosen)]
    return [compared for future in futures if (compared := future.result()) is not None]


def _look(burst: Burst, deadline: float, *, is_needed: bool) -> Looked:
    pictures, without, faces = 0, 0, []
    try:
        for image in _images(burst):
            if time.monotonic() > deadline and (pictures or not is_needed):
                break
            seen = list(_faces_in(image, is_photo=burst.frames is None))
            pictures += 1
            without += not seen
            faces += seen
    except MediaError as error:
        return Looked(burst, 0, 0, (), error.title)
    return Looked(burst, pictures, without, tuple(faces))


def _images(burst: Burst) -> Iterator[RGBImage]:
    if burst.frames is None:
        yield read_image(burst.path)
        return
    frames = burst.frames
    for frame in read_frames(burst.path, frames.start, frames.stop, frames.step):
        yield frame.image


def _faces_in(image: RGBImage, *, is_photo: bool) -> Iterator[Seen]:
    detector, mesh = detector_and_mesh()
    boxes = (detector.find_in_photo if is_photo else detector.find)(image, _MIN_FACE_PX)
    for face in faces_in(mesh, image, boxes):
        yield Seen(measure(face, image), transform(face.landmarks, frame_to_stored(face.landmarks)))


def _describe(face: Seen, deadline: float, *, is_needed: bool) -> Compared | None:
    if time.monotonic() > deadline and not is_needed:
        return None
    return Compared(face, describer().describe(face.measured.picture, face.landmarks))
