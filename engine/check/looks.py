"""Find the faces in some photos and frames, and describe them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from pathlib import Path

from engine.arrays import Descriptor, Landmarks, RGBImage
from engine.check.samples import Burst, spread_first
from engine.errors import MediaError
from engine.faces.align import frame_to_stored, transform
from engine.faces.detection.mesh import square_around
from engine.faces.detection.track import faces_in
from engine.faces.face import Box, bounding_box
from engine.faces.measures import Measured, measure
from engine.faces.models import describer, expression_reader, finder_and_mesh
from engine.faces.reenactment.motions import motions_of
from engine.media.frames import read_frames
from engine.media.images import picture_count, read_pictures
from engine.records.coverage import Motion

_LEAST_BURSTS = 12
"""Bursts examined however slow the machine is: advice on one picture would be a guess."""
_LONGEST_STRIDE = 25
"""Frames decoded at most for one that is examined when the time is up: neighbours would tell little."""
_LEAST_DESCRIBED = 8
"""Faces described however slow the machine is."""
_MIN_FACE_PX = 40
_PICTURES_OF_ANIMATION = 4
"""Pictures of an animation that are examined, evenly chosen."""


@dataclass(frozen=True, eq=False)
class FoundFace:
    """A face that was found."""

    path: Path
    """The photo or video that shows it."""
    frame_index: int
    """0 for a photo."""
    frame_wh: tuple[int, int]
    """Width and height of the photo or frame in pixels."""
    box: Box
    """Where it is in the photo or frame."""
    measured: Measured
    """Its picture and measures."""
    landmarks: Landmarks
    """(468, 3) in pixels of the measured picture."""
    motions: dict[Motion, float]
    """What it does."""


@dataclass(frozen=True, eq=False)
class BurstFindings:
    """What was found in a burst."""

    burst: Burst
    pictures: int
    """Pictures examined."""
    without_face: int
    """Pictures among them that show no face."""
    by_picture: tuple[tuple[FoundFace, ...], ...]
    """The faces of each picture that shows any."""
    in_photo: int = 1
    """Pictures in the photo, more than 1 in an animation; of a video it means nothing."""
    problem: str = ""
    """Why the file cannot be read; empty where it can."""

    @property
    def faces(self) -> list[FoundFace]:
        """The faces of all pictures."""
        return [face for faces in self.by_picture for face in faces]


@dataclass(frozen=True, eq=False)
class DescribedFace:
    """A face, and its descriptor."""

    face: FoundFace
    descriptor: Descriptor


def examine_bursts(
    pool: Executor, bursts: Sequence[Burst], deadline: float, progress: Callable[[int, int], None]
) -> list[BurstFindings]:
    """Examine bursts until the time is up; a picture of each of the first dozen in any case, more where these are few.

    Args:
        pool: Executor of threads.
        bursts: In the order of their importance.
        deadline: Time on the monotonic clock.
        progress: Called with the number of pictures examined and their total.
    """
    total = sum(burst.count for burst in bursts)
    needed = -(-_LEAST_BURSTS // max(1, min(_LEAST_BURSTS, len(bursts))))
    futures = [
        pool.submit(_examine, burst, deadline, needed if at < _LEAST_BURSTS else 0) for at, burst in enumerate(bursts)
    ]
    done = 0
    for future in as_completed(futures):
        done += future.result().burst.count
        progress(done, total)
    return [future.result() for future in futures]


def describe_faces(
    pool: Executor, pictures: Sequence[Sequence[FoundFace]], deadline: float, at_most: int
) -> list[DescribedFace]:
    """Describe the faces of pictures spread over all of them, until the time is up; of the first few in any case.

    All faces of a picture or none: whoever is seen together is then counted together, however few are described.

    Args:
        pool: Executor of threads.
        pictures: The faces of each picture.
        deadline: Time on the monotonic clock.
        at_most: About how many faces to describe.
    """
    futures, chosen = [], 0
    for faces in spread_first(pictures):
        if chosen < at_most:
            futures.append(pool.submit(_describe, faces, deadline, is_needed=chosen < _LEAST_DESCRIBED))
            chosen += len(faces)
    return [described for future in futures for described in future.result()]


def _examine(burst: Burst, deadline: float, needed: int) -> BurstFindings:
    """Return what a burst shows: all of it until the time is up, and so many pictures, spread over it, in any case."""
    stride = min(_LONGEST_STRIDE, burst.span // max(1, needed))
    pictures, without, worth_seeing = 0, 0, 0
    by_picture: list[tuple[FoundFace, ...]] = []
    try:
        for index, image in _images(burst):
            is_late = time.monotonic() > deadline
            if is_late and pictures >= needed:
                break
            if is_late and index < worth_seeing:
                continue
            worth_seeing = index + stride
            found = tuple(_faces_in(burst, index, image))
            pictures += 1
            if found:
                by_picture.append(found)
            else:
                without += 1
        in_photo = picture_count(burst.path) if burst.frames is None else 1
    except MediaError as error:
        return BurstFindings(burst, 0, 0, (), problem=error.title)
    return BurstFindings(burst, pictures, without, tuple(by_picture), in_photo)


def _images(burst: Burst) -> Iterator[tuple[int, RGBImage]]:
    if burst.frames is None:
        yield from read_pictures(burst.path, _PICTURES_OF_ANIMATION)
        return
    frames = burst.frames
    for frame in read_frames(burst.path, frames.start, frames.stop, frames.step):
        yield frame.index, frame.image


def _faces_in(burst: Burst, index: int, image: RGBImage) -> Iterator[FoundFace]:
    finder, mesh = finder_and_mesh()
    finds = (finder.find_in_photo if burst.frames is None else finder.find)(image, _MIN_FACE_PX)
    for face in faces_in(mesh, image, finds):
        measured = measure(face, image)
        expression = expression_reader().read(image, square_around(face.landmarks))
        yield FoundFace(
            path=burst.path,
            frame_index=index,
            frame_wh=(image.shape[1], image.shape[0]),
            box=bounding_box(face.landmarks),
            measured=measured,
            landmarks=transform(face.landmarks, frame_to_stored(face.landmarks)),
            motions=motions_of(measured, expression.coefficients),
        )


def _describe(faces: Sequence[FoundFace], deadline: float, *, is_needed: bool) -> list[DescribedFace]:
    if time.monotonic() > deadline and not is_needed:
        return []
    return [DescribedFace(face, describer().describe(face.measured.picture, face.landmarks)) for face in faces]
