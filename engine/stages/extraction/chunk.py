"""The part of extraction that runs in workers: a chunk of a video's frames, some photos, or some descriptors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from engine.arrays import STORED_SIZE, Descriptor, Landmarks, RGBImage
from engine.errors import MediaError
from engine.faces.align import frame_to_stored, transform, warp
from engine.faces.detection.track import FaceTracker, faces_in
from engine.faces.face import Face
from engine.faces.facesets.stored_face import NewFace
from engine.faces.measures import detailed_side, measure
from engine.faces.models import describer, finder_and_mesh
from engine.media.frames import read_frames
from engine.media.images import encode_jpeg, read_pictures
from engine.stages.stored_pictures import stored_picture

JPEG_QUALITY = 92
"""Quality of stored pictures: 30 to 60 kB each, up to three times that of finer ones, without visible loss after the
warps of training."""


@dataclass(frozen=True)
class SearchSettings:
    """How to look for faces."""

    min_face_px: int
    detect_every_seconds: float


@dataclass(frozen=True)
class VideoChunk:
    """Some frames of a video."""

    path: Path
    frames: range
    """The frames whose faces are wanted."""
    run_up: int
    """How many frames (of the same step) before them to begin following, so that faces found there go on in here."""
    frame_rate: Fraction
    search: SearchSettings
    picture_stem: str
    """Beginning of the names of its pictures."""
    most_side: int
    """How large its pictures may become, where frames show so much: one of `DETAILED_SIDES`."""
    has_threads: bool = True
    """Whether to decode in threads: each holds frames, and none helps where other chunks keep the processors busy."""

    @property
    def begins(self) -> int:
        """The first frame that is read."""
        return max(0, self.frames.start - self.run_up * self.frames.step)


@dataclass(frozen=True, eq=False)
class VideoFaces:
    """What was found in a chunk."""

    faces: tuple[NewFace, ...]
    entering: tuple[Face, ...]
    """The faces in the last frame before the chunk: by these its tracks link to those of the chunk before."""
    problem: str = ""
    """Why the frames could not be read; empty where they could."""
    frame_wh: tuple[int, int] | None = None
    """Width and height of the frames; None where none was read."""


@dataclass(frozen=True)
class Photo:
    """One photo, or an animation of several pictures."""

    path: Path
    search: SearchSettings
    picture_stem: str
    most_side: int


@dataclass(frozen=True, eq=False)
class PhotoFaces:
    """What was found in a photo."""

    faces: tuple[NewFace, ...]
    problem: str = ""
    """Why the photo could not be read; empty where it could."""
    frame_wh: tuple[int, int] | None = None
    """Width and height of the photo; None where it was not read."""


@dataclass(frozen=True, eq=False)
class StoredPicture:
    """A picture of a face set, and where its points are."""

    path: Path
    landmarks: Landmarks
    """(468, 3) in the pixels of the frame that it was cut from."""


@dataclass(frozen=True, eq=False)
class TrackPictures:
    """Some pictures of one track."""

    track: int
    pictures: tuple[StoredPicture, ...]


def extract_video_chunk(chunk: VideoChunk) -> VideoFaces:
    """Find, follow and measure the faces of some frames of a video."""
    finder, mesh = finder_and_mesh()
    tracker = FaceTracker(
        finder,
        mesh,
        chunk.frame_rate / chunk.frames.step,
        detect_every_seconds=chunk.search.detect_every_seconds,
        min_face_px=chunk.search.min_face_px,
    )
    faces: list[NewFace] = []
    entering: list[Face] = []
    last = chunk.frames[-1]
    frame_wh: tuple[int, int] | None = None
    try:
        frames = read_frames(
            chunk.path, chunk.begins, chunk.frames.stop, chunk.frames.step, has_threads=chunk.has_threads
        )
        for frame in frames:
            frame_wh = _width_and_height(frame.image)
            for face, image in tracker.update(frame.index, frame.image, is_last=frame.index == last):
                if face.frame_index >= chunk.frames.start:
                    faces.append(measured_face(face, image, chunk.picture_stem, chunk.most_side))
                elif face.frame_index == chunk.frames.start - chunk.frames.step:
                    entering.append(face)
    except MediaError as error:
        return VideoFaces((), (), error.title)
    faces.sort(key=lambda face: (face.frame_index, face.track))
    return VideoFaces(tuple(faces), tuple(entering), frame_wh=frame_wh)


def extract_photos(photos: Sequence[Photo]) -> list[PhotoFaces]:
    """Find and measure the faces of some photos; one that cannot be read does not harm the others."""
    return [_extract_photo(photo) for photo in photos]


def describe_tracks(tracks: Sequence[TrackPictures]) -> dict[int, Descriptor]:
    """Return the mean descriptor of each track's pictures; a track none of whose pictures can be read is left out."""
    found = {track.track: [each for picture in track.pictures for each in _describe(picture)] for track in tracks}
    return {track: np.mean(each, axis=0, dtype=np.float32) for track, each in found.items() if each}


def measured_face(face: Face, image: RGBImage, picture_stem: str, most_side: int = STORED_SIZE) -> NewFace:
    """Return a face with its picture and its measures.

    Args:
        face: Where the face is.
        image: (H, W, 3) uint8 RGB, the frame that shows it.
        picture_stem: Beginning of the picture's name.
        most_side: How large the picture may become, in pixels a side.
    """
    measured = measure(face, image)
    picture = measured.picture
    if (side := min(most_side, detailed_side(measured.width_px))) > STORED_SIZE:
        picture = warp(image, frame_to_stored(face.landmarks, side), side)
    return NewFace(
        frame_index=face.frame_index,
        track=face.track,
        landmarks=face.landmarks,
        presence=face.presence,
        sharpness=measured.sharpness,
        brightness=measured.brightness,
        yaw=measured.yaw,
        pitch=measured.pitch,
        roll=measured.roll,
        width_px=measured.width_px,
        is_plausible=measured.is_plausible,
        picture_name=f"{picture_stem}_{face.frame_index:07d}_{face.track}.jpg",
        picture=encode_jpeg(picture, JPEG_QUALITY),
        finder=face.finder,
    )


def _width_and_height(image: RGBImage) -> tuple[int, int]:
    """Return the size of a picture in pixels."""
    return image.shape[1], image.shape[0]


def _extract_photo(photo: Photo) -> PhotoFaces:
    finder, mesh = finder_and_mesh()
    measured: list[NewFace] = []
    frame_wh: tuple[int, int] | None = None
    try:
        for index, image in read_pictures(photo.path):
            frame_wh = _width_and_height(image)
            for face in faces_in(mesh, image, finder.find_in_photo(image, photo.search.min_face_px)):
                # Each picture is one for itself: those of an animation are far apart, and were taken evenly.
                placed = replace(face, frame_index=index, track=len(measured))
                measured.append(measured_face(placed, image, photo.picture_stem, photo.most_side))
    except MediaError as error:
        return PhotoFaces(tuple(measured), error.title, frame_wh)
    return PhotoFaces(tuple(measured), frame_wh=frame_wh)


def _describe(picture: StoredPicture) -> Iterator[Descriptor]:
    try:
        image = stored_picture(picture.path)
    except MediaError:
        # Deleted or damaged since it was chosen: the others will do.
        return
    yield describer().describe(image, transform(picture.landmarks, frame_to_stored(picture.landmarks)))
