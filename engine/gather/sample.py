"""Take frames from a video that differ: other turns of the head, other expressions, other light."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBImage
from engine.errors import NoFacesFound
from engine.faces.detection.track import faces_in
from engine.faces.measures import Measured, measure
from engine.faces.models import finder_and_mesh
from engine.gather.screening_messages import SampledFrame
from engine.media.frames import frame_times, read_frames
from engine.media.images import write_image

_EXAMINED_EACH = 3
"""Frames examined for each one wanted."""
_LEAST_PX = 40
_SHARP = 12.0
"""Sharpness below which a face is not used for training."""
_DEGREES = 10.0
"""A turn of the head that counts as much as `_GREYS`."""
_GREYS = 12.0
"""Mean difference between two pictures of a face, 0..255."""
_SIDE = 16
_QUALITY = 95


@dataclass(frozen=True, eq=False)
class _FrameWithFace:
    index: int
    image: RGBImage
    """The whole frame."""
    traits: NDArray[np.float32]
    """Pose and appearance of the face: the space in which distances between frames are measured."""


def sample_frames(video: Path, folder: Path, count: int) -> tuple[SampledFrame, ...]:
    """Write frames of a video as pictures, chosen such that they differ as much as can be.

    Frames are taken evenly; those with a sharp face are sorted by picking again and again the one farthest from all
    picked before (Gonzalez 1985), by the turn of the head and the appearance of the face.

    Args:
        video: Its frames are looked at, `_EXAMINED_EACH` for each one wanted.
        folder: Where the pictures are written.
        count: How many, at most.

    Raises:
        MediaError: The video cannot be read.
        NoFacesFound: There is no sharp face in the frames looked at.
    """
    times = frame_times(video)
    step = max(1, len(times) // (_EXAMINED_EACH * count))
    seen = [
        each for frame in read_frames(video, step=step) if (each := _with_face(frame.index, frame.image)) is not None
    ]
    if not seen:
        raise NoFacesFound(f"No sharp face was found in {video.name}.", "Choose another video. Nothing was changed.")
    frames = []
    for each in sorted(_farthest(seen, count), key=lambda one: one.index):
        seconds = float(times[each.index])
        path = folder / f"frame-{each.index:07d}.jpg"
        write_image(path, each.image, _QUALITY)
        frames.append(SampledFrame(path=path, seconds=seconds))
    return tuple(frames)


def _with_face(index: int, image: RGBImage) -> _FrameWithFace | None:
    finder, mesh = finder_and_mesh()
    faces = [measure(face, image) for face in faces_in(mesh, image, finder.find(image, _LEAST_PX))]
    sharp = [face for face in faces if face.is_plausible and face.sharpness >= _SHARP]
    if not sharp:
        return None
    return _FrameWithFace(index, image, _traits(max(sharp, key=lambda face: face.width_px)))


def _traits(face: Measured) -> NDArray[np.float32]:
    small = cv2.resize(cv2.cvtColor(face.picture, cv2.COLOR_RGB2GRAY), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    appearance = small.astype(np.float32).ravel() / (_GREYS * _SIDE)
    turn = np.array([face.yaw / _DEGREES, face.pitch / _DEGREES, face.roll / _DEGREES], np.float32)
    return np.concatenate([turn, appearance])


def _farthest(seen: list[_FrameWithFace], count: int) -> list[_FrameWithFace]:
    traits = np.stack([each.traits for each in seen])
    picked = [int(np.linalg.norm(traits - traits.mean(axis=0), axis=1).argmin())]
    near = np.linalg.norm(traits - traits[picked[0]], axis=1)
    while len(picked) < min(count, len(seen)):
        picked.append(int(near.argmax()))
        near = np.minimum(near, np.linalg.norm(traits - traits[picked[-1]], axis=1))
    return [seen[at] for at in picked]
