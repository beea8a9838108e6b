"""Who of those seen in a face set counts how much, and which number each gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.arrays import Descriptor
from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.stored_face import FaceMeasures
from engine.faces.persons.identity import SAME_PERSON, distance
from engine.faces.persons.weighing import LEAST_FRAMES, STILL_WEIGHT, area_share, moves, numbered
from engine.project.persons import Person, PersonsSeen

_MOST_TRACKS = 8
"""Tracks of a person that are looked at for motion, the longest ones."""
_MOST_FRAMES = 100
"""Frames of a track that are looked at for motion."""
_PLACED = 50
"""Faces of a person that tell where in the frame they are."""
_MOST_TOLD = 20
_DIGITS = 5
"""Of a descriptor's values, which differ by a tenth between two people."""
_USUAL_WH = (1920, 1080)
"""Taken for frames whose size an earlier version did not store: the same for all of them."""

FrameSizes = Mapping[str, tuple[int, int]]
"""Width and height in pixels of the frames of each file."""


@dataclass(frozen=True)
class Choice:
    """Whom a person has chosen among those seen before, and who these were."""

    wanted: int | None
    """Number in the project file; None where nobody was chosen."""
    before: PersonsSeen

    @property
    def must_ask(self) -> bool:
        """Whether to ask again wherever there are several."""
        return self.before.must_ask

    @property
    def person(self) -> Person | None:
        """Who was chosen; None where nobody was, or where it is not known who that was."""
        return None if self.wanted is None else self.before.of(self.wanted)


@dataclass(frozen=True, eq=False)
class WeighedPerson:
    """Somebody in a face set, before there are numbers."""

    weight: float
    """Sum over the faces of their share of the frame, a tenth of it for somebody who never moves."""
    faces: int
    is_still: bool | None
    picture: str
    """Name of the sharpest picture."""
    descriptor: Descriptor


def weigh_person(
    faces: FaceSet, sizes: FrameSizes, tracks: Sequence[Sequence[FaceMeasures]], descriptors: Sequence[Descriptor]
) -> WeighedPerson:
    """Return how much somebody counts.

    Args:
        faces: The set.
        sizes: Width and height of the frames of its files.
        tracks: The faces of each track of this person.
        descriptors: Of each track.
    """
    every = [face for track in tracks for face in track]
    area = sum(area_share(face.width_px, sizes.get(face.media, _USUAL_WH)) for face in every)
    is_still = _is_still(faces, tracks)
    best = max(every, key=lambda face: (face.is_plausible, face.sharpness))
    return WeighedPerson(
        weight=area * (STILL_WEIGHT if is_still else 1.0),
        faces=len(every),
        is_still=is_still,
        picture=best.picture.name,
        descriptor=np.mean(list(descriptors), axis=0, dtype=np.float32),
    )


def place_of(faces: FaceSet, sizes: FrameSizes, tracks: Sequence[Sequence[FaceMeasures]]) -> float:
    """Return the mean x of somebody's faces, as a share of the frame's width."""
    every = [face for track in tracks for face in track]
    some = every[:: -(-len(every) // _PLACED)]
    landmarks = faces.landmarks_of([face.face_id for face in some])
    places = [landmarks[face.face_id][:, 0].mean() / sizes.get(face.media, _USUAL_WH)[0] for face in some]
    return float(np.mean(places))


def numbers_of(persons: Sequence[WeighedPerson], places: Mapping[int, float], choice: Choice) -> list[int]:
    """Return the number of each: from the heaviest to the lightest, but whoever was chosen keeps theirs.

    Where whoever was chosen is no longer there, nobody gets that number: it would pass to somebody else unasked.

    Args:
        persons: All who were seen.
        places: Mean x of the faces of those who come close to the heaviest, by their place in `persons`.
        choice: Whom a person has chosen.
    """
    order = numbered({at: person.weight for at, person in enumerate(persons)}, places)
    chosen = choice.person
    if chosen is None or choice.wanted is None:
        numbers = {at: number for number, at in enumerate(order, start=1)}
    else:
        kept = _nearest(persons, np.array(chosen.descriptor, np.float32))
        others = (number for number in range(1, len(persons) + 2) if number != choice.wanted)
        numbers = {at: choice.wanted if at == kept else next(others) for at in order}
    return [numbers[at] for at in range(len(persons))]


def seen_as(persons: Sequence[WeighedPerson], numbers: Sequence[int], choice: Choice) -> PersonsSeen:
    """Return who was seen, by their numbers, for the file that tells others; not each of thousands of passers-by."""
    whole = sum(person.weight for person in persons) or 1.0
    seen = [
        Person(
            number=number,
            weight=person.weight / whole,
            faces=person.faces,
            is_still=person.is_still,
            picture=person.picture,
            descriptor=tuple(round(float(value), _DIGITS) for value in person.descriptor),
        )
        for number, person in zip(numbers, persons, strict=True)
    ]
    seen.sort(key=lambda person: (person.number != choice.wanted, -person.weight))
    told = sorted(seen[:_MOST_TOLD], key=lambda person: person.number)
    return PersonsSeen(persons=tuple(told), others=len(seen) - len(told), must_ask=choice.must_ask)


def _is_still(faces: FaceSet, tracks: Sequence[Sequence[FaceMeasures]]) -> bool | None:
    """Return whether somebody never moves; None where no track is long enough to tell."""
    longest = sorted((track for track in tracks if len(track) >= LEAST_FRAMES), key=len, reverse=True)
    seen = []
    for track in longest[:_MOST_TRACKS]:
        start = (len(track) - _MOST_FRAMES) // 2 if len(track) > _MOST_FRAMES else 0
        part = [face.face_id for face in track[start : start + _MOST_FRAMES]]
        landmarks = faces.landmarks_of(part)
        seen.append(moves([landmarks[face_id] for face_id in part]))
    return None if not seen else not any(seen)


def _nearest(persons: Sequence[WeighedPerson], descriptor: Descriptor) -> int | None:
    """Return which of them has a descriptor; None where nobody does."""
    apart = [distance(person.descriptor, descriptor) for person in persons]
    at = int(np.argmin(apart)) if apart else None
    return at if at is not None and apart[at] < SAME_PERSON else None
