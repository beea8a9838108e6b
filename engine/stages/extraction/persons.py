"""After all faces are found: which person each belongs to, and which are good enough for training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.stored_face import FaceMeasures
from engine.faces.persons.clustering import cluster
from engine.faces.persons.weighing import rivals
from engine.process.in_order import in_order
from engine.project.persons import PersonsSeen
from engine.project.settings import ExtractSettings
from engine.project.stage import ShouldStop
from engine.stages.extraction.chunk import StoredPicture, TrackPictures, describe_tracks
from engine.stages.extraction.weights import Choice, numbers_of, place_of, seen_as, weigh_person

PICTURES_PER_TRACK = 3
"""Number of a track's best pictures that are described: one may be blurred by motion, three seldom are."""

_TRACKS_TOGETHER = 4


class Rejection(StrEnum):
    """Why a face is kept out of training."""

    TOO_SMALL = "too small"
    BLURRED = "too blurred"
    IMPLAUSIBLE = "points do not lie as a face's do"


@dataclass(frozen=True)
class SideCount:
    """What was found on one side."""

    faces: int
    """All faces, of all persons."""
    persons: int
    person: int
    """The number of the person chosen."""
    of_person: int
    """Faces of the chosen person."""
    usable: int
    """Those of them that training uses."""
    rejected: Mapping[str, int]
    """Those that it does not, by reason."""
    media_without_faces: int

    def figures(self, side: str) -> dict[str, float | int | str]:
        """Return these counts for the stage's marker; `side` is the word that their names begin with."""
        return {
            f"{side}_faces": self.faces,
            f"{side}_persons": self.persons,
            f"{side}_person": self.person,
            f"{side}_faces_of_others": self.faces - self.of_person,
            f"{side}_faces_usable": self.usable,
            f"{side}_faces_too_small": self.rejected.get(Rejection.TOO_SMALL, 0),
            f"{side}_faces_blurred": self.rejected.get(Rejection.BLURRED, 0),
            f"{side}_faces_implausible": self.rejected.get(Rejection.IMPLAUSIBLE, 0),
            f"{side}_media_without_faces": self.media_without_faces,
        }


def assign_persons(
    faces: FaceSet,
    choice: Choice,
    executor: Executor,
    workers: int,
    should_stop: ShouldStop,
    on_described: Callable[[int, int], None],
) -> PersonsSeen:
    """Describe the tracks that have no descriptor yet, number the persons of the set, and return who was seen.

    When asked to stop, some tracks stay undescribed; those that are described need not be again.

    Args:
        faces: The set.
        choice: Whose number is to stay.
        executor: Of workers.
        workers: How many.
        should_stop: Asked between tasks.
        on_described: Told how many of how many tracks were described.
    """
    by_track: dict[int, list[FaceMeasures]] = {}
    for face in faces.measures():
        by_track.setdefault(face.track, []).append(face)
    missing = sorted(by_track.keys() - faces.descriptors().keys())
    batches = _batches(faces, [by_track[track] for track in missing])
    done = 0
    on_described(done, len(missing))
    for batch, found in in_order(executor, describe_tracks, batches, should_stop, workers):
        faces.set_identities(found, {})
        done += len(batch)
        on_described(done, len(missing))
    descriptors = {track: each for track, each in faces.descriptors().items() if track in by_track}
    tracks = sorted(descriptors)
    groups = cluster([descriptors[track] for track in tracks], [len(by_track[track]) for track in tracks])
    members: dict[int, list[int]] = {}
    for track, group in zip(tracks, groups, strict=True):
        members.setdefault(group, []).append(track)
    sizes = faces.frame_sizes()
    owned = [members[group] for group in sorted(members)]
    persons = [
        weigh_person(faces, sizes, [by_track[track] for track in own], [descriptors[track] for track in own])
        for own in owned
    ]
    places = {
        at: place_of(faces, sizes, [by_track[track] for track in owned[at]])
        for at in rivals({at: person.weight for at, person in enumerate(persons)})
    }
    numbers = numbers_of(persons, places, choice)
    by_group = dict(zip(sorted(members), numbers, strict=True))
    faces.set_identities({}, {track: by_group[group] for track, group in zip(tracks, groups, strict=True)})
    return seen_as(persons, numbers, choice)


def reject_unusable(faces: FaceSet, settings: ExtractSettings) -> None:
    """Store which faces are kept out of training, and why."""
    reasons = {face.face_id: _rejection(face, settings) for face in faces.measures()}
    faces.set_rejected({face_id: reason for face_id, reason in reasons.items() if reason is not None})


def count_side(faces: FaceSet, person: int, media_count: int) -> SideCount:
    """Count what a face set holds.

    Args:
        faces: The set, after `reject_unusable`.
        person: The number of the person chosen.
        media_count: Number of files that were searched.
    """
    measures = faces.measures()
    chosen = [face for face in measures if face.person == person]
    return SideCount(
        faces=len(measures),
        persons=len({face.person for face in measures if face.person}),
        person=person,
        of_person=len(chosen),
        usable=sum(not face.rejected for face in chosen),
        rejected=Counter(face.rejected for face in chosen if face.rejected),
        media_without_faces=media_count - len({face.media for face in measures}),
    )


def _batches(faces: FaceSet, groups: Sequence[Sequence[FaceMeasures]]) -> Iterator[tuple[TrackPictures, ...]]:
    for start in range(0, len(groups), _TRACKS_TOGETHER):
        best = [_best(group) for group in groups[start : start + _TRACKS_TOGETHER]]
        landmarks = faces.landmarks_of([face.face_id for group in best for face in group])
        yield tuple(
            TrackPictures(group[0].track, tuple(StoredPicture(face.picture, landmarks[face.face_id]) for face in group))
            for group in best
        )


def _best(group: Sequence[FaceMeasures]) -> list[FaceMeasures]:
    """Return the faces of a track that identify the person best: plausible, sharp, seen from the front."""

    def worth(face: FaceMeasures) -> tuple[bool, float]:
        turn = np.cos(np.radians(face.yaw)) * np.cos(np.radians(face.pitch))
        return face.is_plausible, face.sharpness * float(turn)

    return sorted(group, key=worth, reverse=True)[:PICTURES_PER_TRACK]


def _rejection(face: FaceMeasures, settings: ExtractSettings) -> Rejection | None:
    if not face.is_plausible:
        return Rejection.IMPLAUSIBLE
    if face.width_px < settings.min_face_px:
        return Rejection.TOO_SMALL
    if face.sharpness < settings.min_sharpness:
        return Rejection.BLURRED
    return None
