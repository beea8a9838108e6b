"""Who is in the pictures looked at: sorted into persons, weighed, shown in whole frames with a number at each face."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.arrays import Descriptor
from engine.check.looks import DescribedFace, FoundFace
from engine.errors import MediaError
from engine.faces.face import Box
from engine.faces.persons.clustering import cluster
from engine.faces.persons.numbering import framed, stacked
from engine.faces.persons.weighing import STILL_WEIGHT, area_share, is_surely_still, numbered
from engine.media.images import write_image
from engine.media.stills import read_still
from engine.project.media_kinds import MediaKind, kind_of
from engine.records.check import PersonSeen

_MOST = 9
"""Persons shown in whole frames."""


@dataclass(frozen=True, eq=False)
class FoundPerson:
    """Somebody in the pictures."""

    seen: PersonSeen
    faces: tuple[FoundFace, ...]
    """Those that were compared."""


def persons_among(described: Sequence[DescribedFace], thumbnails: Path) -> list[FoundPerson]:
    """Sort faces into persons, number these as extraction would, and write a picture of each."""
    groups: dict[int, list[FoundFace]] = {}
    descriptors: dict[int, list[Descriptor]] = {}
    found = cluster([each.descriptor for each in described], [1] * len(described))
    for each, group in zip(described, found, strict=True):
        groups.setdefault(group, []).append(each.face)
        descriptors.setdefault(group, []).append(each.descriptor)
    stills = {group: _is_still(faces) for group, faces in groups.items()}
    weights = {group: _area(faces) * (STILL_WEIGHT if stills[group] else 1.0) for group, faces in groups.items()}
    order = numbered(weights, {group: _place(faces) for group, faces in groups.items()})
    whole = sum(weights.values()) or 1.0
    return [
        FoundPerson(
            PersonSeen(
                number=number,
                share=len(groups[group]) / len(described),
                weight=weights[group] / whole,
                faces=len(groups[group]),
                is_still=stills[group],
                thumbnail=_write_thumbnail(thumbnails.absolute() / f"person-{number}.jpg", groups[group]),
                descriptor=tuple(np.mean(descriptors[group], axis=0).tolist()),
            ),
            tuple(groups[group]),
        )
        for number, group in enumerate(order, start=1)
    ]


def draw_who_is_who(
    persons: Sequence[FoundPerson], pictures: Sequence[Sequence[FoundFace]], thumbnails: Path
) -> Path | None:
    """Write a picture of whole frames in which everybody is framed and numbered.

    Args:
        persons: By their numbers.
        pictures: The faces of each picture looked at.
        thumbnails: Folder that it goes to.

    Returns:
        Where it lies; None where there is nobody to tell apart, or no frame could be read again.
    """
    if len(persons) < 2:
        return None
    numbers = {id(face): person.seen.number for person in persons for face in person.faces}
    drawn = []
    for faces in _telling(persons, pictures, numbers):
        # What was read a moment ago may be gone: the others will do.
        with suppress(MediaError):
            drawn.append(framed(read_still(faces[0].path, faces[0].frame_index), _boxes(faces, numbers)))
    if not drawn:
        return None
    path = thumbnails.absolute() / "persons.jpg"
    write_image(path, stacked(drawn))
    return path


def _telling(
    persons: Sequence[FoundPerson], pictures: Sequence[Sequence[FoundFace]], numbers: dict[int, int]
) -> Iterator[Sequence[FoundFace]]:
    """Yield the faces of pictures that show everybody at least once: of each the best who is not shown before."""
    picture_of = {id(face): faces for faces in pictures for face in faces}
    shown: set[int] = set()
    for person in persons[:_MOST]:
        if person.seen.number not in shown:
            faces = picture_of[id(max(person.faces, key=_worth_showing))]
            shown |= {numbers[id(face)] for face in faces if id(face) in numbers}
            yield faces


def _boxes(faces: Sequence[FoundFace], numbers: dict[int, int]) -> list[tuple[int, Box]]:
    return [(numbers[id(face)], face.box) for face in faces if id(face) in numbers]


def _write_thumbnail(path: Path, faces: Sequence[FoundFace]) -> Path:
    write_image(path, max(faces, key=_worth_showing).measured.picture)
    return path


def _worth_showing(face: FoundFace) -> float:
    """Return how well a face identifies a person: sharp, and from the front."""
    measured = face.measured
    return measured.sharpness * float(np.cos(np.radians(measured.yaw)) * np.cos(np.radians(measured.pitch)))


def _is_still(faces: Sequence[FoundFace]) -> bool:
    """Return whether somebody certainly never moves: a photograph that was filmed."""
    by_video: dict[Path, list[FoundFace]] = {}
    for face in faces:
        by_video.setdefault(face.path, []).append(face)
    films = [each for path, each in by_video.items() if kind_of(path) is MediaKind.VIDEO]
    return bool(films) and all(
        is_surely_still([face.landmarks for face in each], [face.frame_index for face in each]) for each in films
    )


def _area(faces: Sequence[FoundFace]) -> float:
    return sum(area_share(face.measured.width_px, face.frame_wh) for face in faces)


def _place(faces: Sequence[FoundFace]) -> float:
    """Return the mean x of the faces, as a share of the frame's width."""
    return float(np.mean([face.box.centre[0] / face.frame_wh[0] for face in faces]))
