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

from engine.arrays import RGBBatch
from engine.media.frames import Frame, read_frames
from engine.media.probe import VideoInfo
from engine.media.segments import write_segment
from engine.project.settings import ConvertSettings
from engine.provenance.label import Label
from engine.stages.conversion.guide import bent_reference
from engine.stages.conversion.swapped_face import GuidedFace, SwappedFace, blended, finished, large_square, reduced
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

    def swap(self, faces: RGBBatch, references: RGBBatch) -> tuple[RGBBatch, NDArray[np.float32]]:
        """Return the swapped faces (N, S, S, 3) uint8 and their masks (N, S, S) float32."""
        ...


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
class _SwappedFrame:
    frame: Frame | None
    """None once only its colour transfers are still needed; pictures would fill the memory."""
    index: int
    faces: tuple[SwappedFace, ...]


def load_newest(checkpoints: Path) -> SwapsFaces:
    """Load the trained model."""
    # Keras takes seconds and 600 MB to import. Only workers load a model; the process that hands out tasks does not.
    swapper: SwapsFaces = importlib.import_module("engine.model.swapper").Swapper.load(checkpoints)
    return swapper


def convert_segment(task: SegmentTask) -> str:
    """Write the segment, complete or not at all, and return the digest of the model that made it.

    Raises:
        MediaError: A frame that was there when the video was first read cannot be read now.
        OutOfDisk: There was no room.
    """
    # The steps of the pipeline are threads already: more inside each only slow one another down.
    cv2.setNumThreads(0)
    swapper = _swapper(task.load_swapper, task.checkpoints, task.model)
    frames = ahead(converted_frames(task, swapper), 2)
    write_segment(task.out, task.video, frames, task.settings.codec, task.settings.quality)
    return swapper.model_hash


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


def _swap_frames(batches: Iterator[list[Frame]], task: SegmentTask, swapper: SwapsFaces) -> Iterator[_SwappedFrame]:
    """Yield each frame with its faces swapped, the model seeing a whole batch at once."""
    for frames in batches:
        guided = [[face for face in task.faces if face.placed.frame_index == frame.index] for frame in frames]
        answers = iter(_swapped(frames, guided, task, swapper))
        for frame, faces in zip(frames, guided, strict=True):
            yield _SwappedFrame(frame, frame.index, tuple(islice(answers, len(faces))))


def _swapped(
    frames: Sequence[Frame], guided: Sequence[Sequence[GuidedFace]], task: SegmentTask, swapper: SwapsFaces
) -> Iterator[SwappedFace]:
    """Yield the faces of some frames, swapped, in their order."""
    faces = [face for each in guided for face in each]
    if not faces:
        return
    squares = [
        large_square(frame.image, face.placed.landmarks)
        for frame, each in zip(frames, guided, strict=True)
        for face in each
    ]
    aligned = [reduced(each, swapper.size) for each in squares]
    references = [
        bent_reference(face.guide, task.triangles, square) for face, square in zip(faces, squares, strict=True)
    ]
    shown = np.stack([reduced(each.picture, swapper.size) for each in references])
    swaps, masks = swapper.swap(np.stack(aligned), shown)
    for face, square, reference, swap, mask in zip(faces, squares, references, swaps, masks, strict=True):
        yield blended(face, square, reference, swap, mask, task.settings)


def _finished(swapped: Iterator[_SwappedFrame], task: SegmentTask) -> Iterator[Frame]:
    """Yield the finished frames of the segment."""
    label = Label(task.video.width, task.video.height)
    for before, current, after in _with_neighbours(swapped, TRANSFER_REACH):
        frame = current.frame
        if frame is None or not task.start <= current.index < task.stop:
            continue
        image = frame.image
        for face in current.faces:
            near = _same_face(face, [*before, current, *after])
            apart = [index - current.index for index, _ in near]
            image = finished(face, [other for _, other in near], apart).laid_into(image, task.settings.sharpen)
        if current.index in task.labelled:
            image = label.draw(image)
        yield frame if image is frame.image else frame.with_image(image)


def _with_neighbours(
    items: Iterator[_SwappedFrame], reach: int
) -> Iterator[tuple[Sequence[_SwappedFrame], _SwappedFrame, Sequence[_SwappedFrame]]]:
    """Yield each item between those up to `reach` before and after it."""
    before: deque[_SwappedFrame] = deque(maxlen=reach)
    after: deque[_SwappedFrame] = deque(islice(items, reach))
    while after:
        current = after.popleft()
        after.extend(islice(items, 1))
        yield before, current, after
        before.append(replace(current, frame=None))


def _same_face(face: SwappedFace, around: Sequence[_SwappedFrame]) -> list[tuple[int, SwappedFace]]:
    """Return a face in the neighbouring frames of the same stretch, itself included, with the frames' indices."""
    return [(frame.index, other) for frame in around for other in frame.faces if other.stretch == face.stretch]
