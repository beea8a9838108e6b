"""Short clips and photos of real faces, cut from the bundled clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

import cv2
import numpy as np

from engine.arrays import RGBImage
from engine.demo import SOURCE_CLIP
from engine.media.frames import read_frames
from engine.media.images import write_image
from tests.media import Shape, write_video

Given = ParamSpec("Given")
Result = TypeVar("Result")

WOMAN = Path(__file__).parent / "data" / "woman_expressions.mp4"
"""A woman of many expressions, with hands before her face now and then; 472 frames."""
MAN = SOURCE_CLIP
"""A man at a webcam, talking, near and far; 1,337 frames."""

DESCRIBED_BY_DLIB = {"woman": (WOMAN, range(0, 400, 190)), "man": (MAN, range(0, 1200, 400))}
"""Frames of whose faces it is kept what dlib's own network says."""
DLIB_DESCRIPTORS = Path(__file__).parent / "data" / "dlib_descriptors.json"
"""What it says, for each of these frames."""


def frames_of(clip: Path, indices: range) -> list[RGBImage]:
    """Return some frames of a clip."""
    return [frame.image for frame in read_frames(clip, indices.start, indices.stop, indices.step)]


def write_clip(path: Path, pictures: Sequence[RGBImage], key_every: int = 30) -> Path:
    """Write pictures as a video."""
    height, width = pictures[0].shape[:2]
    shape = Shape(frames=len(pictures), size=(width, height), key_every=key_every, options={"crf": "16"})
    return write_video(path, shape, pictures)


def write_photos(folder: Path, pictures: Sequence[RGBImage]) -> list[Path]:
    """Write pictures as photos and return their paths."""
    paths = [folder / f"photo-{number:03d}.jpg" for number in range(len(pictures))]
    for path, picture in zip(paths, pictures, strict=True):
        write_image(path, picture)
    return paths


def both_people(count: int) -> list[RGBImage]:
    """Return frames that show the woman at the left and the man at the right."""
    left = frames_of(WOMAN, range(0, count))
    right = frames_of(MAN, range(0, count))
    return [np.hstack([one, cv2.resize(other, (480, 360))]) for one, other in zip(left, right, strict=True)]


def wall(width: int = 640, height: int = 360) -> RGBImage:
    """Return a picture without any face: a soft pattern."""
    across = np.linspace(0, 1, width)[None, :, None]
    down = np.linspace(0, 1, height)[:, None, None]
    return np.broadcast_to(90 + 60 * across + 40 * down, (height, width, 3)).astype(np.uint8).copy()


class AtOnce(Executor):
    """Does each task when it is handed in, in the same thread: models are loaded once for all tests."""

    def submit(self, fn: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Result]:
        future: Future[Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as every executor does
            future.set_exception(error)
        return future


def at_once(workers: int) -> Executor:
    """Return an executor without workers."""
    return AtOnce()


def threads(workers: int) -> Executor:
    """Return a pool of threads: what workers do, without the second that a process takes to start."""
    return ThreadPoolExecutor(workers)


def never() -> bool:
    """Do not ask to stop."""
    return False


def after(calls: int) -> Callable[[], bool]:
    """Return a request to stop that comes at the given call."""
    left = iter(range(calls))
    return lambda: next(left, None) is None
