"""The picture of whole frames in which everybody in a face set is framed and numbered."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from engine.arrays import RGBImage
from engine.errors import MediaError
from engine.faces.face import Box, bounding_box
from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.stored_face import FaceMeasures
from engine.faces.persons.numbering import framed, stacked
from engine.media.images import write_image
from engine.media.stills import read_still
from engine.process.in_order import in_order
from engine.project.folder import ProjectFolder
from engine.project.persons import numbered_picture
from engine.project.stage import ShouldStop
from engine.role import Role

_MOST = 9
"""Persons shown."""


@dataclass(frozen=True)
class NumberedFrame:
    """A frame, or a photo, and who is where in it."""

    path: Path
    frame_index: int
    faces: tuple[tuple[int, Box], ...]
    """Number and box of each."""


def draw_who_is_who(
    folder: ProjectFolder, role: Role, executor: Executor, workers: int, should_stop: ShouldStop
) -> None:
    """Write the picture where several persons were seen; where there is nothing to tell apart, none is left."""
    place = numbered_picture(folder, role)
    frames = _frames(folder, FaceSet(folder.faces_of(role)))
    drawn = [image for _, image in in_order(executor, draw_frame, frames, should_stop, workers) if image is not None]
    if len(frames) and drawn:
        write_image(place, stacked(drawn))
    else:
        place.unlink(missing_ok=True)


def draw_frame(frame: NumberedFrame) -> RGBImage | None:
    """Return the frame with everybody in it numbered, (H, W, 3) uint8 RGB; None where it cannot be read any more."""
    try:
        return framed(read_still(frame.path, frame.frame_index), frame.faces)
    except MediaError:
        return None


def _frames(folder: ProjectFolder, faces: FaceSet) -> list[NumberedFrame]:
    """Return frames that show everybody at least once, as few as a look at each one's best face gives."""
    by_person: dict[int, list[FaceMeasures]] = {}
    for face in faces.measures():
        if face.person:
            by_person.setdefault(face.person, []).append(face)
    if len(by_person) < 2:
        return []
    shown: set[int] = set()
    frames = []
    for number in sorted(by_person)[:_MOST]:
        if number not in shown:
            best = max(by_person[number], key=lambda face: (face.is_plausible, face.width_px * face.sharpness))
            everybody = tuple(_boxes(faces, best))
            shown |= {each for each, _ in everybody}
            frames.append(NumberedFrame(folder.path / best.media, best.frame_index, everybody))
    return frames


def _boxes(faces: FaceSet, best: FaceMeasures) -> Iterator[tuple[int, Box]]:
    for face in faces.faces_at(best.media, best.frame_index):
        if face.person:
            yield face.person, bounding_box(face.landmarks)
