"""Find the face that is explained, with the product's own detector and mesh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.arrays import RGBImage
from engine.errors import NoFacesFound
from engine.explain.search import Match, best_match
from engine.faces.detection.detect import PHOTO_PIXELS, searched_copy
from engine.faces.detection.filters import face_filters
from engine.faces.detection.find import THOROUGH_PIXELS
from engine.faces.detection.track import faces_in
from engine.faces.face import Box, Face, bounding_box
from engine.faces.face_quality import is_plausible
from engine.faces.models import detector_and_mesh
from engine.media.frames import frame_times, read_frames
from engine.media.images import read_image
from engine.project.media_kinds import MediaKind, kind_of

_FRAMES = 12
"""Frames of a video that are tried one after another until a suitable face is found."""


@dataclass(frozen=True, eq=False)
class FaceInPhoto:
    """A photo and the face in it."""

    photo: RGBImage
    """(H, W, 3) uint8 RGB."""
    box: Box
    """Where the detector found the face."""
    others: tuple[Box, ...]
    """Further faces that it found."""
    face: Face
    """The face that is explained, with its mesh."""
    match: Match
    """The place in the photo, or in a smaller copy, that the detector is surest of."""


def faces_to_explain(path: Path) -> Iterator[FaceInPhoto]:
    """Yield the largest face in a photo, or in each of some frames all over a video.

    Raises:
        MediaError: It cannot be read.
        NoFacesFound: There is no face in it that could be used.
    """
    if kind_of(path) is not MediaKind.VIDEO:
        yield _largest_face(read_image(path), path.name)
        return
    step = max(1, len(frame_times(path)) // _FRAMES)
    refused: NoFacesFound | None = _no_face(path.name)
    for frame in read_frames(path, start=step // 2, step=step):
        try:
            subject = _largest_face(np.ascontiguousarray(frame.image), path.name)
        except NoFacesFound as error:
            # Once one frame shows a face, the others need not.
            refused = error if refused else None
        else:
            refused = None
            yield subject
    if refused is not None:
        raise refused


def _largest_face(photo: RGBImage, name: str) -> FaceInPhoto:
    """Find the largest face in a photo.

    Raises:
        NoFacesFound: There is no face in it that could be used.
    """
    detector, mesh = detector_and_mesh()
    for pixels in (THOROUGH_PIXELS, PHOTO_PIXELS):
        finds = detector.find(photo, pixels=pixels)
        faces = [face for face in faces_in(mesh, photo, finds) if is_plausible(face.landmarks, photo.shape)]
        if faces:
            break
    else:
        raise _no_face(name)
    face = max(faces, key=lambda each: bounding_box(each.landmarks).width)
    boxes = [find.box for find in finds]
    box = max(boxes, key=lambda each: each.overlap(bounding_box(face.landmarks)))
    copy = searched_copy(photo, pixels=pixels)
    match = best_match(copy, box.scaled(copy.shape[1] / photo.shape[1]), face_filters())
    if match is None:
        raise NoFacesFound(
            f"The face in {name} lies too far off its edge to be explained.",
            "Take a photo that shows the whole face. Nothing was written.",
        )
    return FaceInPhoto(photo, box, tuple(each for each in boxes if each is not box), face, match)


def around(image: RGBImage, box: Box, room: float) -> tuple[RGBImage, tuple[float, float]]:
    """Return the square around a box, `room` times as large, within the picture, and its upper left corner."""
    height, width = image.shape[:2]
    side = int(np.clip(room * max(box.width, box.height), 16, min(height, width)))
    x, y = box.centre
    left, top = int(np.clip(x - side / 2, 0, width - side)), int(np.clip(y - side / 2, 0, height - side))
    return image[top : top + side, left : left + side], (left, top)


def _no_face(name: str) -> NoFacesFound:
    return NoFacesFound(
        f"No face was found in {name}.",
        "Take a photo in which a face is upright, sharp and at least 40 pixels wide. Nothing was written.",
    )
