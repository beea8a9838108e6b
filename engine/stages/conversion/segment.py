"""Convert one segment of a video: what a worker process does, start to end.

    decode ──ahead──> swap (the model, in batches) ──ahead──> colour transfer, blend, label ──> encode

Each arrow that says "ahead" is a thread, so decoding, the model and the encoder work at the same time. A segment's
pictures depend on its task alone, and not on which worker did the segments beside it.
"""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBBatch, RGBImage
from engine.media.frames import Frame, read_frames
from engine.media.probe import VideoInfo
from engine.media.segments import write_segment
from engine.project.settings import ConvertSettings
from engine.project.stage import Device
from engine.provenance.label import Label
from engine.stages.conversion.guide import bent_reference
from engine.stages.conversion.swapped_face import (
    GuidedFace,
    PaintedFace,
    SwappedFace,
    finished,
    large_square,
    painted,
    reduced,
)
from engine.stages.read_ahead import ahead

TRANSFER_REACH = 4
"""Frames to either side whose colour transfer is taken into account."""
_BATCH_BYTES = 48 << 20
"""Frames of about this size together go through the model at once."""
_LARGEST_BATCH = 16


class SwapsFaces(Protocol):
    """What conversion wants of a model."""

    size: int
    """Side of the model's square in pixels."""
    model_hash: str
    """SHA-256 of its weights."""
    device: Device
    """What computes."""

    def swap(self, faces: RGBBatch, references: RGBBatch) -> tuple[RGBBatch, NDArray[np.float32]]:
        """Return the swapped faces (N, S, S, 3) uint8 and their masks (N, S, S) float32."""
        ...


@dataclass(frozen=True)
class MadeBy:
    """What made a segment."""

    model_sha256: str
    device: Device


SwapperLoader = Callable[[Path], SwapsFaces]
"""Loads the model of a checkpoint; a top-level function, so that it reaches worker processes by name."""


@dataclass(frozen=True, eq=False)
class SegmentTask:
    """All that a worker needs to convert a segment; picklable."""

    video: VideoInfo
    start: int
    stop: int
    """Frames start to stop - 1 are written."""
    faces: tuple[GuidedFace, ...]
    """The faces in the segment and up to `TRANSFER_REACH` frames around it."""
    triangles: NDArray[np.intp]
    """(T, 3): to bend photographs with."""
    labelled: frozenset[int]
    """Frames that bear the visible label."""
    out: Path
    settings: ConvertSettings
    checkpoints: Path
    """Folder of the trained model's checkpoints."""
    model: str
    """Name of the newest checkpoint: a worker that has loaded another one loads this one."""
    load_swapper: SwapperLoader


@dataclass(frozen=True, eq=False)
class SwappedFrame:
    """A frame with its faces swapped."""

    frame: Frame | None
    """None once only its colour transfers are still needed; pictures would fill the memory."""
    index: int
    faces: tuple[SwappedFace, ...]


def load_newest(checkpoints: Path) -> SwapsFaces:
    """Load the trained model."""
    # Keras takes seconds and 600 MB to import. Only workers load a model; the process that hands out tasks does not.
    swapper: SwapsFaces = importlib.import_module("engine.model.swapper").Swapper.load(checkpoints)
    return swapper


def convert_segment(task: SegmentTask) -> MadeBy:
    """Write the segment, complete or not at all, and return what made it.

    Raises:
        MediaError: A frame that was there when the video was first read cannot be read now.
        OutOfDisk: There was no room.
    """
    # The steps of the pipeline are threads already: more inside each only slow one another down.
    cv2.setNumThreads(0)
    swapper = _swapper(task.load_swapper, task.checkpoints, task.model)
    frames = ahead(converted_frames(task, swapper), 2)
    write_segment(task.out, task.video, frames, task.settings.codec, task.settings.quality)
    return MadeBy(swapper.model_hash, swapper.device)


def converted_frames(task: SegmentTask, swapper: SwapsFaces) -> Iterator[Frame]:
    """Yield the finished frames of the segment; decoding and the model work ahead."""
    frames = read_frames(task.video.path, max(0, task.start - TRANSFER_REACH), task.stop + TRANSFER_REACH)
    size = _batch_size(task.video)
    return _finished(ahead(_swap_frames(ahead(_batches(frames, size), 1), task, swapper), size), task)


@lru_cache(maxsize=1)
def _swapper(load: SwapperLoader, checkpoints: Path, model: str) -> SwapsFaces:
    """Load the model once a process: it takes longer than a segment."""
    return load(checkpoints)


def _batch_size(video: VideoInfo) -> int:
    # RGB, and the decoder's own picture beside it.
    frame_bytes = 5 * video.width * video.height
    return int(np.clip(_BATCH_BYTES // frame_bytes, 1, _LARGEST_BATCH))


def _batches(frames: Iterator[Frame], size: int) -> Iterator[list[Frame]]:
    while batch := list(islice(frames, size)):
        yield batch


def _swap_frames(batches: Iterator[list[Frame]], task: SegmentTask, swapper: SwapsFaces) -> Iterator[SwappedFrame]:
    """Yield each frame with its faces swapped, the model seeing a whole batch at once."""
    for frames in batches:
        for frame, faces in zip(frames, painted_faces(frames, task.faces, task.triangles, swapper), strict=True):
            yield SwappedFrame(frame, frame.index, tuple(face.blended(task.settings) for face in faces))


def painted_faces(
    frames: Sequence[Frame], faces: Sequence[GuidedFace], triangles: NDArray[np.intp], swapper: SwapsFaces
) -> Iterator[tuple[PaintedFace, ...]]:
    """Yield for each frame what the model paints in the place of its faces, the model seeing all frames at once.

    Args:
        frames: Some frames.
        faces: To be replaced, in these frames and others.
        triangles: (T, 3): to bend photographs with.
        swapper: The model.
    """
    guided = [[face for face in faces if face.placed.frame_index == frame.index] for frame in frames]
    answers = iter(_painted(frames, guided, triangles, swapper))
    for each in guided:
        yield tuple(islice(answers, len(each)))


def _painted(
    frames: Sequence[Frame],
    guided: Sequence[Sequence[GuidedFace]],
    triangles: NDArray[np.intp],
    swapper: SwapsFaces,
) -> Iterator[PaintedFace]:
    """Yield what the model paints in the place of the faces of some frames, in their order."""
    faces = [face for each in guided for face in each]
    if not faces:
        return
    squares = [
        large_square(frame.image, face.placed.landmarks, face.guide.side)
        for frame, each in zip(frames, guided, strict=True)
        for face in each
    ]
    aligned = [reduced(each, swapper.size) for each in squares]
    references = [bent_reference(face.guide, triangles, square) for face, square in zip(faces, squares, strict=True)]
    shown = np.stack([reduced(each.picture, swapper.size) for each in references])
    swaps, masks = swapper.swap(np.stack(aligned), shown)
    yield from map(painted, faces, squares, references, swaps, masks)


def _finished(swapped: Iterator[SwappedFrame], task: SegmentTask) -> Iterator[Frame]:
    """Yield the finished frames of the segment."""
    label = Label(task.video.width, task.video.height)
    for before, current, after in _with_neighbours(swapped, TRANSFER_REACH):
        frame = current.frame
        if frame is None or not task.start <= current.index < task.stop:
            continue
        image = laid_over(frame, current, [*before, current, *after], task.settings)
        if current.index in task.labelled:
            image = label.draw(image)
        yield frame if image is frame.image else frame.with_image(image)


def laid_over(
    frame: Frame, current: SwappedFrame, around: Sequence[SwappedFrame], settings: ConvertSettings
) -> RGBImage:
    """Return the picture of a frame with its swapped faces in it; the frame's own where there are none.

    Args:
        frame: The frame.
        current: The same with its faces swapped.
        around: It and its neighbours, up to `TRANSFER_REACH` to either side.
        settings: How faces are blended.
    """
    image = frame.image
    for face in current.faces:
        near = _same_face(face, around)
        apart = [index - current.index for index, _ in near]
        image = finished(face, [other for _, other in near], apart).laid_into(image, settings.sharpen)
    return image


def _with_neighbours(
    items: Iterator[SwappedFrame], reach: int
) -> Iterator[tuple[Sequence[SwappedFrame], SwappedFrame, Sequence[SwappedFrame]]]:
    """Yield each item between those up to `reach` before and after it."""
    before: deque[SwappedFrame] = deque(maxlen=reach)
    after: deque[SwappedFrame] = deque(islice(items, reach))
    while after:
        current = after.popleft()
        after.extend(islice(items, 1))
        yield before, current, after
        before.append(replace(current, frame=None))


def _same_face(face: SwappedFace, around: Sequence[SwappedFrame]) -> list[tuple[int, SwappedFace]]:
    """Return a face in the neighbouring frames of the same stretch, itself included, with the frames' indices."""
    return [(frame.index, other) for frame in around for other in frame.faces if other.stretch == face.stretch]
